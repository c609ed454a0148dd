"""The preview of a word list."""

from textual.content import Content

from bigram_tui.lm.vocabulary import visible
from bigram_tui.texts import say
from bigram_tui.widgets.rendering import table
from bigram_tui.words.corpus import Corpus, cleaned, different, rare_characters

SHOWN_SIGNS = 60


def preview(corpus: Corpus) -> Content:
    vocabulary = corpus.counts.vocabulary
    signs = " ".join(vocabulary.signs[:SHOWN_SIGNS]) + (" …" if len(vocabulary) > SHOWN_SIGNS else "")
    once = say(", {n} different", n=different(corpus)) if corpus.described else ""
    rows = [
        (say("word list"), corpus.name),
        (say("words"), f"{corpus.names:,}{once}"),
        (say("characters"), f"{corpus.characters:,}"),
        (say("tokens"), f"{len(vocabulary):,}: {signs}"),
        (say("cleaned"), cleaned(corpus) or say("nothing")),
    ]
    if corpus.column:
        rows.append((say("words from"), corpus.column))
    if vocabulary.rare:
        rows.append((say("rare"), rare_characters(corpus)))
    rows += [(say("note"), remark) for remark in corpus.remarks]
    lines = [visible(line[:200]) for line in corpus.first_lines]
    heading = Content.styled(f"\n\n{say('first lines')}\n", "$muted") if lines else Content()
    return table(rows) + heading + Content("\n").join(Content("  " + line) for line in lines)
