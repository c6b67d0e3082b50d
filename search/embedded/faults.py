"""What can go wrong with an index on disk, as one error that callers know."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from search.port import DocumentRefused, QueryRefused, SearchUnavailable

_FAULTS: Final = (OSError, sqlite3.Error, ValueError, RuntimeError)
"""What files that were deleted, cut or overwritten make SQLite, tantivy and NumPy raise."""

_PANIC: Final = "PanicException"
_logger = logging.getLogger(__name__)


def is_fault(problem: BaseException) -> bool:
    """Say whether this comes of the index's files.

    What tantivy never expected it raises as a panic, which is no `Exception` and would end the thread that asks.
    """
    return isinstance(problem, _FAULTS) or type(problem).__name__ == _PANIC


def is_damage(problem: BaseException) -> bool:
    """Say the same of a start, when an index's description is read that may be of any form."""
    return is_fault(problem) or isinstance(problem, (LookupError, TypeError, AttributeError))


@contextmanager
def answering() -> Iterator[None]:
    """Turn faults of files, SQLite and tantivy into the one that callers know."""
    try:
        yield
    except (DocumentRefused, QueryRefused, SearchUnavailable):
        raise
    except BaseException as fault:
        if not is_fault(fault):
            raise
        _logger.exception("the index failed")
        message = f"the index failed: {fault}"
        raise SearchUnavailable(message) from fault
