"""zip archives: choosing files in them and reading their bytes; nothing is unpacked to disk."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatch
from typing import BinaryIO, cast

from bigram_tui.lm.errors import DatasetError
from bigram_tui.lm.vocabulary import visible
from bigram_tui.texts import Sentence
from bigram_tui.words.kinds import OFFICE, described
from bigram_tui.words.streams import ending_of

MAX_LIST = 1 << 24
"""The most bytes of the central directory; zipfile's objects for it take twenty times as much memory."""

MAX_UNPACKED = 10**11
"""The most bytes of all files that are read together."""

DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, ValueError, OSError)
"""What zipfile and its decompressors raise for damaged data."""

END, END_SIZE, COMMENT = b"PK\x05\x06", 22, 1 << 16
"""The end of central directory record: its signature and size, and the longest comment after it."""


class Archive:
    """The files of an archive that match a pattern, or its only file.

    Raises:
        DatasetError: if they cannot be read, or none matches the pattern.
    """

    def __init__(self, name: str, file: BinaryIO, pattern: str) -> None:
        self.name = name
        buffered = cast(BinaryIO, io.BufferedReader(file))
        self._check_list(buffered)
        try:
            self._zip = zipfile.ZipFile(buffered)
        except (*DAMAGE, NotImplementedError, OverflowError):
            raise DatasetError("{name} is damaged: the list of its files cannot be read", name=name) from None
        names = self._zip.namelist()
        for mark, what in OFFICE.items():
            if self._mimetype(names).startswith(mark) or any(each.startswith(mark) for each in names):
                raise DatasetError("{name} is {what}", name=name, what=described(what))
        self.members = self._chosen(pattern)
        self.size = sum(member.file_size for member in self.members)
        if self.size > MAX_UNPACKED:
            raise DatasetError(
                "{name} holds more than {n:,} bytes; choose fewer files: --member", name=name, n=MAX_UNPACKED
            )

    def _check_list(self, file: BinaryIO) -> None:
        """Refuse a central directory that claims to be huge, since zipfile reads all of it."""
        begin = file.tell()
        end = file.seek(0, io.SEEK_END)
        file.seek(max(begin, end - END_SIZE - COMMENT))
        last = file.read()
        record = last[last.rfind(END) :]
        if int.from_bytes(record[12:16], "little") > MAX_LIST:
            raise DatasetError("{name} holds too many files: unpack it first", name=self.name)
        file.seek(begin)

    def _mimetype(self, names: list[str]) -> str:
        """The media type that an OpenDocument file or an e-book declares."""
        if names[:1] != ["mimetype"]:
            return ""
        return b"".join(self.read(self._zip.infolist()[0], 100)).decode("ascii", "replace")

    def _chosen(self, pattern: str) -> list[zipfile.ZipInfo]:
        """The matching files, without folders and the metadata files of other systems."""
        members = [
            member
            for member in self._zip.infolist()
            if not member.filename.startswith("__MACOSX/")
            and (name := member.filename.rpartition("/")[2])
            and not name.startswith(".")
        ]
        first = ", ".join(visible(member.filename) for member in members[:3])
        held = Sentence("{name} holds {files}", name=self.name, files=first)
        if len(members) > 3:
            held = Sentence(
                "{name} holds {n:,} files, {files}, …",
                name=self.name,
                n=len(members),
                files=first,
            )
        endings = Counter(ending_of(member.filename) for member in members)
        if not members:
            raise DatasetError("{name} is a zip archive with no files in it", name=self.name)
        if not pattern:
            if len(members) == 1:
                return members
            often = endings.most_common(1)[0][0]
            raise DatasetError(
                "{held}; choose: --member '*{ending}', or “zip member” where word lists are opened (o)",
                held=held,
                ending=visible(often),
            )
        chosen = [
            member
            for member in members
            if pattern == member.filename
            or fnmatch(member.filename.lower(), pattern.lower())
            or fnmatch(member.filename.rpartition("/")[2].lower(), pattern.lower())
        ]
        if not chosen:
            raise DatasetError("{held}, nothing called “{name}”", held=held, name=visible(pattern))
        return chosen

    def read(self, member: zipfile.ZipInfo, size: int) -> Iterator[bytes]:
        """The bytes of a file, in chunks of this size.

        Raises:
            DatasetError: if it is encrypted or damaged.
        """
        shown = f"{self.name}: {visible(member.filename)}"
        if member.flag_bits & 1:
            raise DatasetError("{name} is protected by a password: unpack it first", name=shown)
        try:
            with self._zip.open(member) as file:
                while chunk := file.read(size):
                    yield chunk
        except NotImplementedError:
            raise DatasetError(
                "{name} is compressed with an unsupported method: unpack it first", name=shown
            ) from None
        except DAMAGE as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise DatasetError("{name} is damaged: it cannot be unpacked", name=shown) from None
