"""The house as a whole: what must not stand in any file that goes to others."""

import subprocess

from conftest import ROOT

HOSTS = ["pypi" + ".org", "python" + "hosted.org", "npm" + "js.org", "deb." + "debian.org"]


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return listed.stdout.splitlines()


def test_no_registry_host_and_no_path_of_a_machine_in_any_tracked_file() -> None:
    found = [
        (name, word)
        for name in tracked()
        for word in [*HOSTS, "/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/"]
        if word in (ROOT / name).read_text(encoding="utf-8", errors="replace")
    ]
    assert found == []


def test_what_a_start_leaves_in_the_folder_is_not_for_others() -> None:
    left = ["luohu.db", "luohu.db-wal", "luohu.db-shm", "luohu.db.key", "luohu.db.lock", ".env"]
    said = subprocess.run(["git", "check-ignore", "--no-index", *left], cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.stdout.splitlines() == left
