"""The zip file that a workbook is, looked at before anything of it is unpacked."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from market.exchange.formats.rows import CUT_OFF, UnreadableFile
from market.exchange.formats.streams import MAX_UNPACKED, TOO_MUCH
from market.kernel.errors import N_

DAMAGED = N_("This file is no workbook that we can read. Please save it again as XLSX, or as CSV.")
OTHER_FILES = N_("This workbook has other files inside. Please save the table alone as XLSX.")

MAX_ENTRIES: Final = 2_000
MAX_RATIO: Final = 200
"""Unpacked bytes for a packed one. Tables of the same row over and over reach about 100, deflate can reach 1,000."""

_MAX_DIRECTORY: Final = 1_000_000
_RATIO_FROM: Final = 10_000_000
"""Bytes below which the ratio says nothing."""

_PACKED: Final = frozenset(
    {".zip", ".xlsx", ".xlsm", ".xlsb", ".docx", ".pptx", ".gz", ".7z", ".rar", ".jar", ".bz2", ".xz"}
)
_END: Final = struct.Struct("<4s4H2LH")
_LOCATOR: Final = b"PK\x06\x07"
_END_64: Final = struct.Struct("<4sQ2H2L4Q")
_LONGEST_COMMENT: Final = 65_535
_IS_ENCRYPTED: Final = 0x1


@contextmanager
def open_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """The archive, if it is as a workbook's is. What goes wrong while it is read is named, too."""
    with path.open("rb") as file:
        try:
            _check_directory(file)
            with zipfile.ZipFile(file) as archive:
                _check_entries(archive.infolist())
                yield archive
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, struct.error) as problem:
            raise UnreadableFile(CUT_OFF) from problem
        # Names that are no text, methods and versions that zipfile does not know.
        except (UnicodeError, NotImplementedError, RuntimeError, ValueError, OverflowError) as problem:
            raise UnreadableFile(DAMAGED) from problem


def _check_directory(file: BinaryIO) -> None:
    """Reading the directory takes memory for each entry: their number is looked up first."""
    size = file.seek(0, 2)
    tail_start = max(0, size - _LONGEST_COMMENT - _END.size - _END_64.size - 20)
    file.seek(tail_start)
    tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) - place < _END.size:
        raise UnreadableFile(CUT_OFF)
    _, _, _, _, entries, length, _, _ = _END.unpack_from(tail, place)
    if place >= 20 and tail[place - 20 : place - 16] == _LOCATOR and place >= 20 + _END_64.size:  # noqa: PLR2004 - the locator's length
        *_, entries, length, _ = _END_64.unpack_from(tail, place - 20 - _END_64.size)
    file.seek(0)
    if entries > MAX_ENTRIES or length > _MAX_DIRECTORY:
        raise UnreadableFile(TOO_MUCH)


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_ENTRIES:
        raise UnreadableFile(TOO_MUCH)
    names = [entry.filename.lower().replace("\\", "/") for entry in entries]
    overlapping = _overlap(entries)
    strange = any(
        entry.flag_bits & _IS_ENCRYPTED or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        for entry in entries
    )
    if len(set(names)) < len(names) or overlapping or strange or "[content_types].xml" not in names:
        raise UnreadableFile(DAMAGED)
    if any(PurePosixPath(name).suffix in _PACKED for name in names):
        raise UnreadableFile(OTHER_FILES)
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if unpacked > MAX_UNPACKED or (unpacked > _RATIO_FROM and unpacked > packed * MAX_RATIO):
        raise UnreadableFile(TOO_MUCH)


def _overlap(entries: list[zipfile.ZipInfo]) -> bool:
    """Whether two entries share packed bytes, as those of small bombs do."""
    spans = sorted((entry.header_offset, entry.header_offset + entry.compress_size) for entry in entries)
    return any(end > start for (_, end), (start, _) in pairwise(spans))
