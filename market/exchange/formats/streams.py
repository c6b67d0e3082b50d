"""A file's bytes, unpacked where it is gzip, and what they are: decided by content, the name says nothing."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from market.exchange.enums import FileFormat
from market.exchange.formats.rows import CUT_OFF, UnreadableFile
from market.kernel.errors import N_

MAX_UNPACKED: Final = 400_000_000
"""Bytes that a packed file may have unpacked."""

EMPTY = N_("This file is empty.")
UNKNOWN_FORMAT = N_("This file is neither JSON Lines nor CSV nor XLSX.")
OLD_EXCEL = N_(
    "This is an old Excel workbook, or one with a password. Please save it as XLSX without a password, or as CSV."
)
JSON_LIST = N_("This file is one JSON value. Please write JSON Lines: one object on each line.")
TOO_MUCH = N_("This file holds more than we can take once it is unpacked. Please send it in parts.")

_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_OLE: Final = b"\xd0\xcf\x11\xe0"
_NO_TEXT: Final = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"7z\xbc\xaf",
    b"Rar!",
    b"BZh",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
)
_SAMPLE: Final = 1 << 16
_LONGEST_SAMPLE: Final = 1 << 18
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")


class _Unpacked(io.RawIOBase):
    """What a gzip file holds, up to a limit, with faults named."""

    def __init__(self, source: gzip.GzipFile) -> None:
        self._source = source
        self._left = MAX_UNPACKED

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override] # memoryview is what io passes
        try:
            chunk = self._source.read(min(len(buffer), _SAMPLE))
        except (EOFError, OSError, zlib.error) as problem:
            raise UnreadableFile(CUT_OFF) from problem
        self._left -= len(chunk)
        if self._left < 0:
            raise UnreadableFile(TOO_MUCH)
        buffer[: len(chunk)] = chunk
        return len(chunk)


@contextmanager
def open_bytes(path: Path) -> Iterator[BinaryIO]:
    """The file's bytes; those of a gzip file unpacked as they are read."""
    with path.open("rb") as file:
        if file.read(2) != _GZIP:
            file.seek(0)
            yield file
            return
        file.seek(0)
        with gzip.GzipFile(fileobj=file) as packed, io.BufferedReader(_Unpacked(packed), _SAMPLE) as unpacked:
            yield unpacked


def find_format(path: Path, wanted: FileFormat | None) -> FileFormat:
    """`wanted` decides between JSON Lines and CSV alone; a workbook shows what it is."""
    with path.open("rb") as file:
        if file.read(4) in _ZIP:
            return FileFormat.XLSX
    with open_bytes(path) as stream:
        head = stream.read(_SAMPLE)
    if not head.strip():
        raise UnreadableFile(EMPTY)
    if head.startswith(_OLE):
        raise UnreadableFile(OLD_EXCEL)
    is_utf16 = head.startswith(_UTF16_MARKS)
    if head.startswith((*_ZIP, _GZIP, *_NO_TEXT)) or (b"\x00\x00" in head and not is_utf16):
        raise UnreadableFile(UNKNOWN_FORMAT)
    if wanted in (FileFormat.JSONL, FileFormat.CSV):
        return wanted
    start = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if start.startswith(b"["):
        raise UnreadableFile(JSON_LIST)
    return FileFormat.JSONL if start.startswith(b"{") else FileFormat.CSV


def take_sample(path: Path) -> bytes:
    """The first part of a text that is not all ASCII, from the beginning of a line; else the file's first part."""
    with open_bytes(path) as stream:
        first = chunk = stream.read(_SAMPLE)
        if first.startswith(_UTF16_MARKS):
            return first
        before = b""
        while chunk and chunk.isascii():
            before = chunk[chunk.rfind(b"\n") + 1 :] if b"\n" in chunk else b""
            chunk = stream.read(_SAMPLE)
        return (before + chunk + stream.read(_LONGEST_SAMPLE)) if chunk else first
