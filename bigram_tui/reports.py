"""The reports of the command line, as text and as JSON.

Each function takes the parsed options and returns the exit status. torch is imported only if needed.
"""

from __future__ import annotations

import logging
import math
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from bigram_tui.files.loading import load_network
from bigram_tui.files.locations import cache_folder
from bigram_tui.files.saving import write_atomically
from bigram_tui.lm.context import tokens_of
from bigram_tui.lm.counts import NgramCounts
from bigram_tui.lm.drawn import Surprise, is_cut_off
from bigram_tui.lm.errors import DatasetError, FileError, SettingError, UnknownCharacterError
from bigram_tui.lm.model import LanguageModel, ScoredToken, perplexity, tempered
from bigram_tui.lm.model import score as score_tokens
from bigram_tui.lm.settings import ADD_K, TrainingSettings
from bigram_tui.lm.vocabulary import visible
from bigram_tui.lm.wanted import Sieve, in_blocks
from bigram_tui.session.models import MODELS
from bigram_tui.session.snapshots.dataset import Dataset
from bigram_tui.session.snapshots.training import Training
from bigram_tui.texts import Phrase, Sentence
from bigram_tui.views.count_table import count_table
from bigram_tui.views.exports import evaluation_as_json, strict_json, table_as_csv, table_as_json
from bigram_tui.views.grid import GridView
from bigram_tui.views.grid_views import VIEWS
from bigram_tui.views.numbers import number
from bigram_tui.views.ramp import RAMPS, ramp
from bigram_tui.views.sentences import (
    counted,
    evaluation_as_sentence,
    follows,
    listed,
    score_as_sentence,
    spoken,
    table_as_sentences,
)
from bigram_tui.views.view import View
from bigram_tui.words.blocks import WordReader
from bigram_tui.words.corpus import (
    TOP_NGRAMS,
    Corpus,
    cleaned,
    different,
    rare_characters,
    remarks,
    summary,
)
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.progress import ignore_progress
from bigram_tui.words.reading import (
    LOOKED_UP,
    WHOLE,
    asked_of,
    can_find,
    find,
    read,
    read_figures,
    read_table,
)
from bigram_tui.words.sources import FOR_PROCESSES, engine_for, find_source
from bigram_tui.words.split import PARTS, Split

if TYPE_CHECKING:
    from bigram_tui.lm.training import State, TrainingRun
    from bigram_tui.words.pieces import Engine
    from bigram_tui.words.split_counts import SplitCounts
    from bigram_tui.words.streams import Source

SCORING = "scoring"
SMALL = Phrase("it is read by one process, which takes less time for less than {n:,} MB")
AT_ONCE = 1_000
"""Names that are printed in one batch."""
KNOWN = {
    True: "in the dataset",
    False: "not in the dataset",
    None: "not known whether it is in the dataset",
}


def stats(options: Namespace) -> int:
    corpus, counts = _read(options, describe=True)
    if options.json:
        print(strict_json(summary(corpus, counts)))
        return 0
    signs = counts.vocabulary.signs
    V, top = len(signs), counts.ranked(TOP_NGRAMS)
    if options.plain:
        tokens = listed(signs, signs[0])
        most_frequent = ", ".join(f"{follows(signs[j], signs[i], signs[0])} {counted(n)}" for i, j, n in top)
    else:
        tokens = " ".join(signs)
        most_frequent = ", ".join(f"{signs[i]}{signs[j]} {n:,}" for i, j, n in top)
    rows = [
        ("dataset", corpus.name),
        ("names", f"{corpus.names:,} ({different(corpus)} different)"),
        ("characters", f"{corpus.characters:,}"),
        ("length", f"{corpus.min_length} to {corpus.max_length}, mean {corpus.mean_length:.2f}"),
        ("bigrams", f"{counts.total:,} ({len(counts.keys):,} different of {V * V:,} possible)"),
        ("vocabulary", f"{V}: {tokens}"),
        *([("rare", rare_characters(corpus))] if counts.vocabulary.rare else []),
        *([("column", corpus.column)] if corpus.column else []),
        *([("cleaned", cleaned(corpus))] if cleaned(corpus) else []),
        ("most frequent", most_frequent),
        ("nll", f"{counts.nll(0):.6f} nats per bigram ({counts.uniform_nll:.6f} for knowing nothing)"),
    ]
    for label, text in rows:
        print(f"{label}: {text}" if options.plain else f"{label:<14}{text}")
    return 0


