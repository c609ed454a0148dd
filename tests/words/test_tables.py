"""Real-world tables: which column, whether there is a header, how weights are written."""

from __future__ import annotations

import csv
import gzip
import io
import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigram_tui.lm.errors import DatasetError
from bigram_tui.words.corpus import Cause, Corpus
from bigram_tui.words.options import ReadingOptions
from bigram_tui.words.tables import Kind, called
from tests.conftest import Run
from tests.lists import parse_words
from tests.words.test_kinds import zipped


def parsed(text: str, name: str = "t.csv", **options: Any) -> Corpus:
    return parse_words(text.encode(), name, ReadingOptions(**options))


WHICH_COLUMN = {
    "race and sex": ("State,Sex,Race,Given_Name\nNY,F,White,Ida\nNY,M,Black,Otto\n", "Ida Otto", 4),
    "German": ("Geschlecht;Familienname;Vor-Name\nw;Koch;Ida\nm;Roth;Otto\n", "Ida Otto", 3),
    "French": ("sexe;Nom;PRÉNOM(S);Nombre\n2;Roux;Zoé;12\n1;Noël;Rémi;8\n", "Zoé Rémi", 3),
    "Spanish": ("Apellido 1|Nombre|Frecuencia\nGil|Inés|41\nRuiz|Raúl|30\n", "Inés Raúl", 2),
    "Italian": ("cognome\tnome\tdata di nascita\nRe\tIda\t1/2/1999\nNeri\tUgo\t3/4/1988\n", "Ida Ugo", 2),
    "Dutch": ("Geslacht,Achternaam,Voornaam\nV,Smit,Fenna\nM,Bos,Daan\n", "Fenna Daan", 3),
    "Turkish": ("Sıra,Soyadı,Adı\n1,Kaya,Elif\n2,Çelik,Can\n", "Elif Can", 3),
    "Ukrainian": ("Прізвище;Ім’я;Стать\nБойко;Оля;ж\nШевчук;Лев;ч\n", "Оля Лев", 2),
    "Japanese": ("順位,性別,名前\n1,女,陽葵\n2,男,蓮\n", "陽葵 蓮", 3),
    "camel case": ("genderCode,childFirstName\nF,Ida\nM,Otto\n", "Ida Otto", 2),
    "no header": ("NY,F,1990,Ida,14\nNY,F,1990,Ada,12\nNY,M,1990,Otto,9\n", "Ida Ada Otto", 4),
    "identifiers": ("key;a;b\nA-01;Ida;x\nA-02;Otto;x\nA-03;Uwe;x\n", "Ida Otto Uwe", 2),
    "only surnames": ("Rank,LAST NAME,Count\n1,Smith,7\n2,Jones,5\n", "Smith Jones", 2),
}


@pytest.mark.parametrize("kind", WHICH_COLUMN)
def test_the_column_with_the_words_is_found_and_reported(kind: str, run_cli: Run, tmp_path: Path) -> None:
    text, words, column = WHICH_COLUMN[kind]
    assert parsed(text, "t.tsv" if "\t" in text else "t.csv").words == tuple(words.split())
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    done = run_cli("stats", "t.csv")
    (said,) = done.stderr.splitlines()
    assert done.returncode == 0
    assert f"the words are taken from column {column}" in said
    other = said.split("--column ")[1].split(",")[0]
    assert run_cli("stats", "t.csv", "--column", other).stderr == ""


@pytest.mark.parametrize("header", ["Tournament", "candidate", "County", "Sexton", "Agent"])
def test_a_known_word_within_another_one_is_ignored_in_headers(header: str) -> None:
    assert called(header) is None


