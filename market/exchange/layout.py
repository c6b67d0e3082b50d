"""What a file turned out to be, as a page shows it while a person says which column is which: no page reads a file."""

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from market.exchange.formats.reading import Reading
from market.exchange.formats.rows import Row
from market.exchange.repairing import shorten

SHOWN_ROWS: Final = 3


def read_layout(reading: Reading) -> dict[str, Any]:
    """`encoding` is the one that is known or guessed; `columns` are pairs of a name and its first values."""
    names = list(reading.header or ())
    # Under their place each cell stays as it is in the file: no name of ours is a number.
    places = {name: str(place) for place, name in enumerate(names)}
    rows = [row.values for row in islice(reading.rows(places), SHOWN_ROWS) if isinstance(row, Row)]
    if not names:  # JSON Lines name their values in every row
        names = list(dict.fromkeys(name for row in rows for name in row))
        places = dict(zip(names, names, strict=True))
    return {
        "encoding": reading.encoding,
        "columns": [[name, [_show(row, places[name]) for row in rows]] for name in names],
    }


def _show(row: Mapping[str, Any], key: str) -> str:
    return shorten(row[key]) if row.get(key) is not None else ""
