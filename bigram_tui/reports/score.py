"""The report `score`: how likely the model finds each name."""

from __future__ import annotations

import math
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from bigram_tui.arguments import DATASET_HELP, add_reading
from bigram_tui.files.locations import cache_folder
from bigram_tui.lm.context import tokens_of
from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.errors import DatasetError, UnknownCharacterError
from bigram_tui.lm.model import LanguageModel, ScoredToken, perplexity, score
from bigram_tui.lm.vocabulary import visible
from bigram_tui.lm.wanted import in_blocks
from bigram_tui.reports.input import add_workers, read_dataset, tell_remarks
from bigram_tui.reports.learning import add_model, check_model, chosen_model, unit
from bigram_tui.reports.output import add_json_or_plain, print_json_list
from bigram_tui.views.exports import strict_json
from bigram_tui.views.numbers import number
from bigram_tui.views.sentences import score_as_sentence, spoken
from bigram_tui.words.blocks import WordReader
from bigram_tui.words.corpus import Corpus, remarks
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.progress import ignore_progress
from bigram_tui.words.reading import LOOKED_UP, find
from bigram_tui.words.sources import find_source

SCORING = "scoring"
KNOWN = {
    True: "in the dataset",
    False: "not in the dataset",
    None: "not known whether it is in the dataset",
}


def add_options(parser: ArgumentParser) -> None:
    parser.add_argument("dataset", metavar="DATASET", help=DATASET_HELP)
    parser.add_argument("names", metavar="NAME", nargs="*", help="a name to score")
    parser.add_argument(
        "--from",
        dest="scored",
        metavar="FILE",
        help="a list of names to score, in any form that DATASET can have; prints a total, too",
    )
    add_reading(parser)
    add_workers(parser)
    add_model(parser)
    add_json_or_plain(parser)


def parse(parser: ArgumentParser, arguments: list[str]) -> Namespace:
    options = parser.parse_intermixed_args(arguments)  # names may follow options
    if not (options.names or options.scored):
        parser.error("give a NAME, or a list with --from FILE")
    if options.scored == options.dataset == "-":
        parser.error("DATASET and --from cannot both be standard input")
    check_model(options, parser)
    return options


def run(options: Namespace) -> int:
    corpus = read_dataset(options, describe=True)
    counts, model = chosen_model(corpus, options)
    names = [name.lower() if corpus.options.lowercase else name for name in options.names]
    if options.scored is not None:
        return _score_list(chain(names, _words_to_score(options)), corpus, counts, model, options)
    results = list(_scores(names, corpus, counts, model))
    if options.json:
        print(strict_json(results))
    else:
        print(f"model: {model.description}")
        for result in results:
            _print_score(result, counts)
            for ngram in result.get("bigrams", ()):
                if options.plain:
                    print(score_as_sentence(ngram, counts.vocabulary.signs[0]))
                else:
                    _print_token(ngram)
    return 1 if any("error" in result for result in results) else 0


def _words_to_score(options: Namespace) -> Iterator[str]:
    """The words of the list to score, lower-cased and decoded with the same options as the dataset."""
    reading = ReadingOptions(lowercase=options.reading.lowercase, encoding=options.reading.encoding)
    source = find_source(options.scored, cache_folder(), reading)
    reader = WordReader(reading)
    for block in reader.blocks(source.parts(SCORING, ignore_progress)):
        yield from block.words
    tell_remarks(source.name, remarks(source, reader.format))


