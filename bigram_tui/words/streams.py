"""Sources of bytes: a file, a pipe, a device, a download; compressed or not."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, cast

from bigram_tui.lm.errors import DatasetError
from bigram_tui.lm.vocabulary import visible
from bigram_tui.texts import Sentence, say
from bigram_tui.words.progress import OnProgress, Progress

if TYPE_CHECKING:
    from zipfile import ZipInfo

FIRST_CHUNK = 1 << 20
CHUNK = 1 << 19
"""Bytes read at a time: small enough for numpy's temporary arrays, and a short list is a single chunk."""


COMPRESSED_ENDINGS = (".gz", ".bz2", ".xz", ".zst")


class Part(NamedTuple):
    """One text of a source: its name, safe to show, its bytes, and its member name if there are several.

    `ending` is its file extension, from its name or, for example, from a URL: .csv, .json, …
    """

    name: str
    chunks: Iterator[bytes]
    ending: str
    member: str = ""
    continues: bool = False
    """Whether it continues text that comes before it in the same file."""


def keep() -> None:
    """The `discard` of sources that are not in the cache: does nothing."""


@dataclass(frozen=True)
class Source:
    """Bytes to read: `name` is safe to show; `size` is None if the end is not known.

    Only a source with a size can be read twice. `notes` are sentences about where it comes from; `discard`
    removes it from the cache if it turns out to be unusable. `origin` is the built-in name, the URL or the
    absolute path by which to find it again. `ending` is the file extension, if it is known from more than the
    name. A source of several files has `files`, and cannot be opened itself.
    """

    name: str
    open: Callable[[], BinaryIO] = field(compare=False)
    size: int | None
    notes: tuple[Sentence, ...] = ()
    discard: Callable[[], None] = field(default=keep, compare=False)
    origin: str = ""
    ending: str = ""
    files: tuple[Source, ...] = ()
    begin: int = 0
    end: int | None = None
    """The end of a piece: its lines are those whose first byte is at `begin` or later, before `end`."""

    @classmethod
    def of_files(cls, files: tuple[Source, ...], origin: str, name: str = "") -> Source:
        """Several files, which are read in sequence; without a name, they are called by their number."""
        size = None if any(file.size is None for file in files) else sum(file.size or 0 for file in files)
        n, ends = len(files), {"first": files[0].name, "last": files[-1].name}
        notes = [Sentence("{n:,} files, from {first} to {last}", n=n, **ends)]
        if not name:
            name, notes = say("{n:,} files", n=n), [Sentence("from {first} to {last}", **ends)]
        notes += [note for file in files for note in file.notes]
        return cls(name, BytesIO, size, tuple(notes), origin=origin, files=files)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of everything that is read, safe to show."""
        return tuple(file.name for file in self.files) or (self.name,)

    def compression(self) -> str:
        """gzip, bz2, xz, zstd or zip; empty if uncompressed, if it is several files, or readable only once.

        Raises:
            DatasetError: if it cannot be read.
        """
        if self.size is None or self.files:
            return ""
        with explained(self.name), self.open() as file:
            return _compression(file.read(6))

    def parts(self, stage: str, on_progress: OnProgress, pattern: str = "") -> Iterator[Part]:
        """The decompressed texts: one, or those in a zip archive that match a pattern.

        A file that grows in the meantime is read up to its original size.

        Raises:
            DatasetError: if they cannot be read or are damaged; possibly only while chunks of a part are
            read.
        """
        if self.files:
            yield from self._parts_of_files(stage, on_progress, pattern)
            return
        ending = self.ending or ending_of(self.name)
        if self.end is not None:
            with explained(self.name), self.open() as file:
                lines = _Counted(cast(BinaryIO, _Lines(file, self.begin, self.end, self.size or 0)), None)
                chunks = self._chunks(lines, b"", stage, on_progress)
                yield Part(self.name, chunks, ending, continues=self.begin > 0)
            return
        with explained(self.name), self.open() as file:
            counted = _Counted(file, self.size)
            start = counted.look(6)
            if _compression(start) != "zip":
                if pattern:
                    raise DatasetError(
                        "{name} is not a zip archive, so “{file}” cannot be in it",
                        name=self.name,
                        file=visible(pattern),
                    )
                yield Part(self.name, self._chunks(counted, start, stage, on_progress), ending)
                return
        if self.size is None:
            raise DatasetError(
                "{name} is a zip archive, which has to be saved as a file to be read", name=self.name
            )
        with explained(self.name), self.open() as file:
            yield from self._members(file, stage, on_progress, pattern)

    def _parts_of_files(self, stage: str, on_progress: OnProgress, pattern: str) -> Iterator[Part]:
        before = 0

        def tell(progress: Progress) -> None:
            done = progress.done  # for a zip archive, the unpacked bytes
            if file.size and progress.total:
                done = file.size * done // progress.total
            on_progress(Progress(stage, before + done, self.size))

        for file in self.files:
            its_own = pattern if file.compression() == "zip" else ""
            for part in file.parts(stage, tell, its_own):
                yield part._replace(member=part.member or part.name)
            before += file.size or 0

    def _chunks(
        self, counted: _Counted, start: bytes, stage: str, on_progress: OnProgress
    ) -> Iterator[bytes]:
        with explained(self.name):
            stream, damage = _decompressed(io.BufferedReader(counted, 1 << 16), start, self.name)
            read = stream.read if self.size is not None else stream.read1  # type: ignore[attr-defined]
            size = FIRST_CHUNK
            try:
                while chunk := read(size):
                    yield chunk
                    on_progress(Progress(stage, counted.position, self.size))
                    size = CHUNK
            except EOFError:
                raise DatasetError(
                    "{name} is damaged: its compressed data ends too early", name=self.name
                ) from None
            except (damage, OSError) as error:
                if isinstance(error, OSError) and error.errno is not None:
                    raise
                raise DatasetError("{name} is damaged: it cannot be decompressed", name=self.name) from None

    def _members(self, file: BinaryIO, stage: str, on_progress: OnProgress, pattern: str) -> Iterator[Part]:
        from bigram_tui.words.archives import Archive

        archive, done = Archive(self.name, file, pattern), 0

        def chunks(member: ZipInfo) -> Iterator[bytes]:
            nonlocal done
            with explained(self.name):
                for chunk in archive.read(member, CHUNK):
                    done += len(chunk)
                    yield chunk
                    on_progress(Progress(stage, done, archive.size))

        for member in archive.members:
            name = member.filename
            yield Part(f"{self.name}: {visible(name)}", chunks(member), ending_of(name) or self.ending, name)


def ending_of(name: str) -> str:
    """The file extension in lower case, ignoring that of a compression: .csv for Names.CSV.gz."""
    name = name.lower()
    for compressed in COMPRESSED_ENDINGS:
        name = name.removesuffix(compressed)
    return os.path.splitext(name)[1]


class _Counted(io.RawIOBase):
    """A file that counts the bytes read, and ends at the size that it had initially."""

    def __init__(self, file: BinaryIO, size: int | None) -> None:
        self._file = file
        self._left = size
        self._start = b""
        self.position = 0

    def look(self, size: int) -> bytes:
        """Peek at the first bytes; fewer than `size` only at the end of the file, even for a slow pipe."""
        start = b""
        while len(start) < size and (more := self.read(size - len(start))):
            start += more
        self._start = start
        return start

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self._start:
            size = min(len(buffer), len(self._start))
            buffer[:size], self._start = self._start[:size], self._start[size:]
            return size
        wanted = memoryview(buffer)[: self._left]
        read: int = self._file.readinto(wanted) or 0  # type: ignore[attr-defined]
        self.position += read
        if self._left is not None:
            self._left -= read
        return read


class _Lines(io.RawIOBase):
    """The lines of a file that start within a range; the last one may end after it."""

    def __init__(self, file: BinaryIO, begin: int, end: int, size: int) -> None:
        self._file, self._end, self._size = file, end, size
        # A line starts after a line feed.
        self._place = max(begin - 1, 0)
        self._has_begun = begin == 0
        file.seek(file.tell() + self._place)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while data := self._file.read(max(0, min(len(buffer), self._size - self._place))):
            place = self._place
            self._place += len(data)
            if not self._has_begun:
                cut = data.find(b"\n") + 1
                if (place + cut if cut else self._place) >= self._end:
                    break
                if not cut:
                    continue
                data, place, self._has_begun = data[cut:], place + cut, True
            if cut := data.find(b"\n", max(self._end - 1 - place, 0)) + 1:
                data, self._size = data[:cut], 0
            if data:
                buffer[: len(data)] = data
                return len(data)
        self._size = 0
        return 0


COMPRESSED = {
    b"\x1f\x8b": "gzip",
    **{b"BZh%d" % level: "bz2" for level in range(1, 10)},
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",  # an empty one
}
"""The first bytes of compressed data."""


def _compression(start: bytes) -> str:
    return next((kind for magic, kind in COMPRESSED.items() if start.startswith(magic)), "")


def _decompressed(
    file: io.BufferedReader[_Counted], start: bytes, name: str
) -> tuple[BinaryIO, type[Exception]]:
    """A decompressed stream of a file that starts with these bytes, and what it raises if damaged."""
    kind = _compression(start)
    if kind == "gzip":
        import gzip
        import zlib

        return cast(BinaryIO, gzip.GzipFile(fileobj=file)), zlib.error
    if kind == "bz2":
        import bz2

        return cast(BinaryIO, bz2.BZ2File(file)), EOFError
    if kind == "xz":
        import lzma

        return cast(BinaryIO, lzma.LZMAFile(file)), lzma.LZMAError
    if kind == "zstd":
        zstd = _zstd(name)
        return zstd.ZstdFile(file), zstd.ZstdError
    return file, EOFError


def _zstd(name: str) -> Any:
    """The zstd module of the standard library from Python 3.14 on, or its backport."""
    for module in ("compression.zstd", "backports.zstd"):
        with contextlib.suppress(ImportError):
            return importlib.import_module(module)
    raise DatasetError(
        "{name} is compressed with zstd; to read it: pip install 'bigram-tui[zstd]'", name=name
    )


@contextlib.contextmanager
def explained(shown: str) -> Iterator[None]:
    """Turn operating system errors about a path into a DatasetError."""
    try:
        yield
    except FileNotFoundError:
        raise DatasetError(
            "{name} does not exist; give a text file, a URL, us-names or makemore", name=shown
        ) from None
    except OSError as error:
        raise DatasetError(
            "{name} cannot be read: {reason}", name=shown, reason=Sentence(str(error.strerror))
        ) from None
    except ValueError as error:
        raise DatasetError("{file} is not a usable path: {reason}", file=shown, reason=str(error)) from None


def _opened(path: Path) -> BinaryIO:
    return path.open("rb", buffering=0)


def file_source(path: Path) -> Source:
    """A file, or a pipe or device, which has no size and can be read only once.

    Raises:
        DatasetError: if it does not exist, or is a directory.
    """
    shown = visible(str(path))
    with explained(shown):
        status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise DatasetError("{name} is a directory; give a text file with one word per line", name=shown)
    # Files that are generated when read, as in /proc, have size 0.
    size = status.st_size or None if stat.S_ISREG(status.st_mode) else None
    return Source(shown, partial(_opened, path), size)
