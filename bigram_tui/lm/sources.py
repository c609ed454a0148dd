"""Where words come from: built in, file, standard input, URL, cache."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from bigram_tui.lm.corpus import Corpus, parse_words
from bigram_tui.lm.errors import DatasetError
from bigram_tui.lm.vocabulary import visible

DEFAULT = "us-names"
MAKEMORE = "makemore"
BUILT_IN = {
    DEFAULT: "names of babies born in the United States in 2018 (ships with the program)",
    MAKEMORE: "names.txt of the lecture (downloaded once)",
}
MAKEMORE_URL = "https://raw.githubusercontent.com/karpathy/makemore/master/names.txt"

DOWNLOAD_TIMEOUT = 10.0
"""Seconds to wait for a connection, and for each block."""

FIRST_BLOCK = 4_096
BLOCK = 1 << 20

Progress = Callable[[int, int | None], None]
"""Called with the bytes that have arrived and, where the server says it, how many there will be."""


def load(dataset: str, cache: Path, progress: Progress | None = None) -> Corpus:
    """The words of a built-in source, `-` (standard input), an http(s) URL or a file.

    What is downloaded for a built-in source is kept in the folder `cache`.

    Raises:
        DatasetError: when the source cannot be read or holds no words.
    """
    if dataset == DEFAULT:
        return parse_words(files("bigram_tui").joinpath("data/us_names_2018.txt").read_bytes(), DEFAULT)
    if dataset == MAKEMORE:
        return parse_words(_cached(MAKEMORE_URL, cache / "makemore-names.txt", progress), MAKEMORE)
    if dataset == "-":
        return parse_words(_standard_input(), "standard input")
    if is_url(dataset):
        return parse_words(download(dataset, progress), visible(_name_of_url(dataset)))
    path = Path(os.path.expanduser(dataset))
    return parse_words(_read_file(path, progress), visible(path.name))


def is_url(dataset: str) -> bool:
    """Whether this names something on the network, whatever the scheme."""
    return "://" in dataset


def check(dataset: str) -> None:
    """Look at a file's existence, permission and first block without reading all of it.

    Of a pipe or a device only the existence: what is read from it is gone.

    Raises:
        DatasetError: when reading it would fail at once.
    """
    if dataset in BUILT_IN or dataset == "-" or is_url(dataset):
        return
    path = Path(os.path.expanduser(dataset))
    with _explained(path):
        if path.is_file():
            with path.open("rb") as file:
                if b"\0" in file.read(FIRST_BLOCK):
                    raise DatasetError(f"{visible(str(path))} is not a text file: it holds a NUL byte")


def _read_file(path: Path, progress: Progress | None = None) -> bytes:
    data = bytearray()
    with _explained(path), path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        while block := file.read(BLOCK):
            data += block
            if progress:
                progress(len(data), size)
    return bytes(data)


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn what the system says about a path into a DatasetError."""
    shown = visible(str(path))
    try:
        if stat.S_ISDIR(path.stat().st_mode):
            raise DatasetError(f"{shown} is a directory; give a text file with one word a line")
        yield
    except FileNotFoundError:
        known = " or ".join(BUILT_IN)
        raise DatasetError(f"{shown} does not exist; give a text file, a URL, {known}") from None
    except OSError as error:
        raise DatasetError(f"{shown} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise DatasetError(f"{shown} is not a usable path: {error}") from None


def _standard_input() -> bytes:
    if sys.stdin is None or sys.stdin.isatty():
        raise DatasetError("standard input is a terminal; pipe a word list into it, as in: cat names.txt | …")
    return sys.stdin.buffer.read()


def _name_of_url(url: str) -> str:
    parts = urlsplit(url)
    return Path(parts.path).name or parts.netloc


def _without_password(url: str) -> str:
    """The URL as it may be shown.

    Raises:
        DatasetError: when it cannot be taken apart.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise DatasetError(f"{visible(url)} is not an address that can be downloaded") from None
    return visible(urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])))


def _cached(url: str, file: Path, progress: Progress | None) -> bytes:
    """The file if it is there, else the download, which is then kept in it."""
    if file.is_file():
        return _read_file(file)
    data = download(url, progress)
    parse_words(data, _name_of_url(url))
    with contextlib.suppress(OSError):  # without a cache it can be used all the same
        write_atomically(file, data)
    return data


def write_atomically(file: Path, data: bytes) -> None:
    """Write a file so that it is at every moment either the old or the new one, also when killed."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", delete=False) as temporary:
        try:
            temporary.write(data)
            temporary.flush()
            os.fsync(temporary.fileno())
            os.replace(temporary.name, file)
        except BaseException:
            os.unlink(temporary.name)
            raise


def download(url: str, progress: Progress | None = None) -> bytes:
    """What an http(s) URL serves.

    Raises:
        DatasetError: when it cannot be had whole, or is a web page instead of a word list.
    """
    import requests

    shown = _without_password(url)
    host = urlsplit(shown).netloc
    if urlsplit(shown).scheme.lower() not in {"http", "https"}:
        raise DatasetError(f"{shown} is not an http or https address")
    try:
        with requests.get(url, stream=True, timeout=DOWNLOAD_TIMEOUT) as response:
            if not response.ok:
                raise DatasetError(
                    f"{host} answered {response.status_code} {visible(response.reason)} for {shown}"
                )
            total = int(response.headers.get("Content-Length", 0)) or None
            data = bytearray()
            for block in response.iter_content(65_536):
                data += block
                if progress:
                    progress(len(data), total)
            kind = response.headers.get("Content-Type", "")
    except requests.exceptions.Timeout:
        raise DatasetError(f"{host} did not answer within {DOWNLOAD_TIMEOUT:g} s; try again later") from None
    except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError):
        raise DatasetError(f"the download from {host} was cut off; try again") from None
    except requests.exceptions.ConnectionError:
        raise DatasetError(f"{host} cannot be reached; is the network there?") from None
    except (requests.exceptions.RequestException, ValueError):
        raise DatasetError(f"{shown} is not an address that can be downloaded") from None
    if "html" in kind or data.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html")):
        raise DatasetError(f"{shown} is a web page, not a word list; give the address of the raw text")
    return bytes(data)