def _score_list(
    names: Iterator[str], corpus: Corpus, counts: NgramCounts, model: LanguageModel, options: Namespace
) -> int:
    """Print one line per name of a list, and a total."""
    sums: list[float] = []
    tokens = failed = 0

    def added_up() -> Iterator[dict[str, Any]]:
        nonlocal tokens, failed
        for block in in_blocks(names, LOOKED_UP):
            for result in _scores(block, corpus, counts, model):
                failed += "error" in result
                tokens += len(result.get("bigrams", ()))
                sums.extend([result["nll_sum"]] if "error" not in result else [])
                yield result

    if options.json:
        print('{"names": ', end="")
        print_json_list(added_up())
    else:
        print(f"model: {model.description}")
        for result in added_up():
            _print_score(result, counts)
    nll_sum = math.fsum(sums)
    nll = nll_sum / tokens if tokens else math.nan
    if options.json:
        total = {
            "names": len(sums),
            "tokens": tokens,
            "nll": nll,
            "nll_sum": nll_sum,
            "perplexity": perplexity(nll),
            "left_out": failed,
        }
        print(f', "total": {strict_json(total)}}}')
    elif tokens:
        print(
            f"total of {len(sums):,} {'name' if len(sums) == 1 else 'names'}: {tokens:,} tokens, "
            f"nll {nll:.6f} nats per token, perplexity {number(perplexity(nll), 2)}"
            + (f"; {failed:,} left out" if failed else "")
        )
    if not (sums or failed):
        raise DatasetError(f"{visible(options.scored)} holds no words")
    return 1 if failed else 0


def _scores(
    names: Sequence[str], corpus: Corpus, counts: NgramCounts, model: LanguageModel
) -> Iterator[dict[str, Any]]:
    """The likelihood of each name, as in the JSON, or an error message."""
    for name, known in zip(names, find(corpus, list(names)), strict=True):
        try:
            tokens = counts.vocabulary.encode(name)
        except UnknownCharacterError as error:
            yield {"name": name, "error": str(error)}
            continue
        scored = score(tokens, model)
        yield {
            "name": name,
            "nll": scored.nll,
            "nll_sum": scored.nll_sum,
            "perplexity": scored.perplexity,
            "in_dataset": known,
            "bigrams": [
                _scored_token(counts, previous, each)
                for previous, each in zip(tokens[:-1], scored.tokens, strict=True)
            ],
        }


def _scored_token(counts: NgramCounts, previous: int, scored: ScoredToken) -> dict[str, Any]:
    """A scored token as JSON, with the preceding token, or with its context if that is longer or empty.

    The probability is None if the context was never seen and k is 0, so that there is no row.
    """
    signs, (state, token, probability) = counts.vocabulary.signs, scored
    result: dict[str, Any] = {
        "bigram": [signs[previous], signs[token]],
        "count": counts.count(state, token),
        "probability": probability,
    }
    if counts.context != 1:
        result["context"] = [signs[each] for each in tokens_of(state, len(signs), counts.context)]
        result["context_count"] = counts.row_totals[state]
        if not (probability or counts.row_totals[state]):
            result["probability"] = None
    return result


def _print_score(result: dict[str, Any], counts: NgramCounts) -> None:
    name = visible(result["name"]) or "(empty)"
    if "error" in result:
        print(f"bigram-tui: {name}: {result['error']}", file=sys.stderr)
        return
    known, nll = KNOWN[result["in_dataset"]], result["nll"]
    if math.isinf(nll):
        print(f"{name}: likelihood 0, because {_why_impossible(result, counts)}; {known}")
    else:
        surprise = number(result["perplexity"], 2)
        print(f"{name}: nll {number(nll)} nats per {unit(counts)}, perplexity {surprise}; {known}")


def _print_token(ngram: dict[str, Any]) -> None:
    sign = "".join(ngram["bigram"])
    if "context" in ngram:
        sign = f"{''.join(ngram['context'])} → {ngram['bigram'][1]}"
    if ngram["probability"] is None:
        print(f"  {sign}  no row: without smoothing a context that was never seen has none")
    else:
        print(f"  {sign}  {number(ngram['probability'], 6)}  count {ngram['count']:,}")


def _why_impossible(result: dict[str, Any], counts: NgramCounts) -> str:
    """Which token of a name has probability 0, with advice."""
    if counts.context == 1:
        return "a bigram has probability 0"
    first = next(ngram for ngram in result["bigrams"] if not ngram["probability"])
    boundary = counts.vocabulary.signs[0]
    context, token = spoken(first["context"], boundary), spoken(first["bigram"][1:], boundary)
    return f"{token} was never seen after {context}: set smoothing above 0, or use another smoother"
