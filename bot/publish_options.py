"""The options of `luohu policy publish`, `rollback` and `log`. What does the work (bot/publish.py) is read when it is wanted."""

import argparse
import sys
from pathlib import Path

from bot.wording import languages as i18n


def add_commands(policy: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    by = argparse.ArgumentParser(add_help=False)
    by.add_argument("--by", default="", metavar="NAME", help="谁做的（默认：登录这台机器的用户）")
    by.add_argument("--why", default="", metavar="TEXT", help="为什么，写进记录")
    new = policy.add_parser("publish", parents=[by], help="检查、证明以后发布：正在运行的服务不用重启就换上")
    new.add_argument("folder", type=Path, metavar="DIR", help="政策数据文件夹")
    new.add_argument("--cases", type=Path, default=i18n.ROOT / "tests" / "cases", metavar="DIR", help="案例文件夹")
    new.set_defaults(run=run, work="publish")
    back = policy.add_parser("rollback", parents=[by], help="退回前一次发布的")
    back.add_argument("hash", nargs="?", default="", metavar="HASH", help="退回到哪一套（发布记录里的校验码，写开头几个字）")
    back.set_defaults(run=run, work="rollback")
    policy.add_parser("log", help="发布记录：谁、什么时候、发布了什么").set_defaults(run=run, work="log")


def run(options: argparse.Namespace) -> int:
    """Runs one of them and prints its lines; returns the exit status: 1 where it was refused, 2 where something is unusable."""
    from bot import publish, settings
    from bot.store.base import StoreDown

    try:
        for line in getattr(publish, options.work)(settings.read(), options):
            print(line, flush=True)
    except settings.BadSetting as error:
        print(f"luohu: {error}", file=sys.stderr)
        return error.status
    except (publish.Refused, StoreDown) as error:
        print(f"luohu: {error}", file=sys.stderr)
        return 1 if isinstance(error, publish.Refused) else 2
    return 0
