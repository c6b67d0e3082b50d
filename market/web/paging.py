"""Paging by key: the next page starts after the last row shown, so nothing is skipped or shown twice when rows come
and go.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from market.kernel.errors import BadInput
from market.kernel.text import UNSTORABLE

PAGE_SIZE = 20
LONGEST_CURSOR = 1_200
"""A name of 160 characters of any script and a slug fit in."""
ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class Slice(Generic[ItemT]):
    """Some items and where the next ones start; `next_cursor` is None at the end."""

    items: Sequence[ItemT]
    next_cursor: str | None


def write_cursor(*key: str | int) -> str:
    return base64.urlsafe_b64encode(json.dumps(key, ensure_ascii=False).encode()).decode().rstrip("=")


def read_cursor(cursor: str, *kinds: type) -> tuple[str | int, ...]:
    """The key in a cursor. Anything that we did not write is refused."""
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor[:LONGEST_CURSOR] + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError) as problem:
        raise BadInput from problem
    if not isinstance(key, list) or [type(part) for part in key] != list(kinds):
        raise BadInput
    if any(UNSTORABLE.search(part) for part in key if isinstance(part, str)):
        raise BadInput
    return tuple(key)
