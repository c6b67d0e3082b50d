"""Waiting for what other threads do."""

import time
from collections.abc import Callable


def wait_until(is_so: Callable[[], object], *, seconds: float = 20.0) -> None:
    """Return as soon as it is so; the patience is for slow machines."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