def counts(options: Namespace) -> int:
    target = _file_to_save(options)
    corpus, _ = _read(options, describe=target is not None)
    table = _learned_from(corpus, options.context, options)
    if target:
        from bigram_tui.words.saved import table_as_bytes

        _save(target, table_as_bytes(corpus, table))
    kind = next(kind for kind in VIEWS if kind.option == options.view)
    dataset = Dataset(corpus, table, options.smoothing, options.smoother)
    view = VIEWS[kind](dataset, Training(TrainingSettings()))
    if isinstance(view, str):
        raise SettingError(view)
    view = replace(view, number="{:,}".format if kind is View.COUNTS else number)
    if options.row is not None:
        view = _with_row(view, options.row)
    if options.json:
        sys.stdout.writelines((*table_as_json(view), "\n"))
    elif options.format == "csv":
        sys.stdout.writelines(table_as_csv(view))
    elif options.plain:
        if table.context > 1:
            V = len(table.vocabulary)
            print(f"{len(table.states):,} of {V**table.context:,} contexts occur.")
        for sentence in table_as_sentences(view):
            print(sentence)
    else:
        console = _Console(highlight=False, soft_wrap=True)
        if console.color_system:
            for line in count_table(view, ramp(next(iter(RAMPS)), dark=False)):
                console.print(line)
        else:
            for line in count_table(view, ()):
                print(line.plain)
    return 0


def _with_row(view: GridView, label: str) -> GridView:
    """The view reduced to the row with this label."""
    row = next((i for i in range(len(view)) if view.label(i) == label), None)
    if row is None:
        raise DatasetError(f"the table has no row {visible(label)}: the context does not occur")
    return replace(view, states=[view.states[row]])


def train(options: Namespace) -> int:
    target = _file_to_save(options)
    corpus, _ = _read(options)
    counts = _learned_from(corpus, options.context, options)
    run = _start_run(counts, options)
    settings = run.settings
    if not (options.json or options.plain):
        print(f"{'step':>7} {'loss':>8}")
    line = "step {:,}: loss {:.4f}" if options.plain else "{:>7,} {:>8.4f}"
    for step in range(settings.steps):
        if not options.json and (step % 10 == 0 or step == settings.steps - 1):
            print(line.format(step, run.losses[step].total))
        run.step()
    losses = run.losses.table[: settings.steps].sum(1).tolist()
    final = run.losses.last.data
    if run.has_diverged and (target or not options.json):
        raise run.divergence()
    if target:
        _save_network(run, target)
    if options.json:
        result = {
            "losses": losses,
            "final_nll": final,
            "count_nll": counts.nll(0),
            "settings": asdict(settings),
        }
        print(strict_json(result if counts.context == 1 else result | {"context": counts.context}))
        return 0
    per = _per(counts)
    print(f"after {counted(settings.steps, 'step')}: {final:.6f} nats per {per}, without regularization")
    label = "counting:" if options.plain else f"{'counting:':<12}"
    print(f"{label} {counts.nll(0):.6f} nats per {per}, the lowest that can be reached")
    return 0


def _file_to_save(options: Namespace) -> Path | None:
    """The requested file; raises FileError if it exists and must not be overwritten."""
    if options.save is None:
        return None
    path = Path(options.save)
    if path.exists() and not options.force:
        raise FileError(f"{visible(options.save)} exists; use --force to overwrite it")
    return path


def _save_network(run: TrainingRun, path: Path) -> None:
    from bigram_tui.lm.network_file import SavedNetwork, network_as_bytes

    _save(path, network_as_bytes(run.counts.vocabulary, SavedNetwork(run.state, run.settings)))


def _save(path: Path, content: bytes) -> None:
    try:
        write_atomically(path, content)
    except OSError as error:
        raise FileError(f"{visible(str(path))} cannot be written: {error.strerror}") from None


def sample(options: Namespace) -> int:
    corpus, _ = _read(options, describe=options.json or options.wanted.new)
    _, model = _model(corpus, options)
    from bigram_tui.lm.sampling import sampler_class

    model = tempered(model, options.temperature)
    sieve = Sieve(asked_of(corpus, options.wanted), partial(find, corpus))
    drawn = sampler_class(options.method)(model, options.seed).names()
    names = islice(sieve.of(drawn, LOOKED_UP if can_find(corpus) else AT_ONCE), options.n)
    if not options.json:
        for block in _shown_lines(names, model.vocabulary.characters):
            sys.stdout.write(block)
        return 0
    surprise = Surprise(model)
    _print_json_list(
        {
            "name": name,
            "nll": surprise.nll(name),
            "in_dataset": known,
            "model": options.model,
            "cut_off": is_cut_off(name),
        }
        for block in in_blocks(names, AT_ONCE)
        for name, known in zip(block, find(corpus, block), strict=True)
    )
    return 0