def test_headers_that_do_not_mean_words_are_recognized() -> None:
    for header in ("Rank of name", "NAME_ID", "Year of Birth", "Mother's Ethnicity", "Číslo nr."):
        assert called(header) is Kind.NOT_WORDS


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("Given names;Town\nIda;Bonn\n", True),
        ("Izena,Sexua\nAne,E\nMiren,E\nJon,G\nIker,G\n", True),
        ("Wort;Häufigkeit der Formen\nHaus;12\nBaum;5\n", True),
        ("Ainm,Líon\nAoife,12\nCian,7\n", True),
        ("Name,2018,2019\nIda,3,4\nOtto,5,6\n", True),
        ("Ida,F\nAda,F\nOtto,M\nUwe,M\n", False),
        ("Rang,5\nBerg,3\nTag,2\n", False),
        ("Ida,Bonn\nOtto,Köln\n", False),
    ],
)
def test_a_header_is_not_a_word_however_the_column_is_found(text: str, header: bool) -> None:
    for column in ("", "1"):
        corpus = parsed(text, "t.txt" if column else "t.csv", column=column)
        assert corpus.cleaned.get(Cause.HEADER, 0) == header
        assert corpus.names == len(text.splitlines()) - header


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffBirths in Wales, by name\n\nname;n\nIda;4\nOtto;5\n",
        "ISO-8859-1\nname|n\nIda|4\nOtto|5\n",
        "A title;\nname;n\nIda;4\nOtto;5\n",
        'sep=|\nname|n\n"Ida"|4\nOtto|5\n',
        "SEP=\t\nname\tn\nIda\t4\nOtto\t5\n",
        '"A title, with a comma"\n\nname,n\nIda,4\nOtto,5\n',
    ],
)
def test_lines_before_the_header_are_skipped(text: str) -> None:
    corpus = parsed(text, weight_column="n")
    assert corpus.words == ("Ida", "Otto")
    assert (corpus.names, corpus.cleaned[Cause.HEADER]) == (9, 1)
    assert (corpus.cleaned[Cause.BEFORE] == text.index("name") and text.split("name")[0].count("\n")) or 1


def test_a_delimiter_only_in_quotes_or_the_first_line_does_not_count() -> None:
    assert parsed('name;town\n"Berg; Ida";"a, b, c"\n"Roth; Uwe";"d, e, f"\n').words == (
        "Berg; Ida",
        "Roth; Uwe",
    )
    assert parsed("name (given, not family);n\nIda;3\nUwe;4\n").words == ("Ida", "Uwe")
    assert parsed("wert;name\n1,5;Ida\n2,5;Uwe\n").words == ("Ida", "Uwe")


@pytest.mark.parametrize(
    ("weights", "total"),
    [
        (["7065.0", "12.0"], 7077),
        (['"7,065"', '"1,000,000"', "12"], 1_007_077),
        (["7 065", "12"], 7077),
        (["7\u202f065", "12"], 7077),
        (["7'065", "12"], 7077),
        (['"7,065.00"', "3"], 7068),
    ],
)
def test_weights_are_whole_numbers_in_any_notation(weights: list[str], total: int) -> None:
    rows = "".join(f"Ida;{weight}\n" for weight in weights)
    assert parsed(f"name;n\n{rows}", weight_column="n").names == total


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        (["5", "1.234"], "line 3: the weight “1.234” is ambiguous"),
        (["5", ""], "line 3: the weight is empty"),
        (["1234", "1,234"], "on line 3 the weight has “,” between the thousands, on line 2 it has not"),
        (["1,5"], "line 2: the weight “1,5” is not a whole number"),
        (["12,34,567"], "is not a whole number"),
        (["1e5"], "is not a whole number"),
        (["٣"], "is not a whole number"),
        (["9" * 5000], "weights add up to more than"),
    ],
)
def test_an_ambiguous_weight_is_refused(weights: list[str], said: str) -> None:
    rows = "".join(f'Ida;"{weight}"\n' for weight in weights)
    with pytest.raises(DatasetError) as caught:
        parsed(f"name;n\n{rows}", weight_column="n")
    assert said in str(caught.value)


GIVEN = [
    "Ida",
    "Otto",
    "Zoë",
    "Émile",
    "Mary Ann",
    "O'Neil",
    'J"J',
    "Ann; B",
    "a,b",
    "Łukasz",
    "北京",
    "Ольга",
]
ROWS = st.tuples(st.sampled_from(GIVEN), st.sampled_from("FM"), st.integers(0, 20_000))
HEADERS = ["Name", "vorname", "PRÉNOM", "first_name", "Child's First Name", "имя", "姓名"]


