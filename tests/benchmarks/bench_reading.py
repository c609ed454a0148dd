"""Reading large word lists: python tests/benchmarks/bench_reading.py [--small]

Generates an ASCII list of 1 GB and a UTF-8 list of 300 MB with about a thousand characters (a tenth of that
with --small) in a temporary folder. For each it prints the MB/s of the first pass (from the file to the
table) and of the second, and their peak memory above that of a process that has only imported numpy.
Compared, in the same run, with reading and summing the same bytes, and on a slice of a few seconds, with
collections.Counter over pairs and, if installed, scikit-learn's CountVectorizer.

Then the complete reports `counts` and `stats` on one core: for a list of distinct words and for one with
repetitions, in ASCII and in UTF-8, each as a multiple of reading and summing the same bytes. Both are CPU
times, on which other programs have less influence; time and memory of the command for a list of one word,
with numpy loaded, are subtracted. With --small, they are blurred by the start, which varies.

All must give the same counts; the exit status is 1 if they do not. A missed goal is only marked, because
times depend on the machine. Each list is measured in its own process; the best of three runs counts.

With --adding it adds the tables of 1,000 pieces on one core instead, for vocabularies of three sizes.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np

from bigram_tui.words.built_in import DEFAULT
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.progress import ignore_progress
from bigram_tui.words.reading import describe, read, read_table
from bigram_tui.words.sources import load
from bigram_tui.words.streams import Source, file_source
from bigram_tui.words.tally import Pairs, PairTally

SLICE = 20_000_000
VECTORIZED = 4_000_000
"""The size of the slice for the slow methods, in bytes."""

REPETITIONS = 3
FIRST_PASS_GOAL, COUNTER_GOAL, MEMORY_GOAL = 300, 50, 250
REPORT_GOALS = {("counts", "ascii"): 6, ("counts", "utf8"): 12, ("stats", "ascii"): 10, ("stats", "utf8"): 20}
"""How many times as long as reading and summing a report may take."""

RUN = """
import sys, numpy
from bigram_tui.cli import main
status = main()
sys.stderr.write(open("/proc/self/status").read())
sys.exit(status)
"""

REPEATED = 250_000
"""The size of the part that is repeated, in bytes."""

MB = 1e6

Result = TypeVar("Result")


def generate(file: Path, size: int, alphabet: str | None) -> None:
    """Two words of the bundled list per line; with an alphabet, with a few of its letters in between."""
    names = load(DEFAULT, cache=Path()).words
    random = np.random.default_rng(1)
    with file.open("wb") as out:
        while out.tell() < size:
            first, second = random.integers(0, len(names), (2, 100_000)).tolist()
            middle = [""] * len(first)
            if alphabet:
                letters = "".join(np.array(list(alphabet))[random.integers(0, len(alphabet), 300_000)])
                middle = [letters[i : i + 3] for i in range(0, 300_000, 3)]
            lines = (
                names[i][:4] + m + names[j][-2:] if m else names[i] + names[j]
                for i, m, j in zip(first, middle, second, strict=True)
            )
            out.write("\n".join((*lines, "")).encode())


def best(work: Callable[[], Result], clock: Callable[[], float] = time.perf_counter) -> tuple[float, Result]:
    seconds = []
    for _ in range(REPETITIONS):
        result = None  # free the last result, so that memory does not contain two
        begin = clock()
        result = work()
        seconds.append(clock() - begin)
    return min(seconds), cast(Result, result)


def memory(field: str) -> float:
    """The memory of this process in MB: VmRSS now, VmHWM at its peak."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1]) * 1024 / MB


def measure(file: Path) -> dict[str, Any]:
    """Our passes over a file; run in a fresh process."""
    source, options = file_source(file), ReadingOptions()
    idle = memory("VmRSS")
    first, table = best(lambda: read_table(source, options, ignore_progress))
    after_first = memory("VmHWM") - idle
    begin = time.perf_counter()
    corpus = describe(table, ignore_progress)
    second = time.perf_counter() - begin
    return {
        "first": first,
        "second": second,
        "after_first": after_first,
        "peak": memory("VmHWM") - idle,
        "characters": len(table.counts.vocabulary.characters),
        "names": table.names,
        "distinct": corpus.distinct_names,
    }


