"""JSON Lines: one object on each line."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO, Final

from market.exchange.formats.columns import LISTS, nest, split_list
from market.exchange.formats.encodings import has_bad_bytes, read_lines
from market.exchange.formats.rows import (
    LONG_LINE,
    MAX_LINE,
    MAX_ROWS,
    TOO_MANY_ROWS,
    Row,
    RowFault,
    UnreadableFile,
    show_start,
)
from market.kernel.errors import N_

BAD_BYTES = N_("This row holds characters that the encoding %(encoding)s does not have.")
BROKEN_JSON = N_("This line is no complete JSON: the fault is at character %(place)s.")
NO_OBJECT = N_("This line is no JSON object.")


class _NoNumber(ValueError):
    """NaN or Infinity, which JSON does not have."""


def _refuse_constant(name: str) -> None:
    raise _NoNumber(name)


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse_constant, strict=False)


def read_rows(stream: BinaryIO, encoding: str, mapping: Mapping[str, str]) -> Iterator[Row | RowFault]:
    """Keys that `mapping` does not know keep their names."""
    number = 0
    for line, text in enumerate(read_lines(stream, encoding), 1):
        if text.isspace():
            continue
        number += 1
        if number > MAX_ROWS:
            raise UnreadableFile(TOO_MANY_ROWS, most=MAX_ROWS)
        yield _read_line(line, text, encoding, mapping)


def write_rows(file: BinaryIO, rows: Iterable[Mapping[str, Any]]) -> None:
    file.writelines(json.dumps(values, ensure_ascii=False, default=str).encode() + b"\n" for values in rows)


def _read_line(line: int, text: str, encoding: str, mapping: Mapping[str, str]) -> Row | RowFault:
    if len(text) > MAX_LINE:
        return RowFault(line, LONG_LINE, {"most": MAX_LINE}, show_start(text))
    if has_bad_bytes(text):
        return RowFault(line, BAD_BYTES, {"encoding": encoding}, show_start(text))
    try:
        values = _DECODER.decode(text)
    except json.JSONDecodeError as problem:
        return RowFault(line, BROKEN_JSON, {"place": problem.pos + 1}, show_start(text))
    except (ValueError, RecursionError):  # NaN, a number of thousands of digits, thousands of brackets
        return RowFault(line, NO_OBJECT, {}, show_start(text))
    if not isinstance(values, dict):
        return RowFault(line, NO_OBJECT, {}, show_start(text))
    flat = {mapping.get(name, name): _read_value(mapping.get(name, name), value) for name, value in values.items()}
    return Row(line, nest(flat))


def _read_value(name: str, value: Any) -> Any:
    """A list may have been written as a cell would have it."""
    if name not in LISTS or isinstance(value, list) or value is None:
        return value
    return split_list(value) if isinstance(value, str) else [value]