def score(options: Namespace) -> int:
    corpus, _ = _read(options, describe=True)
    counts, model = _model(corpus, options)
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
    _tell_remarks(source.name, remarks(source, reader.format))


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
        _print_json_list(added_up())
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
        scored = score_tokens(tokens, model)
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


def evaluate(options: Namespace) -> int:
    from bigram_tui.lm.evaluation import Evaluation
    from bigram_tui.words.split_counts import count_split

    corpus, _ = _read(options)
    parts = count_split(corpus, options.context, Split(options.split, options.split_seed))
    rows = list(
        Evaluation(*parts.ngrams, parts.dev_without_train).rows(
            options.smoother, options.smoothing, options.tune, options.test
        )
    )
    if options.json:
        split = parts.summary(Split(options.split, options.split_seed))
        print(evaluation_as_json(split, rows, parts.unseen_characters))
        return 0
    _print_split(options, parts)
    known = [row for row in rows if row.dev is not None and math.isfinite(row.dev)]
    best = min(known, key=lambda row: row.dev or 0.0, default=None)
    columns = ["context", "contexts", "n-grams", "train", "dev", *(["test"] if options.test else [])]
    columns += ["k"] if options.smoother == ADD_K else []
    if not options.plain:
        print("".join(f"{column:>10}" for column in columns))
    for row in rows:
        if options.plain:
            print(evaluation_as_sentence(row) + ("; the lowest on dev" if row is best else ""))
            continue
        losses = [row.train, row.dev, *([row.test] if options.test else [])]
        line = f"{row.context:>10}{row.contexts_seen:>10,}{row.ngrams:>10,}" + "".join(map(_loss, losses))
        line += "" if row.smoothing is None else f"{row.smoothing:>10.3g}"
        print(line + ("  lowest on dev" if row is best else ""))
    if any(math.isinf(loss) for row in rows for loss in (row.dev, row.test) if loss is not None):
        infinite = "infinitely many" if options.plain else "inf"
        print(f"{infinite}: an n-gram that train does not have has probability 0 without smoothing")
    if best is not None and best.dev_without_train is not None:
        new = f"{best.dev_without_train:.4f} on its words that are not in train"
        print(f"context {best.context}: {best.dev:.4f} nats per token on dev, {new}")
    return 0


def _loss(nats: float | None) -> str:
    return f"{'-':>10}" if nats is None else f"{nats:>10.4f}"


def _print_split(options: Namespace, parts: SplitCounts) -> None:
    """Print what was learned from and what it is evaluated on."""
    words = ", ".join(f"{n:,} of {part}" for n, part in zip(parts.words, PARTS, strict=True))
    print(f"words: {words} ({_how_split(options, parts)})")
    print(f"also in train: {parts.also_in_train[0]:,} words of dev, {parts.also_in_train[1]:,} of test")
    for part, unseen in zip(PARTS[1:], parts.unseen_characters, strict=True):
        if unseen:
            characters = "character" if unseen == 1 else "characters"
            print(f"{part} has {unseen:,} {characters} that train does not have")


def _how_split(options: Namespace, parts: SplitCounts) -> str:
    how = "shuffled" if parts.shuffled else "each by a random number, since it is too long to be shuffled"
    return f"{how}, seed {options.split_seed}"


def _print_score(result: dict[str, Any], counts: NgramCounts) -> None:
    name = visible(result["name"])
    if "error" in result:
        print(f"bigram-tui: {name}: {result['error']}", file=sys.stderr)
        return
    known, nll = KNOWN[result["in_dataset"]], result["nll"]
    if math.isinf(nll):
        print(f"{name}: likelihood 0, because {_why_impossible(result, counts)}; {known}")
    else:
        surprise = number(result["perplexity"], 2)
        print(f"{name}: nll {number(nll)} nats per {_per(counts)}, perplexity {surprise}; {known}")


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


def _per(counts: NgramCounts) -> str:
    """The unit that a loss is a mean over."""
    return "bigram" if counts.context == 1 else "token"


