"""The directory of an index: which process writes it, and which generation in it is in use."""

import os
import re
import shutil
from pathlib import Path
from typing import Final, NamedTuple

from filelock import FileLock, Timeout

_NAME: Final = re.compile(r"index-(\d{1,9})")


class Mark(NamedTuple):
    """Tells a generation from another of the same name, in a directory that was deleted and made anew."""

    name: str
    inode: int


class IndexFolder:
    """`current` names the generation in use; whoever holds `lock` writes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        # Whichever thread took the lock, another may give it back.
        self._lock = FileLock(path / "lock", thread_local=False)
        self._lock_inode = 0

    def take_lock(self) -> bool:
        self.path.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        self._lock_inode = (self.path / "lock").stat().st_ino
        return True

    def holds_lock(self) -> bool:
        """Say whether the lock that was taken still counts.

        Who deletes the directory deletes the lock with it: the next to come makes a lock of its own, and writes.
        """
        try:
            return (self.path / "lock").stat().st_ino == self._lock_inode
        except FileNotFoundError:
            return False

    def release_lock(self) -> None:
        self._lock.release()

    def read_pointer(self) -> str | None:
        """Return the name of the generation in use, None where there is none yet."""
        try:
            name = (self.path / "current").read_text(encoding="utf-8").strip()
        except (FileNotFoundError, NotADirectoryError):
            return None
        if not _NAME.fullmatch(name):
            message = "`current` names no index"
            raise ValueError(message)
        return name

    def point_to(self, name: str) -> None:
        draft = self.path / "current.draft"
        with draft.open("w", encoding="utf-8") as file:
            file.write(name)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path / "current")

    def mark_current(self) -> Mark | None:
        name = self.read_pointer()
        return None if name is None else self.mark(name)

    def mark(self, name: str) -> Mark:
        """The file is one that an open generation keeps open, so that its number is not given to another meanwhile."""
        try:
            return Mark(name, (self.path / name / "state.sqlite").stat().st_ino)
        except FileNotFoundError:
            return Mark(name, 0)

    def next_name(self) -> str:
        numbers = [int(found[1]) for path in self.path.iterdir() if (found := _NAME.fullmatch(path.name))]
        return f"index-{max(numbers, default=0) + 1}"

    def clear_litter(self, kept: str) -> None:
        """Remove every other generation: what a killed rebuild, or a damaged one, left."""
        for path in self.path.glob("index-*"):
            if path.name != kept:
                shutil.rmtree(path, ignore_errors=True)
