"""Saving files, and what happens to the old file when saving fails or is killed."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bigram_tui.files.saving import LEFT_BEHIND, write_atomically
from tests.conftest import REPOSITORY, obey_permissions, thoroughly
from tests.files.saving import WAYS


def test_a_file_is_written_with_the_folders_it_needs(tmp_path: Path) -> None:
    file = tmp_path / "some" / "where" / "names.txt"
    write_atomically(file, b"emma\n")
    assert file.read_bytes() == b"emma\n"
    write_atomically(file, b"ava\n")
    assert file.read_bytes() == b"ava\n"
    assert os.listdir(file.parent) == ["names.txt"]


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    write_atomically(tmp_path / "new", b"emma\n")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_replaced_file_keeps_its_permissions(tmp_path: Path) -> None:
    file = tmp_path / "names.txt"
    file.touch()
    file.chmod(0o640)
    write_atomically(file, b"emma\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_a_link_stays_and_the_file_behind_it_is_replaced(tmp_path: Path) -> None:
    file, link, dangling = (tmp_path / name for name in ("names.txt", "link", "dangling"))
    file.write_bytes(b"old\n")
    link.symlink_to("names.txt")
    dangling.symlink_to("later.txt")
    write_atomically(link, b"emma\n")
    write_atomically(dangling, b"ava\n")
    assert link.is_symlink()
    assert file.read_bytes() == b"emma\n"
    assert dangling.is_symlink()
    assert (tmp_path / "later.txt").read_bytes() == b"ava\n"


def test_special_files_are_kept_and_no_partial_file_is_left(tmp_path: Path) -> None:
    folder, pipe = tmp_path / "folder", tmp_path / "pipe"
    folder.mkdir()
    os.mkfifo(pipe)
    for in_the_way in (folder, pipe):
        with pytest.raises(OSError, match="not a regular file"):
            write_atomically(in_the_way, b"emma\n")
    assert sorted(os.listdir(tmp_path)) == ["folder", "pipe"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


SAVE = """
import sys; from pathlib import Path
from bigram_tui.files.saving import write_atomically
try: write_atomically(Path(sys.argv[1]), b'emma\\n' * 100_000)
except OSError as error: print(error.strerror)
"""


def test_a_full_disk_leaves_the_old_file_whole(tmp_path: Path) -> None:
    """A file size limit simulates a disk that becomes full while writing."""
    file = tmp_path / "names.txt"
    file.write_bytes(b"old\n")
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))"
    done = subprocess.run(
        [sys.executable, "-c", limit + SAVE, file], capture_output=True, text=True, check=True
    )
    assert done.stdout == "File too large\n"
    assert file.read_bytes() == b"old\n"
    assert os.listdir(tmp_path) == ["names.txt"]


@pytest.mark.parametrize(("what", "mode"), [("names.txt", 0o444), (".", 0o555)], ids=["file", "folder"])
def test_write_protected_files_are_not_changed(tmp_path: Path, what: str, mode: int) -> None:
    file = tmp_path / "names.txt"
    file.write_bytes(b"old\n")
    (tmp_path / what).chmod(mode)
    done = subprocess.run(
        [sys.executable, "-c", SAVE, file],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=obey_permissions,
    )
    assert done.stdout == "Permission denied\n"
    assert file.read_bytes() == b"old\n"
    assert os.listdir(tmp_path) == ["names.txt"]


def test_a_killed_writers_file_is_hidden_and_removed_after_a_day(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from bigram_tui.files.saving import replacing\n"
        "with replacing(Path(sys.argv[1])) as file: file.write(b'half'); os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", script, tmp_path / "names.txt"], check=False)
    (part,) = tmp_path.iterdir()
    assert part.name.startswith(".")
    write_atomically(tmp_path / "names.txt", b"emma\n")
    assert part.exists(), "another program may still be writing it"
    long_ago = time.time() - LEFT_BEHIND - 1
    os.utime(part, (long_ago, long_ago))
    write_atomically(tmp_path / "other.txt", b"ava\n")
    assert sorted(os.listdir(tmp_path)) == ["names.txt", "other.txt"]


@pytest.mark.parametrize("rounds", [25, *thoroughly(200)])
@pytest.mark.parametrize("way", WAYS)
def test_after_a_kill_at_any_moment_the_file_is_old_or_new(way: str, rounds: int, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.files.saving", way, tmp_path, str(rounds)],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        check=True,
    )
    found = json.loads(done.stdout)
    assert found.pop("killed while it wrote") > 0
    assert found.keys() == {"whole"}
    assert found["whole"] >= rounds
