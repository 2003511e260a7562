"""`luohu policy …`: what a policy officer does with the data. What does the work is read when it is wanted."""

import argparse
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from bot import check, new_city
from bot.clock import today
from bot.wording import languages as i18n
from flows.book import Book, PolicyError, Problem, Text
from flows.loading.load import load
from flows.loading.reader import is_day
from flows.policy import Policy


def add_commands(parser: argparse.ArgumentParser) -> None:
    policy = parser.add_subparsers(required=True, metavar="动作")
    said = argparse.ArgumentParser(add_help=False)
    said.add_argument("--lang", choices=tuple(i18n.LANGUAGES), default="zh", help="语言")
    policy.add_parser("check", help="检查政策数据和译文").set_defaults(run=run_check)
    prove = policy.add_parser("prove", parents=[said], help="证明政策数据对所有居民都说得通；输出是案例文件，错误写在注释里")
    prove.add_argument("cities", nargs="*", metavar="CITY", help="城市或者草稿的编号；不写就是全部")
    prove.add_argument("--drafts", action="store_true", help="证明草稿，每份单独证：启用、发布以前用")
    prove.set_defaults(run=run_prove)
    diff = policy.add_parser("diff", parents=[said], help="两个版本之间，谁的答案变了，哪些话、数字、材料变了；见证人写成案例")
    diff.add_argument("old", metavar="OLD", help="文件夹，或者 git 里的版本（分支、提交号、HEAD~1）")
    diff.add_argument("new", metavar="NEW", nargs="?", default="", help="同上；不写就是现在的政策数据")
    diff.add_argument("--html", dest="form", action="store_const", const="html", default="text", help="输出网页")
    diff.add_argument("--json", dest="form", action="store_const", const="json", help="输出 JSON")
    diff.set_defaults(run=run_diff)
    draw = policy.add_parser("draw", parents=[said], help="一个市怎么问，或者一条途径的条件，画成图：SVG，旁边是 Mermaid 源码")
    draw.add_argument("city", metavar="CITY", help="城市的编号")
    draw.add_argument("route", metavar="ROUTE", nargs="?", default="", help="途径的编号；不写就画整个市")
    draw.add_argument("--into", type=Path, default=Path(), metavar="DIR", help="放在哪个文件夹（默认：当前）")
    draw.set_defaults(run=run_draw)
    texts = policy.add_parser("texts", help="更新译文文件里的条目；译文写成表格，改好再读回来")
    texts.add_argument("--lang", choices=[one for one in i18n.LANGUAGES if one != i18n.SOURCE], default="en", help="表格里的语言")
    table = texts.add_mutually_exclusive_group()
    table.add_argument("--table", type=Path, metavar="FILE", help="政策里的每一句话和译文写成 .csv 或者 .xlsx")
    table.add_argument("--from", dest="back", type=Path, metavar="FILE", help="从改好的表格读回译文")
    texts.set_defaults(run=run_texts)
    new = policy.add_parser("new", help="给一个市写一份草稿的样子")
    new.add_argument("city", metavar="CITY", help="编号，用拼音")
    new.add_argument("name", nargs="?", default="新市", metavar="NAME", help="市名，不带“市”字")
    new.set_defaults(run=run_new)
    adopt = policy.add_parser("adopt", help="启用一份没有问题的草稿")
    adopt.add_argument("city", metavar="CITY", help="草稿的编号")
    adopt.set_defaults(run=run_adopt)
    publish_options(policy)


