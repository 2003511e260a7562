"""`luohu …`: the command line, and the one place where the parts are put together."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from bot import check, publish_options
from bot.clock import today
from bot.wording import languages as i18n
from flows.book import Book, PolicyError, Problem, Text
from flows.loading.load import load
from flows.loading.reader import is_day
from flows.policy import Policy

POLICIES = i18n.ROOT / "policies"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status: 0 fine, 1 checks found faults, 2 unusable input."""
    for stream in (sys.stdout, sys.stderr, sys.stdin):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]  # a terminal or a pipe, both text
    options = parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except PolicyError as error:
        return complain(*map(str, error.problems))
    except check.BadInput as error:
        return complain(f"luohu: {error}")
    except BrokenPipeError:
        sys.stderr.close()
        return 0


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="luohu", description="落户：对照各市的文件，看哪条途径适合")
    top.add_argument("--policies", type=Path, default=POLICIES, metavar="DIR", help="政策数据文件夹（默认：自带的）")
    top.add_argument(
        "--as-of", default="", metavar="DATE", help="按哪一天生效的规定（chat、check、cases、rehearse、policy prove；默认今天）"
    )
    top.add_argument("--draft", default="", metavar="CITY", help="连这份草稿一起看（chat、check、rehearse、cases、hear）")
    commands = top.add_subparsers(required=True, metavar="命令")
    residents = argparse.ArgumentParser(add_help=False)
    residents.add_argument("files", nargs="+", metavar="FILE", help="YAML 或 JSON；- 是标准输入")
    residents.add_argument("--jsonl", action="store_true", help="每行一个 JSON 对象，逐行输出")

    chat = commands.add_parser("chat", help="在终端里问答")
    chat.add_argument("--lang", choices=tuple(i18n.LANGUAGES), default="zh", help="语言")
    chat.set_defaults(run=run_chat)

    serve = commands.add_parser("serve", help="自助机、热线工作台和 Telegram 机器人，设置见 docs/operating.md")
    serve.set_defaults(run=run_serve)

    doctor = commands.add_parser("doctor", help="看看这台机器和设置能不能为人服务，不能就说要改什么")
    doctor.set_defaults(run=run_doctor)

    staff_options(commands.add_parser("staff", help="热线工作台的账户"))
    check_ = commands.add_parser("check", parents=[residents], help="从文件读事实，输出每条途径的结论（JSON）")
    check_.add_argument("--sheet", action="store_true", help="输出告知单，不输出 JSON")
    check_.add_argument("--lang", choices=tuple(i18n.LANGUAGES), default="zh", help="告知单的语言")
    check_.set_defaults(run=run_check)

    rehearse = commands.add_parser(
        "rehearse", parents=[residents], help="把知道全部情况的居民一题一题问一遍，看问了什么、答了什么"
    )
    rehearse.add_argument("--talk", action="store_true", help="输出整段问答，不输出 JSON")
    rehearse.add_argument("--lang", choices=tuple(i18n.LANGUAGES), default="zh", help="问答的语言")
    rehearse.set_defaults(run=run_rehearse)

    cases = commands.add_parser("cases", help="跑案例文件（YAML、CSV、XLSX），列出不一致的地方")
    cases.add_argument("folder", type=Path, metavar="DIR")
    cases.add_argument("--holes", action="store_true", help="列出没有案例试过的结论，每个附一个写好的案例")
    cases.add_argument("--write", type=Path, metavar="FILE", help="把这些案例写成 .yaml、.csv 或者 .xlsx")
    cases.set_defaults(run=run_cases)
    hear_options(commands.add_parser("hear", help="一段话里听出了什么，为什么"))
    policy_options(commands.add_parser("policy", help="政策数据"))
    return top


