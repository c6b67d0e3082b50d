"""Figures are those of one core: a thread that wakes on the other one finds its memory cold there, which costs a page
up to a millisecond and says nothing of the code.
"""

import os


def take_one_core() -> None:
    """Keep this process to one core, where the system lets it choose."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