def read_and_sum(file: Path) -> int:
    total = 0
    with file.open("rb", buffering=0) as data:
        while chunk := data.read(1 << 18):
            total += int(np.frombuffer(chunk, dtype=np.uint8).sum())
    return total


def slice_of(file: Path, size: int) -> str:
    with file.open("rb") as data:
        return data.read(size).rpartition(b"\n")[0].decode() + "\n"


def ours_by_character(text: str) -> dict[tuple[str, str], int]:
    data = text.encode()
    counts = read(Source("slice", lambda: BytesIO(data), len(data))).counts
    characters = ("\n", *counts.vocabulary.characters)
    return {(characters[i], characters[j]): n for i, j, n in counts.ranked()}


def counter_by_word(text: str) -> Counter[tuple[str, str]]:
    """The straightforward way."""
    words = text.split("\n")[:-1]
    return Counter(pair for word in words for pair in itertools.pairwise(f"\n{word}\n"))


def counter_of_text(text: str) -> Counter[tuple[str, str]]:
    """The fastest way: without a loop in Python."""
    return Counter(itertools.pairwise("\n" + text))


def vectorize(text: str) -> dict[tuple[str, str], int]:
    from sklearn.feature_extraction.text import CountVectorizer  # type: ignore[import-untyped]

    vectorizer = CountVectorizer(analyzer=itertools.pairwise, lowercase=False)
    table = vectorizer.fit_transform([f"\n{word}\n" for word in text.split("\n")[:-1]])
    totals = np.asarray(table.sum(axis=0))[0].tolist()
    return {pair: totals[column] for pair, column in vectorizer.vocabulary_.items()}


def compare(file: Path) -> bool:
    """Print the results for a list, compared with other ways; returns whether all counts are the same."""
    size = file.stat().st_size
    done = subprocess.run(
        [sys.executable, __file__, "--measure", str(file)], capture_output=True, text=True, check=True
    )
    ours = json.loads(done.stdout)
    rate = size / MB / ours["first"]
    print(
        f"\n{file.name}: {size / MB:,.0f} MB, {ours['names']:,} words, about {ours['distinct']:,} different, "
        f"{ours['characters']:,} characters"
    )
    summing, _ = best(lambda: read_and_sum(file))
    print(f"{'reading and summing':<24}{size / MB / summing:>8,.0f} MB/s")
    goal = f"  goal {FIRST_PASS_GOAL}: {_verdict(rate >= FIRST_PASS_GOAL)}" if "ascii" in file.name else ""
    print(f"{'first pass':<24}{rate:>8,.0f} MB/s{goal}")
    print(f"{'second pass':<24}{size / MB / ours['second']:>8,.0f} MB/s")
    verdict = _verdict(ours["peak"] < MEMORY_GOAL)
    print(
        f"{'peak memory':<24}{ours['after_first']:>+8,.0f} MB after the first pass, "
        f"{ours['peak']:+,.0f} MB in all  goal below {MEMORY_GOAL}: {verdict}"
    )
    text = slice_of(file, SLICE)
    same = True
    ways = {"Counter, word by word": counter_by_word, "Counter, the whole text": counter_of_text}
    for way, count in ways.items():
        begin = time.perf_counter()
        counted = count(text)
        slow = len(text.encode()) / MB / (time.perf_counter() - begin)
        goal = (
            f"goal {COUNTER_GOAL}×: {_verdict(rate / slow >= COUNTER_GOAL)}" if "ascii" in file.name else ""
        )
        print(f"{way:<24}{slow:>8,.1f} MB/s  ours is {rate / slow:,.0f}× as fast  {goal}")
        same = same and counted == ours_by_character(text)
    text = slice_of(file, VECTORIZED)
    try:
        begin = time.perf_counter()
        vectorized = vectorize(text)
        slow = len(text.encode()) / MB / (time.perf_counter() - begin)
    except ImportError:
        print("CountVectorizer: scikit-learn is not installed")
    else:
        print(f"{'CountVectorizer':<24}{slow:>8,.1f} MB/s  ours is {rate / slow:,.0f}× as fast")
        same = same and vectorized == ours_by_character(text)
    if not same:
        print("BUT THE RESULTS DIFFER")
    return same


