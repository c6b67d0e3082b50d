"""Writing listings to a file, a row at a time."""

import gzip
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Final

from market.exchange.enums import FileFormat
from market.exchange.formats import delimited, jsonl, xlsx
from market.exchange.formats.columns import COLUMNS, LISTS, TRANSLATION_COLUMNS, flatten, join_list

_IN_MEMORY: Final = 1 << 20


class UnknownColumn(ValueError):
    """A row holds what the import format has no column for: writing it would lose it."""


def write_rows(path_or_file: Path | BinaryIO, rows: Iterable[Mapping[str, Any]], *, file_format: FileFormat) -> None:
    """Rows as the import format has them. A path that ends in `.gz` is packed. Tables have all columns save those of
    translations that no row has. The file is closed by who opened it.
    """
    with _open_file(path_or_file) as file:
        if file_format is FileFormat.JSONL:
            jsonl.write_rows(file, rows)
        else:
            with _set_aside(rows) as (columns, flat_rows):
                cells = ([make_cell(name, row.get(name)) for name in columns] for row in flat_rows)
                write_table = xlsx.write_rows if file_format is FileFormat.XLSX else delimited.write_rows
                write_table(file, chain([columns], cells))


def make_cell(column: str, value: object) -> str:
    if value is None:
        return ""
    if column in LISTS and isinstance(value, list | tuple):
        return join_list(str(word) for word in value)
    return str(value)


@contextmanager
def _open_file(path_or_file: Path | BinaryIO) -> Iterator[BinaryIO]:
    if not isinstance(path_or_file, Path):
        yield path_or_file
        return
    with path_or_file.open("wb") as file:
        if path_or_file.suffix.lower() != ".gz":
            yield file
            return
        # Without a name and a time in it, the same rows make the same file.
        with gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as packed:
            yield packed  # type: ignore[misc] # it writes bytes like any other


@contextmanager
def _set_aside(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Sequence[str], Iterator[dict[str, Any]]]]:
    """The columns that are needed, known once all rows were seen, and the rows, which wait in a file meanwhile."""
    used: set[str] = set()
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as aside:
        for row in rows:
            flat = {name: value for name, value in flatten(row).items() if value not in (None, "", [])}
            used.update(flat)
            aside.write(json.dumps(flat, ensure_ascii=False, default=str).encode() + b"\n")
        if unknown := used.difference(COLUMNS, TRANSLATION_COLUMNS):
            raise UnknownColumn(", ".join(sorted(unknown)))
        aside.seek(0)
        columns = [*COLUMNS, *(name for name in TRANSLATION_COLUMNS if name in used)]
        yield columns, map(json.loads, aside)