def policy_options(parser: argparse.ArgumentParser) -> None:
    policy = parser.add_subparsers(required=True, metavar="动作")
    said = argparse.ArgumentParser(add_help=False)
    said.add_argument("--lang", choices=tuple(i18n.LANGUAGES), default="zh", help="语言")
    policy.add_parser("check", help="检查政策数据和译文").set_defaults(run=run_policy_check)
    prove = policy.add_parser("prove", parents=[said], help="证明政策数据对所有居民都说得通；输出是案例文件，错误写在注释里")
    prove.add_argument("cities", nargs="*", metavar="CITY", help="城市的编号；不写就是全部")
    prove.set_defaults(run=run_policy_prove)
    diff = policy.add_parser("diff", parents=[said], help="两个版本之间，谁的答案变了，哪些话、数字、材料变了；见证人写成案例")
    diff.add_argument("old", metavar="OLD", help="文件夹，或者 git 里的版本（分支、提交号、HEAD~1）")
    diff.add_argument("new", metavar="NEW", nargs="?", default="", help="同上；不写就是现在的政策数据")
    diff.add_argument("--html", dest="form", action="store_const", const="html", default="text", help="输出网页")
    diff.add_argument("--json", dest="form", action="store_const", const="json", help="输出 JSON")
    diff.set_defaults(run=run_policy_diff)
    draw = policy.add_parser("draw", parents=[said], help="一个市怎么问，或者一条途径的条件，画成图：SVG，旁边是 Mermaid 源码")
    draw.add_argument("city", metavar="CITY", help="城市的编号")
    draw.add_argument("route", metavar="ROUTE", nargs="?", default="", help="途径的编号；不写就画整个市")
    draw.add_argument("--into", type=Path, default=Path(), metavar="DIR", help="放在哪个文件夹（默认：当前）")
    draw.set_defaults(run=run_policy_draw)
    policy.add_parser("texts", help="更新译文文件里的条目").set_defaults(run=run_policy_texts)
    new = policy.add_parser("new", help="给一个市写一份草稿的样子")
    new.add_argument("city", metavar="CITY", help="编号，用拼音")
    new.add_argument("name", nargs="?", default="新市", metavar="NAME", help="市名，不带“市”字")
    new.set_defaults(run=run_policy_new)
    adopt = policy.add_parser("adopt", help="启用一份没有问题的草稿")
    adopt.add_argument("city", metavar="CITY", help="草稿的编号")
    adopt.set_defaults(run=run_policy_adopt)
    publish_options.add_commands(policy)


def staff_options(parser: argparse.ArgumentParser) -> None:
    staff = parser.add_subparsers(required=True, metavar="动作")
    add = staff.add_parser("add", help="新建账户")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--role", choices=("agent", "supervisor"), required=True, help="坐席或主管")
    add.set_defaults(run=run_staff, work=lambda accounts, chosen: accounts.add(chosen.name, chosen.role), begins=True)
    staff.add_parser("list", help="列出账户").set_defaults(run=run_staff, work=lambda accounts, chosen: accounts.listed)
    disable = staff.add_parser("disable", help="停用账户")
    disable.add_argument("name", metavar="NAME")
    disable.set_defaults(run=run_staff, work=lambda accounts, chosen: accounts.disable(chosen.name))
    password = staff.add_parser("password", help="换密码，也用来重新启用账户")
    password.add_argument("name", metavar="NAME")
    password.set_defaults(run=run_staff, work=lambda accounts, chosen: accounts.password(chosen.name))


def hear_options(hear: argparse.ArgumentParser) -> None:
    hear.add_argument("text", nargs="?", metavar="TEXT", help="居民说的话")
    hear.add_argument("--open", metavar="FACT", help="正在问的问题（编号）")
    hear.add_argument("--jsonl", metavar="FILE", help="每行一个 {text, context, known}，逐行输出；- 是标准输入")
    hear.set_defaults(run=run_hear)


def _book(options: argparse.Namespace) -> Book:
    """The policies in force on the day, with the draft that is to be looked at."""
    if options.as_of and not is_day(options.as_of):
        raise check.BadInput(f"--as-of {options.as_of} 不是日期，写成 2020-01-16 这样")
    return load(options.policies, options.draft, options.as_of or today())


def complain(*lines: str) -> int:
    for line in lines:
        print(line, file=sys.stderr)
    return 2


def run_serve(options: argparse.Namespace) -> int:
    from bot import published, serve, settings

    if options.draft:
        raise check.BadInput(f"草稿不给群众看：serve 前面不写 --draft {options.draft}")
    try:
        chosen = settings.read()
        return serve.serve(chosen, published.at_start(chosen, options.policies))
    except settings.BadSetting as error:
        complain(f"luohu: {error}")
        return error.status