def run_report(report: str, file: Path) -> tuple[float, float]:
    """CPU seconds, the least of some runs, and peak memory in MB of a report on one core."""
    command = [sys.executable, "-c", RUN, report, str(file), "--json", "--workers", "1"]
    figures = []
    for _ in range(REPETITIONS):
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        assert child.stderr is not None
        said = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        # Not usage.ru_maxrss, which includes the process that started the child.
        megabytes = int(said.partition("VmHWM:")[2].split()[0]) * 1024 / MB
        figures.append((usage.ru_utime + usage.ru_stime, megabytes))
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise subprocess.CalledProcessError(child.returncode, command)
    return min(seconds for seconds, _ in figures), max(megabytes for _, megabytes in figures)


def compare_reports(file: Path) -> None:
    """Print the time of the reports minus their start, as multiples of reading and summing."""
    size = file.stat().st_size
    tiny = file.with_name("tiny.txt")
    tiny.write_text("emma\n")
    summing, _ = best(lambda: read_and_sum(file), time.process_time)
    print(f"\n{file.name}: {size / MB:,.0f} MB, read and summed at {size / MB / summing:,.0f} MB/s")
    kind = file.name.partition("_")[0]
    for report in ("counts", "stats"):
        start, idle = run_report(report, tiny)
        whole, peak = run_report(report, file)
        times, most = (whole - start) / summing, REPORT_GOALS[report, kind]
        print(
            f"{report:<24}{size / MB / (whole - start):>8,.0f} MB/s  1/{times:.1f}  goal 1/{most}: "
            f"{_verdict(times <= most)}  {peak - idle:+,.0f} MB  goal below {MEMORY_GOAL}: "
            f"{_verdict(peak - idle < MEMORY_GOAL)}"
        )


def repeat(file: Path, source: Path, size: int) -> None:
    """A list that repeats the first words of another one."""
    with source.open("rb") as data:
        words = data.read(REPEATED).rpartition(b"\n")[0] + b"\n"
    with file.open("wb") as out:
        while out.tell() < size:
            out.write(words)


def add_pieces() -> None:
    """The work of a cluster's client, the only part that more workers do not speed up."""
    random = np.random.default_rng(0)
    for V, different in ((27, 700), (1_000, 100_000), (5_000, 1_000_000)):
        codes = np.stack(np.divmod(random.choice(V * V, different, replace=False), V), axis=1) + 0x4E00
        pairs, tally = Pairs(codes.astype(np.uint32), random.integers(1, 1_000, different)), PairTally()
        begin = time.perf_counter()
        for _ in range(1_000):
            tally.add_pairs(pairs)
        tally.pairs()
        print(f"V {V:>5,}, {different:>9,} bigrams: {time.perf_counter() - begin:>8.2f} s for 1,000 pieces")


def _verdict(reached: bool) -> str:
    return "reached" if reached else "missed"


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--measure"]:
        print(json.dumps(measure(Path(arguments[1]))))
        return 0
    if arguments == ["--adding"]:
        add_pieces()
        return 0
    if arguments not in ([], ["--small"]):
        print(__doc__)
        return 2
    share = 0.1 if arguments else 1.0
    han = "".join(map(chr, range(0x4E00, 0x4E00 + 800))) + "äöüéèñçøåабвгдежзик"
    same = True
    with tempfile.TemporaryDirectory() as folder:
        for name, size, alphabet in (("ascii.txt", 1e9, None), ("utf8.txt", 3e8, han)):
            file = Path(folder) / name
            generate(file, int(size * share), alphabet)
            same &= compare(file)
            different = file.rename(file.with_stem(f"{file.stem}_different"))
            compare_reports(different)
            repeating = file.with_stem(f"{file.stem}_repeating")
            repeat(repeating, different, different.stat().st_size)
            different.unlink()
            compare_reports(repeating)
            repeating.unlink()
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
