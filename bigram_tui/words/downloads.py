"""Downloading from http(s) URLs, with a cache in the user's cache folder."""

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import requests
from requests import Response

from bigram_tui.files.saving import replacing
from bigram_tui.lm.errors import DatasetError
from bigram_tui.lm.vocabulary import visible
from bigram_tui.texts import Sentence
from bigram_tui.words.progress import OnProgress, Progress
from bigram_tui.words.streams import Source, ending_of

DOWNLOADING = "downloading"

TIMEOUT = 10.0
"""Timeout in seconds for the connection, and for each block."""

FRESH = 24 * 3600.0
"""Seconds for which a download is used without asking the server whether it has changed."""

IN_MEMORY = 1 << 26
BLOCK = 1 << 16


ENDING = "ending"
"""A key beside the cached headers: the file extension, as far as known when it was downloaded."""

VALIDATORS = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}
"""Response headers that identify a version, and the request headers that ask for newer ones only."""


@dataclass(frozen=True)
class _Cached:
    """A cached download: a single file, so that it is replaced atomically: a line of JSON, then the bytes."""

    file: Path
    headers: dict[str, str]
    begin: int

    @property
    def is_fresh(self) -> bool:
        return 0 <= time.time() - self.file.stat().st_mtime < FRESH

    @property
    def conditions(self) -> dict[str, str]:
        return {VALIDATORS[name]: value for name, value in self.headers.items() if name in VALIDATORS}

    def source(self, name: str, *notes: Sentence) -> Source:
        size = self.file.stat().st_size - self.begin
        ending = self.headers.get(ENDING, "")
        return Source(name, self._open, size, notes, discard=self._discard, ending=ending)

    def _open(self) -> BinaryIO:
        file = self.file.open("rb", buffering=0)
        file.seek(self.begin)
        return file

    def _discard(self) -> None:
        with contextlib.suppress(OSError):
            self.file.unlink()


def download(url: str, name: str, cache: Path, on_progress: OnProgress, largest: int) -> Source:
    """The contents of an http(s) URL, from the cache if that is fresh, unchanged, or all there is offline.

    Raises:
        DatasetError: if it cannot be downloaded completely, has more than `largest` bytes, or is a web page.
    """
    shown = without_password(url)
    if urlsplit(shown).scheme.lower() not in {"http", "https"}:
        raise DatasetError(
            "{address} is not an http or https address; reports read others with --scheduler", address=shown
        )
    file = cached_file(cache, url)
    cached = _look_up(file)
    if cached and cached.is_fresh:
        return cached.source(name)
    try:
        with _answered(url, shown, cached.conditions if cached else {}) as response:
            if cached and response.status_code == 304:
                with contextlib.suppress(OSError):
                    os.utime(cached.file)
                return cached.source(name)
            return _received(response, shown, name, file, on_progress, largest)
    except DatasetError as error:
        if cached is None:
            raise
        why = Sentence(error.phrase, **error.gaps)
        return cached.source(name, Sentence("the earlier download is used, because {why}", why=why))


def cached_file(cache: Path, url: str) -> Path:
    """Where a download is cached: the name is a hash, since the URL may contain a password or a key."""
    return cache / hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _look_up(file: Path) -> _Cached | None:
    """The cached download in a file; None if it cannot be read."""
    try:
        with file.open("rb") as opened:
            headers = json.loads(opened.readline(1 << 16))
            return _Cached(file, {str(k): str(v) for k, v in headers.items()}, opened.tell())
    except (OSError, ValueError, AttributeError):
        return None


@contextlib.contextmanager
def _answered(url: str, shown: str, conditions: dict[str, str]) -> Iterator[Response]:
    """The server's response, if successful; network errors within the context become DatasetErrors."""
    host = urlsplit(shown).netloc
    try:
        with requests.get(url, stream=True, timeout=TIMEOUT, headers=conditions) as response:
            if not response.ok:
                raise DatasetError(
                    "{host} answered {status} for {address}",
                    host=host,
                    status=f"{response.status_code} {visible(response.reason or '')}",
                    address=shown,
                )
            yield response
    except requests.exceptions.Timeout:
        raise DatasetError(
            "{host} did not answer within {seconds:g} s; try again later", host=host, seconds=TIMEOUT
        ) from None
    except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError):
        raise DatasetError("the download from {host} was cut off; try again", host=host) from None
    except requests.exceptions.TooManyRedirects:
        raise DatasetError("{address} redirects in a circle", address=shown) from None
    except requests.exceptions.InvalidSchema as error:
        raise DatasetError(
            "{address} redirects to something other than an http or https address", address=shown
        ) from error
    except requests.exceptions.ConnectionError:
        raise DatasetError("{host} cannot be reached; is the network there?", host=host) from None
    except (requests.exceptions.RequestException, ValueError):
        raise DatasetError("{address} is not an address that can be downloaded", address=shown) from None