@given(
    rows=st.lists(
        st.tuples(st.sampled_from(GIVEN), st.sampled_from("FM"), st.integers(0, 20_000)),
        min_size=2,
        max_size=30,
    ),
    delimiter=st.sampled_from(",;\t|"),
    header=st.sampled_from([*HEADERS, ""]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    told=st.booleans(),
    before=st.lists(st.sampled_from(["", "A title", "windows-1252"]), max_size=3),
    weights=st.sampled_from(["{}", "{:,}", "{}.0", "{:.2f}", "{:_}"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"]),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    wrapped=st.sampled_from(["", "gzip", "zip", "one of several in a zip"]),
    skipped=st.lists(st.sampled_from(["# Names;,|", '"', "a\tb"]), max_size=2),
    edge=st.sampled_from(["", "\u200b", "\u2060 "]),
    times=st.integers(1, 3),
)
def test_a_written_table_is_read_back_or_refused_with_a_reason(
    rows: list[tuple[str, str, int]],
    delimiter: str,
    header: str,
    quoting: int,
    told: bool,
    before: list[str],
    weights: str,
    encoding: str,
    line_end: str,
    wrapped: str,
    skipped: list[str],
    edge: str,
    times: int,
) -> None:
    text = io.StringIO()
    text.writelines(line + line_end for line in skipped)
    text.write(f"sep={delimiter}{line_end}" if told else "")
    text.writelines(line + line_end for line in before)
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=line_end)
    written = [weights.format(n).replace("_", "’") for _, _, n in rows]
    for time in range(times):  # concatenated files
        text.write("\ufeff" if time else "")
        if header:
            writer.writerow(("Sex", "Count", header))
        writer.writerows(
            (sex, weight, f"{edge}{name}{edge}") for (name, sex, _), weight in zip(rows, written, strict=True)
        )
    options = ReadingOptions(
        column="3",
        weight_column="2",
        skip=len(skipped),
        encoding=encoding if encoding[-3:] in ("-le", "-be") else "",
        member="[t].*" if "several" in wrapped else "",
    )
    data, name = text.getvalue().encode(encoding), "t.csv"
    if wrapped == "gzip":
        data, name = gzip.compress(data), "t.csv.gz"
    elif wrapped:
        beside = {"readme.md": "# Names"} if "several" in wrapped else {}
        data, name = zipped({**beside, "t.csv": data}), "t.zip"
    refused = ""
    try:
        corpus = parse_words(data, name, options)
    except DatasetError as error:
        refused = str(error)
    if not any(n for *_, n in rows):
        assert "holds no words" in refused
        return
    kept = [(name, n) for name, _, n in rows if n] * times
    assert corpus.words == tuple(name for name, _ in kept)
    assert corpus.names == sum(n for _, n in kept)
    assert corpus.cleaned.get(Cause.SKIPPED, 0) == len(skipped)
    assert corpus.cleaned.get(Cause.BEFORE, 0) == told + len(before)
    assert corpus.cleaned.get(Cause.HEADER, 0) == (times if header else 0)
    assert corpus.cleaned.get(Cause.MARKED, 0) == times - 1
    assert corpus.cleaned.get(Cause.INVISIBLE, 0) == (len(rows) * times if edge else 0)


@given(
    rows=st.lists(
        st.tuples(st.sampled_from(GIVEN), st.sampled_from("FM"), st.integers(1, 20_000)),
        min_size=1,
        max_size=30,
    ),
    shape=st.sampled_from(["objects", "lines", "rows", "columns", "inside", "list"]),
    key=st.sampled_from([*HEADERS, "whatever"]),
    indent=st.sampled_from([None, 2]),
    ascii_only=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    ending=st.sampled_from([".json", ".json.gz", ".txt", ".zip"]),
    asked=st.booleans(),
)
def test_written_json_is_read_back(
    rows: list[tuple[str, str, int]],
    shape: str,
    key: str,
    indent: int | None,
    ascii_only: bool,
    encoding: str,
    ending: str,
    asked: bool,
) -> None:
    objects = [{"sex": sex, key: name, "n": n} for name, sex, n in rows]
    documents: list[Any] = [objects]
    if shape == "lines":
        documents = objects
    elif shape == "rows":
        documents = [[["sex", key, "n"], *map(list, map(dict.values, objects))]]
    elif shape == "columns":
        documents = [{column: [each[column] for each in objects] for column in ("sex", key, "n")}]
    elif shape == "inside":
        documents = [{"about": {"year": 1999}, "result": {"rows": objects}}]
    elif shape == "list":
        documents = [[name for name, *_ in rows]]
    text = "\n".join(json.dumps(each, ensure_ascii=ascii_only, indent=indent) for each in documents)
    data = text.encode(encoding)
    if ending == ".json.gz":
        data = gzip.compress(data)
    elif ending == ".zip":
        data = zipped({"n.json": data})
    column = ("1" if shape == "list" else key) if asked or ending == ".txt" or key == "whatever" else ""
    weight = "" if shape == "list" else "n"
    corpus = parse_words(data, f"n{ending}", ReadingOptions(column=column, weight_column=weight))
    assert corpus.words == tuple(name for name, *_ in rows)
    assert corpus.names == (sum(n for *_, n in rows) if weight else len(rows))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Births, 2019\nRank,Name\n1,Ida\n2,Uwe\n", ("Ida", "Uwe")),
        ("vorname;quelle, und noch;1\n;;\nVorname;Anzahl;Rang\nIda;3;1\n", ("Ida",)),
        ("Data: INE, 2020, Madrid\nnombre,sexo,frecuencia\nInés,M,3\n", ("Inés",)),
    ],
)
def test_a_title_as_wide_as_the_table_is_not_part_of_it(text: str, words: tuple[str, ...]) -> None:
    assert parsed(text).words == words