def run_doctor(options: argparse.Namespace) -> int:
    import asyncio

    from bot import doctor, settings

    try:
        chosen = settings.read()
    except settings.BadSetting as error:
        complain(f"luohu: {error}")
        return error.status
    findings = asyncio.run(doctor.examined(chosen, load(options.policies)))
    for finding in findings:
        print(finding)
    return 0 if all(finding.fine for finding in findings) else 1


def run_staff(options: argparse.Namespace) -> int:
    from bot import published, settings
    from bot.hotline import commands as accounts
    from bot.hotline.staff import Refused
    from bot.store.base import StoreDown

    try:
        chosen = settings.read()
        if not getattr(options, "begins", False):
            accounts.need_a_database(chosen)
        accounts.at_the_store(chosen, published.at_start(chosen, options.policies).book, options.work(accounts, options))
    except settings.BadSetting as error:
        complain(f"luohu: {error}")
        return error.status
    except Refused as error:
        return complain(f"luohu: {error}")
    except OSError as error:
        return complain(f"luohu: {chosen.database} 用不了：{error.strerror}")
    except StoreDown as error:
        beside = "" if chosen.on_postgres else "。服务运行时，请主管在工作台的“账户”页面管理，或者先停下服务"
        return complain(f"luohu: {error}{beside}")
    return 0


def run_chat(options: argparse.Namespace) -> int:
    from bot import terminal

    return terminal.chat(_book(options), options.lang)


def run_check(options: argparse.Namespace) -> int:
    book = _book(options)
    residents, listed = _residents(book, options)
    if options.sheet:
        from bot.wording.text import sheet_text

        sheets = [sheet_text(book, resident.facts, options.lang, book.as_of) for resident in residents]
        print("\n\n".join(sheets))
        return 0
    return _print([check.answer(book, resident.facts) for resident in residents], options.jsonl, listed)


def run_rehearse(options: argparse.Namespace) -> int:
    from bot import rehearse

    book = _book(options)
    residents, listed = _residents(book, options)
    if options.talk:
        print("\n\n".join(rehearse.as_text(book, resident.facts, options.lang) for resident in residents))
        return 0
    return _print([rehearse.result(book, resident.facts, options.lang) for resident in residents], options.jsonl, listed)


def _residents(book: Book, options: argparse.Namespace) -> tuple[list[check.Resident], bool]:
    """The residents of all files, and whether they are to be printed as a list."""
    residents: list[check.Resident] = []
    listed = len(options.files) > 1 or options.jsonl
    for name in options.files:
        text = check.read_text(name)
        if options.jsonl:
            residents += check.read_lines(book, name, text)
        else:
            more, is_list = check.read_residents(book, name, text)
            residents += more
            listed = listed or is_list
    return residents, listed


def _print(results: list[dict[str, Any]], lines: bool, listed: bool) -> int:
    if lines:
        for result in results:
            print(json.dumps(result, ensure_ascii=False))
    else:
        print(json.dumps(results if listed else results[0], ensure_ascii=False, indent=2))
    return 0


def run_cases(options: argparse.Namespace) -> int:
    from bot.workshop import cases

    book = _book(options)
    residents = cases.read_cases(book, options.folder)
    lines, status = cases.holes(book, residents, options.write) if options.holes else cases.tried(book, residents, options.write)
    print(*lines, sep="\n")
    return status


def run_hear(options: argparse.Namespace) -> int:
    from bot import hear

    if options.as_of:
        raise check.BadInput("hear 不看日期：前面不写 --as-of")
    from flows.hearing.ears import Ears

    if (options.text is None) == (options.jsonl is None):
        raise check.BadInput("hear 后面写一句话，或者写 --jsonl FILE")
    ears = Ears(_book(options))
    if ears.lexicon is None:
        raise check.BadInput(f"{options.policies}: 没有 heard.yaml，听不出什么")
    if options.jsonl is None:
        lines = hear.explained(ears, options.text, options.open)
    else:
        lines = hear.json_lines(ears, options.jsonl, check.read_text(options.jsonl))
    for line in lines:
        print(line)
    return 0


def run_policy_check(options: argparse.Namespace) -> int:
    """A fault in a draft is told, and stops nothing: it does not count."""
    faults: dict[str, list[Problem]] = {}
    try:
        book = load(options.policies, as_of=today())
        faults = {draft: _draft_faults(options.policies, draft) for draft in book.drafts}
        problems = check.policy_problems(book, _draft_texts(options.policies, book.drafts))
        problems += check.later_problems(book, lambda day: load(options.policies, as_of=day), problems)
    except PolicyError as error:
        problems = list(error.problems)
    for problem in problems:
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