def _received(
    response: Response, shown: str, name: str, file: Path, on_progress: OnProgress, largest: int
) -> Source:
    """Receive the whole body, and keep it in the cache if there is room."""
    length = response.headers.get("Content-Length", "")
    total = int(length) if length.isascii() and length.isdecimal() else None
    html = "html" in response.headers.get("Content-Type", "")
    received = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
    _check_size(total or 0, shown, largest)
    for block in response.iter_content(BLOCK):
        if html or (received.tell() == 0 and _is_web_page(block)):
            raise DatasetError(
                "{address} is a web page, not a word list; give the address of the raw text", address=shown
            )
        try:
            received.write(block)
        except OSError as error:
            raise DatasetError(
                "there is not enough room to download {address}: {reason}",
                address=shown,
                reason=Sentence(str(error.strerror)),
            ) from None
        _check_size(received.tell(), shown, largest)
        on_progress(Progress(DOWNLOADING, response.raw.tell(), total))
    size = received.tell()
    headers = {header: response.headers[header] for header in VALIDATORS if header in response.headers}
    headers[ENDING] = told_ending(response.url, response.headers)
    about = json.dumps(headers).encode() + b"\n"
    try:
        received.seek(0)
        with replacing(file) as kept:
            kept.write(about)
            shutil.copyfileobj(received, kept)
    except OSError as error:
        note = Sentence("the download could not be cached: {reason}", reason=Sentence(str(error.strerror)))
        return Source(name, lambda: _reopened(received), size, (note,), ending=headers[ENDING])
    return _Cached(file, headers, len(about)).source(name)


def _check_size(size: int, shown: str, largest: int) -> None:
    if size > largest:
        raise DatasetError(
            "{address} is larger than {n:,} bytes; to allow more: --max-download 5GB, or “download max” "
            "where word lists are opened (o)",
            address=shown,
            n=largest,
        )


def _is_web_page(data: bytes) -> bool:
    return data.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html"))


def _reopened(file: tempfile.SpooledTemporaryFile[bytes]) -> BinaryIO:
    """A new handle at the start of a temporary file, which can be closed without deleting the file."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if size <= IN_MEMORY:
        return BytesIO(file.read())
    return os.fdopen(os.dup(file.fileno()), "rb", buffering=0)


ENDINGS = {
    ".csv": r"csv|comma-separated-values",
    ".tsv": r"tsv|tab-separated-values",
    ".jsonl": r"jsonl|ndjson|jsonlines|json-lines",
    ".json": r"json",
}
"""Extensions of tables and JSON, by the last part of a content type or of a URL's query."""


def told_ending(url: str, headers: Mapping[str, str]) -> str:
    """The extension of a download: from the file name in the headers, the path or query of the URL, or the
    content type, whichever is the first to say that it is a table or JSON."""
    message = Message()
    message["Content-Disposition"] = " ".join(headers.get("Content-Disposition", "").split())
    address = urlsplit(url)
    asked = [value for _, value in parse_qsl(address.query)]
    names = [ending_of(name)[1:] for name in (message.get_filename() or "", address.path, *asked)]
    content = headers.get("Content-Type", "").partition(";")[0].strip()
    for told in (*names, *asked, content):
        for ending, pattern in ENDINGS.items():
            if re.fullmatch(rf"(.*[/+.:-])?(x-)?({pattern})", told, re.IGNORECASE):
                return ending
    return ""


def without_password(url: str) -> str:
    """The URL without its password, so that it can be shown.

    Raises:
        DatasetError: if it cannot be parsed.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise DatasetError(
            "{address} is not an address that can be downloaded", address=visible(url)
        ) from None
    return visible(urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])))