def publish_options(policy: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    by = argparse.ArgumentParser(add_help=False)
    by.add_argument("--by", default="", metavar="NAME", help="谁做的（默认：登录这台机器的用户）")
    by.add_argument("--why", default="", metavar="TEXT", help="为什么，写进记录")
    new = policy.add_parser(
        "publish", parents=[by], help="检查、证明，说出谁的答案会变，同意了就发布：正在运行的服务不用重启就换上"
    )
    new.add_argument("folder", type=Path, metavar="DIR", help="政策数据文件夹")
    new.add_argument("--cases", type=Path, default=i18n.ROOT / "tests" / "cases", metavar="DIR", help="案例文件夹")
    new.add_argument("--yes", action="store_true", help="不再问，看完变化就发布（给脚本用）")
    new.set_defaults(run=run_publishing, work="publish")
    back = policy.add_parser("rollback", parents=[by], help="退回前一次发布的")
    back.add_argument("hash", nargs="?", default="", metavar="HASH", help="退回到哪一套（发布记录里的校验码，写开头几个字）")
    back.set_defaults(run=run_publishing, work="rollback")
    policy.add_parser("log", help="发布记录：谁、什么时候、发布了什么").set_defaults(run=run_publishing, work="log")


def book_of(options: argparse.Namespace) -> Book:
    """The policies in force on the day, with the draft that is to be looked at."""
    return load(options.policies, options.draft, day_of(options))


def day_of(options: argparse.Namespace) -> str:
    if options.as_of and not is_day(options.as_of):
        raise check.BadInput(f"--as-of {options.as_of} 不是日期，写成 2020-01-16 这样")
    return options.as_of or today()


def complain(*lines: str) -> int:
    for line in lines:
        print(line, file=sys.stderr)
    return 2


def run_check(options: argparse.Namespace) -> int:
    """A fault in a draft, and a source that nobody has looked at for long, are told and stop nothing: they do not count."""
    faults: dict[str, list[Problem]] = {}
    overdue: list[Problem] = []
    try:
        book = load(options.policies, as_of=today())
        faults = {draft: _draft_faults(options.policies, draft) for draft in book.drafts}
        problems = check.policy_problems(book, new_city.drafted(options.policies, book.drafts))
        problems += check.later_problems(book, lambda day: load(options.policies, as_of=day), problems)
        overdue = check.overdue(book)
    except PolicyError as error:
        problems = list(error.problems)
    for problem in (*problems, *overdue):
        print(problem)
    for draft, some in faults.items():
        print(f"草稿 {draft}：{f'{len(some)} 处要改（不影响正在用的）' if some else '没有问题，还没有启用'}")
        print(*(f"  {problem}" for problem in some), sep="\n", end="\n" if some else "")
    if not problems:
        print("政策数据没有问题")
    return 1 if problems else 0


def _draft_faults(folder: Path, draft: str) -> list[Problem]:
    try:
        return check.draft_problems(load(folder, draft), draft)
    except PolicyError as error:
        return list(error.problems)


def run_new(options: argparse.Namespace) -> int:
    book = load(options.policies)
    new_city.write(book, options.policies, options.city, options.name)
    given = new_city.english(options.city, options.name)
    texts = new_city.draft_texts(options.policies, [*book.drafts, options.city])
    for language in (one for one in i18n.LANGUAGES if one != i18n.SOURCE):
        i18n.update([*i18n.all_texts(book), *(texts or ())], language, given, keep=texts is None)
    print(f"写好了：{options.policies / 'drafts' / options.city}，怎么接着写，见 policies/README.md")
    return 0


def run_adopt(options: argparse.Namespace) -> int:
    if options.city not in load(options.policies).drafts:
        raise check.BadInput(f"没有 {options.city} 这份草稿")
    if problems := _draft_faults(options.policies, options.city):
        return complain(*map(str, problems), f"luohu: 草稿 {options.city} 还有 {len(problems)} 处要改，没有启用")
    print(*new_city.adopt(load(options.policies, options.city), options.policies, options.city), sep="\n")
    return 0


def run_prove(options: argparse.Namespace) -> int:
    from bot import prove

    cities = list(_to_prove(options))
    if options.drafts and not cities:
        print("# 没有草稿")
    sound = True
    for (policy, draft), found in zip(cities, prove.prove_all([policy for policy, _ in cities]), strict=True):
        for line in prove.report(options.policies, policy, found, i18n.Language(options.lang), draft):
            print(line)
        sound = sound and all(one.grade == "note" for one in found)
    return 0 if sound else 1


def _to_prove(options: argparse.Namespace) -> Iterator[tuple[Policy, str]]:
    """The cities, each with what is read from the drafts for it. A city that is only a draft need not be said to be one."""
    book = book_of(options)
    for city in options.cities or (book.drafts if options.drafts else book.cities):
        if options.drafts or (city in book.drafts and city not in book.cities):
            yield _draft(book, options, city), city
        elif (policy := _policy(book, city)) and book.city(city).in_force:
            yield policy, options.draft


def _draft(book: Book, options: argparse.Namespace, draft: str) -> Policy:
    """As it is on the day, or, where it is not in force yet, on its first."""
    if draft not in book.drafts:
        raise check.BadInput(f"没有 {draft} 这份草稿，可以写：{'、'.join(book.drafts)}")
    policy = load(options.policies, draft, book.as_of).city(draft).policy
    began = policy.document.began
    return load(options.policies, draft, began).city(draft).policy if began > book.as_of else policy


def run_diff(options: argparse.Namespace) -> int:
    from bot.workshop import diff
    from bot.workshop.revision import policies_of

    with (
        policies_of(options.old, options.policies) as old,
        policies_of(options.new or str(options.policies), options.policies) as new,
    ):
        on = partial(_versions, old, new, options.draft)
        found = diff.difference(on, day_of(options), old, new, options.draft)
    print(*diff.written(found, options.lang, options.form), sep="\n")
    return 0


def _versions(old: Path, new: Path, draft: str, day: str) -> tuple[Book, Book]:
    return load(old, as_of=day), load(new, draft, day)


def run_draw(options: argparse.Namespace) -> int:
    from bot.workshop import draw, trees

    book = book_of(options)
    policy = _policy(book, options.city)
    name = f"{policy.city}.{options.route.removeprefix(f'{policy.city}.')}" if options.route else policy.city
    tree = trees.named(book, policy, name, i18n.Language(options.lang))
    if tree is None:
        raise check.BadInput(
            f"没有 {options.route} 这条途径，可以写：{'、'.join(one.partition('.')[2] for one in policy.routes)}"
        )
    for form, text in (("svg", draw.svg(tree)), ("mmd", draw.mermaid(tree))):
        check.write_file(path := options.into / f"{name}.{form}", text.encode())
        print(f"写好了：{path}")
    return 0


def _policy(book: Book, city: str) -> Policy:
    if city not in book.cities:
        raise check.BadInput(f"没有 {city} 这个市，可以写：{'、'.join(book.cities)}")
    return book.city(city).policy


def run_texts(options: argparse.Namespace) -> int:
    """The catalogues in line with the sentences; then a language's table is written, or read."""
    book = load(options.policies)
    drafts = new_city.draft_texts(options.policies, book.drafts)
    for language in (one for one in i18n.LANGUAGES if one != i18n.SOURCE):
        try:
            said = i18n.update([*i18n.all_texts(book), *(drafts or ())], language, keep=drafts is None)
            if language == options.lang and (options.table or options.back):
                print(_by_table(options, [*i18n.policy_texts(book), *(drafts or ())]))
                said = i18n.translated(language)
        except OSError as error:
            file = i18n.po_file(language)
            raise check.BadInput(f"{file}: 写不了（{error.strerror}），请在可以写的源码目录里运行") from None
        lacking, changed = sum(not one.says for one in said.values()), sum(bool(one.before) for one in said.values())
        print(f"{language}: {len(said)} 条，{lacking} 条还没有译" + (f"，{changed} 条原文改过、译文要看" if changed else ""))
    return 0


def _by_table(options: argparse.Namespace, texts: list[Text]) -> str:
    from bot.workshop import translations

    if options.table:
        return translations.write(options.table, texts, options.lang)
    return translations.take_over(options.back, texts, options.lang)


def run_publishing(options: argparse.Namespace) -> int:
    """Runs one of them and prints its lines; returns the exit status: 1 where it was refused, 2 where something is unusable."""
    from bot import publish, settings
    from bot.store.base import StoreDown

    try:
        for line in getattr(publish, options.work)(settings.read(), options):
            print(line, flush=True)
    except (publish.Refused, StoreDown) as error:
        print(f"luohu: {error}", file=sys.stderr)
        return 1 if isinstance(error, publish.Refused) else 2
    return 0
