"""What took long to make and is the same for everybody, kept in the process until something newer takes its place.

A key names the version of what was shown, so nothing kept is ever out of date; what is not asked for any more makes
room for what is.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Final, Generic, TypeVar

MOST_BYTES: Final = 32_000_000
SizedT = TypeVar("SizedT", str, bytes)


class Kept(Generic[SizedT]):
    """At most so many bytes (of texts: characters), those asked for last. Safe for threads: two who miss the same one
    make it twice, and one of both stays."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._size = 0
        self._items: OrderedDict[Hashable, SizedT] = OrderedDict()
        self._lock = Lock()

    def get_or_make(self, key: Hashable, make: Callable[[], SizedT]) -> SizedT:
        with self._lock:
            if key in self._items:
                self._items.move_to_end(key)
                return self._items[key]
        made = make()
        with self._lock:
            if key not in self._items and len(made) <= self._most:
                self._items[key] = made
                self._size += len(made)
                while self._size > self._most:
                    _oldest, gone = self._items.popitem(last=False)
                    self._size -= len(gone)
        return made