def _read(options: Namespace, describe: bool = False) -> tuple[Corpus, NgramCounts]:
    """The counts, and with `describe` lengths and distinct words, which take as long.

    If the source can be read only once, as many words as allowed are kept, since they may be needed again.
    """
    engine: Engine | None
    if vars(options).get("scheduler"):
        source, engine = _on_cluster(options)
    else:
        source = find_source(options.dataset, cache_folder(), options.reading)
        engine = engine_for(source, options.workers)
        if engine is None and (options.workers or 1) > 1:
            small = Sentence(SMALL, n=FOR_PROCESSES // 10**6)
            whole = Sentence(WHOLE, why=Sentence("from a pipe or a device"))
            source = replace(source, notes=(*source.notes, whole if source.size is None else small))
    if source.size is None:
        corpus = read(source, options.reading)
    else:
        how = read_figures if describe else read_table
        corpus = how(source, options.reading, ignore_progress, engine)
    _tell_remarks(corpus.name, corpus.remarks)
    return corpus, corpus.counts


def _on_cluster(options: Namespace) -> tuple[Source, Engine]:
    """The source on the cluster, and the workers that read it."""
    try:
        from bigram_tui.cluster.dask import Dask
        from bigram_tui.cluster.remote import shared_source
        from bigram_tui.words.pieces import why_whole
    except ImportError:
        raise DatasetError("this needs an extra: pip install 'bigram-tui[cluster]'") from None
    logging.disable()  # errors are reported in one line instead of Dask's log
    engine = Dask(options.scheduler)
    source = shared_source(options.dataset, cache_folder(), options.reading)
    if why := why_whole(source, options.reading):
        raise DatasetError(f"a cluster reads what can be cut, and a list {why} cannot be")
    engine.check(source)
    return source, engine


def _tell_remarks(name: str, remarks: Sequence[str]) -> None:
    for remark in remarks:
        print(f"bigram-tui: {name}: {remark}", file=sys.stderr)


def _start_run(counts: NgramCounts, options: Namespace) -> TrainingRun:
    from bigram_tui.lm.training import TrainingRun

    return TrainingRun(counts, TrainingSettings.of(options))


def _learned_from(corpus: Corpus, context: int | None, options: Namespace) -> NgramCounts:
    """The counts of all words, or of train if there is a --split."""
    context = 1 if context is None else context
    if options.split is None and context == 1:
        return corpus.counts
    from bigram_tui.words.split_counts import count_all, count_split

    if options.split is None:
        return count_all(corpus, context)
    parts = count_split(corpus, context, Split(options.split, options.split_seed))
    train = f"{parts.words[0]:,} of its {sum(parts.words):,} words"
    _tell_remarks(corpus.name, [f"learned from train, {train} ({_how_split(options, parts)})"])
    return parts.ngrams[0]


def _model(corpus: Corpus, options: Namespace) -> tuple[NgramCounts, LanguageModel]:
    """The requested model, and the counts for its context."""
    kind, context, state = MODELS[options.model], options.context, None
    if options.load:
        state = load_network(Path(options.load), corpus.counts.vocabulary, context).state
        context = state.network.context
    counts = _learned_from(corpus, context, options)
    if kind.is_trained and state is None:
        state = _trained(counts, options)
    training = Training(TrainingSettings.of(options), state)
    return counts, kind.build(Dataset(corpus, counts, options.smoothing, options.smoother), training)


def _trained(counts: NgramCounts, options: Namespace) -> State:
    """The final state after training."""
    run = _start_run(counts, options)
    for _ in range(run.settings.steps):
        run.step()
    if run.has_diverged:
        raise run.divergence()
    return run.state


def _shown_lines(names: Iterator[str], characters: Sequence[str]) -> Iterator[str]:
    """Names as lines, in batches, with characters that a terminal could act on replaced by signs."""
    unsafe = {ord(c): visible(c) for c in characters if visible(c) != c}
    for block in in_blocks(names, AT_ONCE):
        text = "\n".join(block) + "\n"
        yield text.translate(unsafe) if unsafe else text


def _print_json_list(values: Iterator[dict[str, Any]]) -> None:
    """Print a JSON list incrementally, one element per line; it is closed properly even after an error."""
    separator = "["
    try:
        for value in values:
            print(separator, strict_json(value), sep="", end="")
            separator = ",\n "
    finally:
        print("[]" if separator == "[" else "]")


class _Console(Console):
    """Lets a broken pipe surface, so that `cli.main` can handle it; Rich would exit by itself."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError
