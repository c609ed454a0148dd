"""Longer contexts compared with plain loops and nltk.lm: python tests/benchmarks/bench_ngrams.py [LIST]

First the grid of EurekaLabsAI/ngram: n-grams of 3, 4 and 5, four k each, the losses on train and on val. Ours
and the plain loops must give the same losses; nltk's Lidstone, on three of the twelve, too. Then the whole
ladder, contexts 0 to 8 with four smoothers and k tuned on dev, as a multiple of `import numpy`. The exit
status is 1 if results differ; a missed goal is only marked, because times depend on the machine.
"""

from __future__ import annotations

import math
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.evaluation import Evaluation
from bigram_tui.lm.ngrams import NgramTally
from bigram_tui.lm.settings import SMOOTHERS
from bigram_tui.lm.smoothing import Ladder, Text
from bigram_tui.lm.vocabulary import Vocabulary
from bigram_tui.words.built_in import DEFAULT
from bigram_tui.words.sources import load
from bigram_tui.words.split import split

NS, KS = (3, 4, 5), (0.03, 0.1, 0.3, 1.0)
REPETITIONS = 5
IMPORT = "import time; begin = time.perf_counter(); import numpy; print(time.perf_counter() - begin)"

Result = TypeVar("Result")


def timed(work: Callable[[], Result], repetitions: int = 1) -> tuple[float, Result]:
    """The best of several runs, in seconds."""
    best = math.inf
    for _ in range(repetitions):
        begin = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - begin)
    return best, result


def tallied(words: list[str], context: int, vocabulary: Vocabulary) -> NgramCounts:
    tally = NgramTally(vocabulary, context)
    tally.add("\n".join((*words, "")))
    return tally.counted()


def ours(train: list[str], val: list[str], vocabulary: Vocabulary) -> list[float]:
    counts = [tallied(part, max(NS) - 1, vocabulary) for part in (train, val)]
    ladder = Ladder(counts[0])
    texts = [Text(ladder, part) for part in counts]
    return [text.add_k_nll(k, n - 1) for n in NS for k in KS for text in texts]


def loops(train: list[str], val: list[str], vocabulary: Vocabulary) -> list[float]:
    """Token by token with dictionaries, trained again for each n and k, like their program."""
    V, losses = len(vocabulary), []
    for n in NS:
        for k in KS:
            counts: Counter[str] = Counter()
            totals: Counter[str] = Counter()
            for word in train:
                padded = "." * (n - 1) + word + "."
                for i in range(n - 1, len(padded)):
                    counts[padded[i - n + 1 : i + 1]] += 1
                    totals[padded[i - n + 1 : i]] += 1
            for part in (train, val):
                nll, tokens = 0.0, 0
                for word in part:
                    padded = "." * (n - 1) + word + "."
                    for i in range(n - 1, len(padded)):
                        total = totals[padded[i - n + 1 : i]]
                        nll -= math.log((counts[padded[i - n + 1 : i + 1]] + k) / (total + k * V))
                        tokens += 1
                losses.append(nll / tokens)
    return losses


def nltk_losses(train: list[str], val: list[str], vocabulary: Vocabulary) -> list[float]:
    """One k for each n: Lidstone has to be fitted again for another one."""
    from nltk.lm import Lidstone
    from nltk.lm import Vocabulary as NltkVocabulary
    from nltk.util import ngrams

    # The label of unknown tokens counts as a token: here, the boundary.
    tokens, losses = NltkVocabulary(vocabulary.characters, unk_cutoff=1, unk_label="."), []
    for n in NS:
        pad = "." * (n - 1)
        model = Lidstone(0.1, n, tokens)
        model.fit([ngrams(f"{pad}{word}.", n) for word in train])
        texts = [
            [g for word in part for g in ngrams(("." * (n - 1)) + word + ".", n)] for part in (train, val)
        ]
        losses += [model.entropy(text) * math.log(2) for text in texts]
    return losses


def main() -> int:
    words = (
        Path(sys.argv[1]).read_text(encoding="utf-8").split() if sys.argv[1:] else load(DEFAULT, Path()).words
    )
    train, dev, test = split(words)
    vocabulary = Vocabulary.of("".join(words))
    quick, ours_losses = timed(lambda: ours(train, dev, vocabulary), REPETITIONS)
    slow, loop_losses = timed(lambda: loops(train, dev, vocabulary))
    theirs, nltk = timed(lambda: nltk_losses(train, dev, vocabulary))
    same = np.allclose(ours_losses, loop_losses, rtol=0, atol=1e-9)
    at_tenth = [ours_losses[i * 2 * len(KS) + 2 + part] for i in range(len(NS)) for part in range(2)]
    same &= np.allclose(at_tenth, nltk, rtol=0, atol=1e-9)
    theirs *= len(KS)
    print(f"{'grid: n = 3, 4, 5, four k':<28}{'s':>10}{'times ours':>12}")
    print(f"{'ours':<28}{quick:>10.3f}")
    for name, seconds in (("plain loops", slow), ("nltk.lm (one k, times four)", theirs)):
        mark = "" if seconds >= 100 * quick else "  below the goal of 100"
        print(f"{name:<28}{seconds:>10.3f}{seconds / quick:>12.0f}{mark}")

    def ladder() -> None:
        counts = [tallied(part, 8, vocabulary) for part in (train, dev, test)]
        evaluation = Evaluation(*counts, counts[1])
        for smoother in SMOOTHERS:
            list(evaluation.rows(smoother, 1, tune=True, with_test=False))

    seconds, _ = timed(ladder, REPETITIONS)
    imports = min(float(subprocess.check_output([sys.executable, "-c", IMPORT])) for _ in range(REPETITIONS))
    mark = "" if seconds < 10 * imports else "  above the goal of 10"
    print(f"ladder {seconds:.3f} s, import numpy {imports:.3f} s: {seconds / imports:.1f} times{mark}")
    if not same:
        print("the losses differ")
    return 0 if same else 1


if __name__ == "__main__":
    raise SystemExit(main())
