"""Comparison with the notebook's plain loops, in one process: python tests/benchmarks/bench_lm.py [WORDS.txt]

Prints, for counting, the likelihood, 200 training steps and drawing names, the seconds of both, the speedup,
and the goal. Both sides must give the same result; the exit status is 1 if they do not. A missed goal is only
marked, because times depend on the machine.

The default is the bundled list. Ours is the best of several runs after a warm-up; the loops, which take
seconds, run once.

Finally the command itself, `sample -n 1000000`, as a ratio to the notebook's loop for the same number of
names. The time of `sample -n 1` is subtracted, as it is for the loop: reading, counting and importing torch.
The difference in peak memory to `sample -n 1` is printed, too.
"""

from __future__ import annotations

import itertools
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import torch
import torch.nn.functional as F

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.model import CountModel
from bigram_tui.lm.sampling import InverseTransformSampler
from bigram_tui.lm.settings import DEFAULT_SEED, TrainingSettings
from bigram_tui.lm.training import TrainingRun
from bigram_tui.words.blocks import Block
from bigram_tui.words.built_in import DEFAULT
from bigram_tui.words.corpus import Corpus
from bigram_tui.words.sources import load
from bigram_tui.words.tally import PairTally

REFERENCE = Path(__file__).resolve().parents[1] / "fixtures" / "reference.json"
STEPS = 200
NAMES = 2_000
MANY = 1_000_000
REPETITIONS = 7

Result = TypeVar("Result")


class PlainLoops:
    """The loops of a published notebook, but with a sorted alphabet; there, it has the order of a set."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self.words = words
        self.stoi = {c: i for i, c in enumerate(sorted(set("".join(words))), 1)} | {"": 0}
        self.V = len(self.stoi)

    def bigrams(self) -> Iterator[tuple[int, int]]:
        for word in self.words:
            for a, b in itertools.pairwise(["", *word, ""]):
                yield self.stoi[a], self.stoi[b]

    def count(self) -> torch.Tensor:
        """One tensor element incremented per bigram."""
        N = torch.zeros((self.V, self.V), dtype=torch.int32)
        for i, j in self.bigrams():
            N[i, j] += 1
        return N

    def likelihood(self, P: torch.Tensor) -> float:
        """One tensor logarithm per bigram, summed in float32."""
        total, n = torch.tensor(0.0), 0
        for i, j in self.bigrams():
            total += torch.log(P[i, j])
            n += 1
        return -total.item() / n

    def exact_likelihood(self, P: torch.Tensor) -> float:
        """The same logarithms, summed without rounding: not the notebook's, only to compare with."""
        logs = [torch.log(P[i, j]).item() for i, j in self.bigrams()]
        return -math.fsum(logs) / len(logs)

    def train(self) -> float:
        """Every bigram as a one-hot row, every step; the loss before the last step's update."""
        xs, ys = (torch.tensor(column) for column in zip(*self.bigrams(), strict=True))
        g = torch.Generator().manual_seed(DEFAULT_SEED)
        W = torch.rand((self.V, self.V), generator=g, requires_grad=True)
        for _ in range(STEPS):
            exp = (F.one_hot(xs, self.V).float() @ W).exp()
            p = exp / exp.sum(1, keepdim=True)
            loss = -p[torch.arange(len(xs)), ys].log().mean() + 0.01 * (W**2).mean()
            W.grad = None
            loss.backward()
            assert W.grad is not None
            W.data -= 10 * W.grad
        return loss.item()

    def draw(self, P: torch.Tensor) -> int:
        """One torch.multinomial call per character; returns how many characters that were."""
        g = torch.Generator().manual_seed(DEFAULT_SEED)
        characters = 0
        for _ in range(NAMES):
            i = 0
            while True:
                i = int(torch.multinomial(P[i], num_samples=1, replacement=True, generator=g).item())
                characters += 1
                if i == 0:
                    break
        return characters


def names_by_the_rule(P: torch.Tensor, characters: tuple[str, ...], how_many: int) -> list[str]:
    """The names of inverse transform sampling, one number and one look at the line per character."""
    g = torch.Generator().manual_seed(DEFAULT_SEED)
    names = []
    for _ in range(how_many):
        i, name = 0, ""
        while True:
            ends = np.cumsum(P[i].numpy(), dtype=np.float32)
            u = torch.rand(1, dtype=torch.float64, generator=g).item()
            i = min(int(np.searchsorted(ends / ends[-1], u)), len(ends) - 1)
            if i == 0:
                break
            name += characters[i - 1]
        names.append(name)
    return names


def ours_count(words: tuple[str, ...]) -> NgramCounts:
    tally = PairTally()
    tally.add(Block.of(words))
    return tally.counts()


def ours_train(counts: NgramCounts) -> TrainingRun:
    run = TrainingRun(counts, TrainingSettings(steps=STEPS))
    for _ in range(STEPS):
        run.step()
    return run


def ours_draw(counts: NgramCounts) -> list[str]:
    sampler = InverseTransformSampler(CountModel(counts, 1), DEFAULT_SEED)
    return list(islice(sampler.names(), NAMES))


