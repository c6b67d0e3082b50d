"""Many things, some at a time."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

_T = TypeVar("_T")


def cut_batches(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """Yield the items in lists of the given length, the last one shorter; only one list is held at a time."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