def test_a_header_without_rows_is_not_a_word() -> None:
    with pytest.raises(DatasetError, match="holds no words in that column"):
        parsed("Name,Count\n")


DISGUISED = {
    "Nora,F,5120\n": "--column 1,",
    "1;Nora\n2;Otto\n": "--column 2,",
    "Berg\tNora\nRoth\tOtto\n": "--column 1,",
    "vorname|ort\nNora|Bonn\nOtto|Köln\n": "--column 1,",
    "Nora,Ida,Otto": "--separator ','",
    "Nora; Ida; Otto;\nUwe; Eva;\nJan;": "--separator ';'",
    "Nora\tIda\tOtto\n": "--separator tab",
    '{"id": 1, "name": "Nora"}\n{"id": 2, "name": "Otto"}\n': "--column name",
    '["Nora", "Otto"]': "--column 1",
}


@pytest.mark.parametrize("text", DISGUISED)
def test_a_disguised_format_is_reported_once_with_the_option_to_read_it(
    text: str, run_cli: Run, tmp_path: Path
) -> None:
    (tmp_path / "names.txt").write_text(text, encoding="utf-8")
    plain = parsed(text, "names.txt")
    assert plain.words == tuple(text.splitlines())
    (said,) = run_cli("stats", "names.txt").stderr.splitlines()
    assert said.startswith("bigram-tui: names.txt: it looks like ")
    assert f"to read it that way: {DISGUISED[text]}" in said
    option = said.split("to read it that way: ")[1].split(", or t ")[0]
    done = run_cli("stats", "names.txt", *shlex.split(option))
    assert (done.returncode, done.stderr) == (0, "")
    assert all(sign not in done.stdout.split("most frequent")[1].split("nll")[0] for sign in ';|"{␉')


@pytest.mark.parametrize(
    "text",
    [
        "Hello, world\n",
        "It was, as they say, a very long day, and so on\nNobody, not even the rain, has such small hands\n",
        "Mary Ann\nJean-Luc\n",
        "O'Neil, Shaun\nSmith\nJones\nBerg\n",
        "[bold]\n[red]\n",
        "{x}\n",
        "a|b\nc\nd\ne\n",
    ],
)
def test_a_plain_list_with_some_commas_is_not_reported_as_another_format(text: str) -> None:
    assert parsed(text, "names.txt").remarks == ()


def test_lines_to_skip_are_left_out_of_lists_and_tables_and_still_counted() -> None:
    corpus = parsed("Names\r\n=====\r\nida\r\nuwe\r\n", "names.txt", skip=2)
    assert corpus.words == ("ida", "uwe")
    assert corpus.cleaned == {Cause.SKIPPED: 2}
    with pytest.raises(DatasetError, match="line 5: the weight “x”"):
        parsed("a,b\nc\nname,n\nIda,3\nUwe,x\n", skip=2, weight_column="n")
    with pytest.raises(DatasetError, match="holds no words"):
        parsed("ida\nuwe", "names.txt", skip=3)
    with pytest.raises(DatasetError, match="0xff on line 3"):
        parse_words(b"a\nb\n\xff\n", "names.txt", ReadingOptions(skip=1))


def test_words_between_separators_may_be_quoted_and_span_lines() -> None:
    text = '"Smith, J", ida ,\n\n uwe,"Eva"\n'
    assert parsed(text, "t.csv", separator=",").words == ("Smith, J", "ida", "uwe", "Eva")
    assert parsed("李明、王芳、\u3000张伟", "t.txt", separator="、").words == ("李明", "王芳", "张伟")
    with pytest.raises(DatasetError, match="a line of more than 16,777,216 characters"):
        parsed("ida," * 4_200_000, "t.txt", separator=",")


def test_the_first_rows_of_a_slow_pipe_are_waited_for(command: str) -> None:
    with subprocess.Popen(
        [command, "stats", "-", "--column", "name"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stdout
        for line in (b"A title\n", b"name;n\n", b"Ida;3\n", b"Otto;4\n"):
            process.stdin.write(line)
            process.stdin.flush()
        process.stdin.close()
        assert b"names         2 (2 different)" in process.stdout.read()