class Measured(NamedTuple):
    """What both sides did, how long it took, and whether the results are the same."""

    what: str
    theirs: float
    ours: float
    goal: int
    same: bool
    note: str = ""


def once(work: Callable[[], Result]) -> tuple[float, Result]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def best(work: Callable[[], Result]) -> tuple[float, Result]:
    """The shortest of several runs, after a warm-up."""
    result = work()
    return min(once(work)[0] for _ in range(REPETITIONS)), result


def measure(dataset: str, corpus: Corpus) -> Iterator[Measured]:
    loops = PlainLoops(corpus.words)

    theirs, N = once(loops.count)
    ours, counts = best(lambda: ours_count(corpus.words))
    yield Measured(f"count {counts.total:,} bigrams", theirs, ours, 300, counts.N.tolist() == N.tolist())

    P = (N + 1).float()
    P /= P.sum(1, keepdim=True)
    theirs, their_nll = once(lambda: loops.likelihood(P))
    ours, nll = best(lambda: NgramCounts(counts.vocabulary, counts.keys, counts.counts).nll(1))
    # The notebook adds up in float32, whose rounding alone is about 2e-4 here. So ours is compared with
    # the loop's own logarithms summed exactly, and what the notebook's rounding costs is printed.
    same = math.isclose(nll, loops.exact_likelihood(P), rel_tol=0, abs_tol=1e-6)
    note = f"the notebook's float32 sum is off by {their_nll - nll:+.1e}"
    yield Measured("likelihood", theirs, ours, 1_000, same, note)

    theirs, their_loss = once(loops.train)
    ours, run = best(lambda: ours_train(counts))
    same = math.isclose(run.losses[STEPS - 1].total, their_loss, rel_tol=0, abs_tol=1e-4)
    yield Measured(f"{STEPS} training steps", theirs, ours, 300, same)

    theirs, _ = once(lambda: loops.draw(P))
    ours, names = best(lambda: ours_draw(counts))
    yield Measured(f"draw {NAMES:,} names", theirs, ours, 60, is_right(names, counts, P))

    few, many = sample(dataset, 1), sample(dataset, MANY)
    more = (many.peak - few.peak) / 2**20
    seconds = many.seconds - few.seconds
    note = (
        f"{MANY / seconds:,.0f} names a second after {few.seconds:.2f} s of start; "
        f"{more:,.0f} MB more than for one (goal: under 50)"
    )
    same = many.names[:NAMES] == names
    yield Measured(f"sample -n {MANY}", theirs / NAMES * MANY, seconds, 60, same, note)


class Sampled(NamedTuple):
    """The output of the command, its duration, and its peak memory in bytes."""

    names: list[str]
    seconds: float
    peak: int


def sample(dataset: str, n: int) -> Sampled:
    """Run the installed command; the names go to a file, which takes no time compared with drawing them."""
    command = [Path(sys.executable).parent / "bigram-tui", "sample", dataset, "-n", str(n)]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        start = time.perf_counter()
        _, status, usage = os.wait4(subprocess.Popen(command, stdout=output).pid, 0)
        seconds = time.perf_counter() - start
        output.seek(0)
        names = output.read().splitlines()
    assert os.waitstatus_to_exitcode(status) == 0
    assert len(names) == n
    return Sampled(names, seconds, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))


def is_right(names: list[str], counts: NgramCounts, P: torch.Tensor) -> bool:
    """Whether the first names are the published ones, if the list has any, and all are those of the rule.

    torch.multinomial, one sample at a time, draws other names since torch 2.0, so the loop cannot be used.
    """
    if names[:200] != names_by_the_rule(P, counts.vocabulary.characters, 200):
        return False
    for figures in json.loads(REFERENCE.read_text(encoding="utf-8")).values():
        if figures["bigrams"] == counts.total and figures["distinct_bigrams"] == len(counts.keys):
            published = figures["sampled_names"][f"counts, smoothing 1, seed {DEFAULT_SEED}, inverse CDF"]
            return names[: len(published)] == published
    return True


def main(arguments: list[str]) -> int:
    if len(arguments) > 1 or arguments[:1] in (["-h"], ["--help"]):
        print(__doc__)
        return 2
    dataset = arguments[0] if arguments else DEFAULT
    corpus = load(dataset, cache=Path())
    print(f"{corpus.name}: {len(corpus.words):,} names; torch {torch.__version__}, numpy {np.__version__}")
    print(f"{'':<24}{'notebook':>12}{'ours':>14}{'ratio':>10}{'goal':>9}")
    status = 0
    for what, theirs, ours, goal, same, note in measure(dataset, corpus):
        ratio = theirs / ours
        verdict = "reached" if ratio >= goal else "missed"
        print(
            f"{what:<24}{theirs:>10.3f} s{ours * 1000:>11.3f} ms{ratio:>9,.0f}×{goal:>8,}×  {verdict}", end=""
        )
        print(f"; {note}" if note else "", "" if same else ", BUT THE RESULTS DIFFER", sep="", flush=True)
        status |= not same
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
