"""`luohu …`: the command line, and the one place where the parts are put together."""

import argparse
import gc
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bot import check, policy_commands, settings
from bot.policy_commands import book_of, complain
from bot.wording import languages as i18n
from flows.book import Book, PolicyError
from flows.loading.load import load

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
    except settings.BadSetting as error:
        complain(f"luohu: {error}")
        return error.status
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

    backup_options(commands)
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

    cases_options(commands.add_parser("cases", help="跑案例文件（YAML、CSV、XLSX），列出不一致的地方"))
    hear_options(commands.add_parser("hear", help="一段话里听出了什么，为什么"))
    policy_commands.add_commands(commands.add_parser("policy", help="政策数据"))
    return top


def backup_options(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    for work, says in (("backup", "把账户、统计、发布过的政策备份成一个文件"), ("restore", "把备份恢复到空的数据库")):
        command = commands.add_parser(work, help=says)
        command.add_argument("file", type=Path, metavar="FILE", help="备份文件")
        command.set_defaults(run=run_backup, work=work)


def cases_options(cases: argparse.ArgumentParser) -> None:
    cases.add_argument("folder", type=Path, metavar="DIR")
    cases.add_argument("--holes", action="store_true", help="列出途径的、条件的哪些结论没有案例试过，每个附一个写好的案例")
    cases.add_argument("--write", type=Path, metavar="FILE", help="把这些案例写成 .yaml、.csv 或者 .xlsx")
    cases.set_defaults(run=run_cases)


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


def run_serve(options: argparse.Namespace) -> int:
    gc.disable()  # nearly all that is made at a start stays: looking through it again and again is a fifth of a start
    from bot import published, serve
    from bot.store.base import StoreDown

    if options.draft:
        raise check.BadInput(f"草稿不给群众看：serve 前面不写 --draft {options.draft}")
    chosen = settings.read()
    try:
        begins = published.at_start(chosen, options.policies)
    except StoreDown as error:  # what is only away is said when it is opened
        complain(f"luohu: {error}")
        return serve.NO_DATABASE
    return serve.serve(chosen, begins)


def run_doctor(options: argparse.Namespace) -> int:
    import asyncio

    from bot import doctor

    try:
        findings = asyncio.run(doctor.examined(settings.read(), load(options.policies)))
    except settings.BadSetting as error:
        findings = [doctor.Finding("设置", False, str(error))]
    for finding in findings:
        print(finding)
    return 0 if all(finding.fine for finding in findings) else 1


def run_backup(options: argparse.Namespace) -> int:
    from bot import backup
    from bot.store.base import StoreDown

    try:
        print(getattr(backup, options.work)(settings.read(), options.file))
    except OSError as error:
        return complain(f"luohu: {options.file} 用不了：{error.strerror}")
    except (backup.Refused, StoreDown) as error:
        return complain(f"luohu: {error}")
    return 0


def run_staff(options: argparse.Namespace) -> int:
    from bot import published
    from bot.hotline import commands as accounts
    from bot.hotline.staff import Refused
    from bot.store.base import StoreDown, Taken

    chosen = settings.read()
    try:
        if not getattr(options, "begins", False):
            accounts.need_a_database(chosen)
        accounts.at_the_store(chosen, published.at_start(chosen, options.policies).book, options.work(accounts, options))
    except Refused as error:
        return complain(f"luohu: {error}")
    except OSError as error:
        return complain(f"luohu: {chosen.named} 用不了：{error.strerror}")
    except StoreDown as error:
        beside = "" if not isinstance(error, Taken) else "。服务运行时，请主管在工作台的“账户”页面管理，或者先停下服务"
        return complain(f"luohu: {error}{beside}")
    return 0


def run_chat(options: argparse.Namespace) -> int:
    from bot import terminal

    return terminal.chat(book_of(options), options.lang)


def run_check(options: argparse.Namespace) -> int:
    book = book_of(options)
    residents, listed = _residents(book, options)
    if options.sheet:
        from bot.wording.text import sheet_text

        sheets = [sheet_text(book, resident.facts, options.lang, book.as_of) for resident in residents]
        print("\n\n".join(sheets))
        return 0
    return _print([check.answer(book, resident.facts) for resident in residents], options.jsonl, listed)


def run_rehearse(options: argparse.Namespace) -> int:
    from bot import rehearse

    book = book_of(options)
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

    book = book_of(options)
    residents = cases.read_cases(book, options.folder)
    if options.holes:
        lines, status = cases.holes(book, residents, options.write, options.draft)
    else:
        lines, status = cases.tried(book, residents, options.write)
    print(*lines, sep="\n")
    return status


def run_hear(options: argparse.Namespace) -> int:
    from bot import hear

    if options.as_of:
        raise check.BadInput("hear 不看日期：前面不写 --as-of")
    from flows.hearing.ears import Ears

    if (options.text is None) == (options.jsonl is None):
        raise check.BadInput("hear 后面写一句话，或者写 --jsonl FILE")
    ears = Ears(book_of(options))
    if ears.lexicon is None:
        raise check.BadInput(f"{options.policies}: 没有 heard.yaml，听不出什么")
    if options.jsonl is None:
        lines = hear.explained(ears, options.text, options.open)
    else:
        lines = hear.json_lines(ears, options.jsonl, check.read_text(options.jsonl))
    for line in lines:
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
