"""What the tests need of the system, listed here and nowhere else.

needs("chromium") in a test or a fixture skips what cannot run, with one sentence; in CI it fails.
As a program (`make test` begins with it) it installs what is missing where it may, as root on Debian or Ubuntu; elsewhere it says so.
"""

import os
import subprocess
from collections.abc import Callable, Sequence
from ctypes.util import find_library
from importlib.util import find_spec
from pathlib import Path
from shutil import which


def _font() -> bool:
    return bool(which("fc-list") and subprocess.run(["fc-list", ":lang=zh-cn"], capture_output=True).stdout)


PACKAGES: dict[str, Callable[[], object]] = {  # Debian's package -> whether it is there
    "python3-venv": lambda: find_spec("ensurepip"),
    "chromium": lambda: which("chromium"),
    "libatomic1": lambda: find_library("atomic"),  # for Playwright's own node
    "fonts-noto-cjk": _font,  # for Chromium: the PDFs bring fonts of their own
    "poppler-utils": lambda: which("pdftotext"),
    "postgresql": lambda: which("initdb") or any(Path("/usr/lib/postgresql").glob("*/bin/initdb")),
    "nginx-light": lambda: which("nginx") or Path("/usr/sbin/nginx").exists(),
    "openssl": lambda: which("openssl"),
    "util-linux": lambda: os.geteuid() != 0 or which("setpriv"),  # PostgreSQL refuses root
    "libpango-1.0-0": lambda: find_library("pango-1.0"),
    "libpangoft2-1.0-0": lambda: find_library("pangoft2-1.0"),
    "libharfbuzz-subset0": lambda: find_library("harfbuzz-subset"),
}
BROWSER = ("chromium", "libatomic1", "fonts-noto-cjk")
PDF = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "poppler-utils")
DATABASE = ("postgresql", "util-linux")
BALANCER = ("nginx-light", "openssl")


def missing(*packages: str) -> list[str]:
    return [name for name in packages or PACKAGES if not PACKAGES[name]()]


def why_not(*packages: str) -> str:
    """What is missing and how it is installed, in one sentence; empty if nothing is."""
    lacking = missing(*packages)
    return f"缺少 {'、'.join(lacking)}，请先运行：apt-get install {' '.join(lacking)}" if lacking else ""


def needs(*packages: str) -> None:
    import pytest

    if said := why_not(*packages):
        (pytest.fail if os.environ.get("CI") else pytest.skip)(said)


def _apt(*command: str) -> bool:
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    return (
        subprocess.run(["apt-get", "-qq", *command], env=quiet, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL).returncode
        == 0
    )


def _install(packages: Sequence[str]) -> bool:
    return _apt("install", "-y", "--no-install-recommends", *packages)


def main() -> None:
    lacking = missing()
    if lacking and os.geteuid() == 0 and which("apt-get"):
        print(f"apt-get install {' '.join(lacking)}", flush=True)
        _apt("update")
        if not _install(lacking):
            for package in lacking:  # one that this system does not have keeps the others from nobody
                _install([package])
    if said := why_not():
        print(f"{said}\n要用到它们的测试会跳过，其余照常运行。", flush=True)


if __name__ == "__main__":
    main()