def _draft_texts(folder: Path, drafts: Iterable[str]) -> list[Text] | None:
    """What drafts say; None if one of them cannot be read."""
    try:
        return [text for draft in drafts for text in load(folder, draft).city(draft).texts]
    except PolicyError:
        return None


def run_policy_new(options: argparse.Namespace) -> int:
    from bot import new_city

    book = load(options.policies)
    new_city.write(book, options.policies, options.city, options.name)
    given, texts = new_city.english(options.city, options.name), _draft_texts(options.policies, [*book.drafts, options.city])
    for language in (one for one in i18n.LANGUAGES if one != i18n.SOURCE):
        i18n.update([*i18n.all_texts(book), *(texts or ())], language, given, keep=texts is None)
    print(f"写好了：{options.policies / 'drafts' / options.city}，怎么接着写，见 policies/README.md")
    return 0


def run_policy_adopt(options: argparse.Namespace) -> int:
    from bot import new_city

    if options.city not in load(options.policies).drafts:
        raise check.BadInput(f"没有 {options.city} 这份草稿")
    if problems := _draft_faults(options.policies, options.city):
        return complain(*map(str, problems), f"luohu: 草稿 {options.city} 还有 {len(problems)} 处要改，没有启用")
    print(*new_city.adopt(load(options.policies, options.city), options.policies, options.city), sep="\n")
    return 0


def run_policy_prove(options: argparse.Namespace) -> int:
    from bot import prove

    book = _book(options)
    policies = [_policy(book, city) for city in options.cities or book.cities]
    policies = [policy for policy in policies if book.city(policy.city).in_force]
    sound = True
    for policy, found in zip(policies, prove.prove_all(policies), strict=True):
        for line in prove.report(options.policies, policy, found, i18n.Language(options.lang)):
            print(line)
        sound = sound and all(one.grade == "note" for one in found)
    return 0 if sound else 1


def run_policy_diff(options: argparse.Namespace) -> int:
    from bot.workshop import diff
    from bot.workshop.revision import policies_of

    with (
        policies_of(options.old, options.policies) as old,
        policies_of(options.new or str(options.policies), options.policies) as new,
    ):
        before, after = load(old), load(new, options.draft)
        found = diff.difference(before, after, old, new)
    print(*diff.written(found, options.lang, options.form), sep="\n")
    return 0


def run_policy_draw(options: argparse.Namespace) -> int:
    from bot.workshop import draw, trees

    book = _book(options)
    policy = _policy(book, options.city)
    route = policy.routes.get(f"{policy.city}.{options.route.removeprefix(f'{policy.city}.')}")
    if options.route and route is None:
        raise check.BadInput(
            f"没有 {options.route} 这条途径，可以写：{'、'.join(one.partition('.')[2] for one in policy.routes)}"
        )
    words = i18n.Language(options.lang)
    tree = trees.of_route(book, policy, route, words) if route else trees.of_city(policy, words)
    for form, text in (("svg", draw.svg(tree)), ("mmd", draw.mermaid(tree))):
        check.write_file(path := options.into / f"{route.id if route else policy.city}.{form}", text.encode())
        print(f"写好了：{path}")
    return 0


def _policy(book: Book, city: str) -> Policy:
    if city not in book.cities:
        raise check.BadInput(f"没有 {city} 这个市，可以写：{'、'.join(book.cities)}")
    return book.city(city).policy


def run_policy_texts(options: argparse.Namespace) -> int:
    book = load(options.policies)
    drafts = _draft_texts(options.policies, book.drafts)
    for language in i18n.LANGUAGES:
        if language != i18n.SOURCE:
            try:
                count, untranslated = i18n.update([*i18n.all_texts(book), *(drafts or ())], language, keep=drafts is None)
            except OSError as error:
                file = i18n.po_file(language)
                raise check.BadInput(f"{file}: 写不了（{error.strerror}），请在可以写的源码目录里运行") from None
            print(f"{language}: {count} 条，{untranslated} 条还没有译")
    return 0


if __name__ == "__main__":
    sys.exit(main())
