"""Shell completion."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

COMPLETE = """
source completion
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
$(complete -p bigram-tui | sed 's/.*-F \\([^ ]*\\).*/\\1/')
printf '%s\\n' "${COMPREPLY[@]}"
"""


def completion(command: str, shell: str) -> str:
    return subprocess.run(
        [command, "--print-completion", shell], capture_output=True, text=True, check=True
    ).stdout


def test_bash_completes_reports_options_values_and_files(command: str, tmp_path: Path) -> None:
    (tmp_path / "completion").write_text(completion(command, "bash"))
    (tmp_path / "towns.txt").write_text("bonn\n")

    def completed(*words: str) -> set[str]:
        bash = ["bash", "-c", COMPLETE, "bash", "bigram-tui", *words]
        done = subprocess.run(bash, capture_output=True, text=True, check=True, cwd=tmp_path)
        return set(done.stdout.split())

    assert completed("s") == {"stats", "sample", "score", "serve"}
    assert completed("stats", "to") == {"towns.txt"}
    assert completed("stats", "--min") == {"--min-char-count"}
    assert completed("sample", "--model", "n") == {"network"}
    assert completed("sample", "--load", "to") == {"towns.txt"}
    assert completed("--smoother", "k") == {"kneser-ney"}
    assert completed("serve", "--max-s") == {"--max-sessions"}


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_get_their_own_script(command: str, tmp_path: Path, shell: str) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    script = tmp_path / "completion"
    script.write_text(completion(command, shell))
    subprocess.run([shell, "-n", script], check=True)
