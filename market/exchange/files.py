"""Where files that were sent by a page lie until they are taken over, and who is at a run."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from uuid import UUID

from filelock import FileLock, Timeout

from market.exchange.running import AnotherRuns
from market.kernel.config import Settings

FOLDER: Final = "imports"


def place_of(settings: Settings, run_id: UUID) -> Path:
    return settings.data_dir / FOLDER / str(run_id)


def keep_file(settings: Settings, run_id: UUID, blocks: Iterator[bytes]) -> Path:
    """Write it under another name first: what lies in its place is whole."""
    place = place_of(settings, run_id)
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_suffix(".draft")
    with draft.open("wb") as file:
        for block in blocks:
            file.write(block)
    draft.replace(place)
    return place


def forget_file(settings: Settings, run_id: UUID) -> None:
    place_of(settings, run_id).unlink(missing_ok=True)


@contextmanager
def hold_run(settings: Settings, run_id: UUID) -> Iterator[None]:
    """For commands: `AnotherRuns` where another one is at this run. The lock is the system's and ends with its process,
    so that one that was killed holds up nobody.
    """
    place = place_of(settings, run_id).with_suffix(".lock")
    place.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(place)
    try:
        lock.acquire(timeout=0)
    except Timeout as problem:
        raise AnotherRuns from problem
    try:
        yield
    finally:
        with suppress(OSError):  # not every system lets go of a file that is open
            place.unlink()
        lock.release()
