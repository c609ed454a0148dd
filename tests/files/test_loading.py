"""Loading files from a user's path: what is read, and what is refused at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bigram_tui.files.loading import MAX_NETWORK, load_network, read_regular_file
from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.errors import FileError
from bigram_tui.lm.network_file import SavedNetwork, network_as_bytes
from bigram_tui.lm.settings import TrainingSettings
from bigram_tui.lm.training import TrainingRun


def test_a_saved_network_knows_the_file_it_came_from(
    us_counts: NgramCounts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = TrainingRun(us_counts, TrainingSettings())
    content = network_as_bytes(us_counts.vocabulary, SavedNetwork(run.state, run.settings))
    (tmp_path / "my.safetensors").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    state = load_network(Path("my.safetensors"), us_counts.vocabulary).state
    assert state.network.W.equal(run.network.W)
    assert state.file == str(tmp_path / "my.safetensors")


def test_a_file_may_be_as_large_as_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_regular_file(path, 5) == b"12345"
    with pytest.raises(OSError, match="larger than"):
        read_regular_file(path, 4)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("fifo", "it is not a regular file"),
        ("device", "it is not a regular file"),
        ("folder", "Is a directory"),
        ("large", "it is larger than 101 MB"),
        ("missing", "No such file or directory"),
        ("no path", "embedded null byte"),
    ],
)
def test_paths_that_cannot_be_a_network_are_refused_at_once(
    us_counts: NgramCounts, tmp_path: Path, kind: str, reason: str
) -> None:
    path = {"device": Path("/dev/zero"), "no path": Path("a\0b")}.get(kind, tmp_path / "my")
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "large":
        path.touch()
        os.truncate(path, MAX_NETWORK + 1)
    descriptors = len(os.listdir("/dev/fd"))
    with pytest.raises(FileError, match=f"cannot be read: .*{reason}"):
        load_network(path, us_counts.vocabulary)
    assert len(os.listdir("/dev/fd")) == descriptors
