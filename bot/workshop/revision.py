"""A version of the policies: a folder, or what a revision of git holds of it."""

import io
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.check import BadInput

FOLDERS = ("policies", "locales")


@contextmanager
def policies_of(named: str, at: Path) -> Iterator[Path]:
    """The folder of a version's policies. `at`: a folder of the repository. Raises BadInput."""
    if Path(named).is_dir():
        folder = Path(named)
        yield folder / "policies" if not (folder / "facts.yaml").is_file() and (folder / "policies").is_dir() else folder
        return
    with TemporaryDirectory() as place:
        with tarfile.open(fileobj=io.BytesIO(_archived(named, at))) as archive:
            archive.extractall(place, filter="data")
        yield Path(place) / FOLDERS[0]


def _archived(revision: str, at: Path) -> bytes:
    try:
        top = _git(at, "rev-parse", "--show-toplevel").decode().strip()
        commit = (
            _git(Path(top), "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
        )
        return _git(Path(top), "archive", commit, "--", *FOLDERS)
    except (OSError, subprocess.CalledProcessError):
        raise BadInput(f"{revision}: 不是文件夹，也不是 git 里的版本。写一个文件夹，或者分支名、提交号、HEAD~1") from None


def _git(at: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(at), *arguments], check=True, capture_output=True).stdout  # noqa: S603, S607  # the operator's git, no shell
