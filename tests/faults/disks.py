"""A small disk of one's own, which can be filled and freed, and be set to read only."""

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True, slots=True)
class Disk:
    path: Path

    def fill(self) -> None:
        """To the last byte."""
        with (self.path / "ballast").open("wb", buffering=0) as ballast:
            for size in (1_000_000, 4_096, 1):
                try:
                    while True:
                        ballast.write(bytes(size))
                except OSError as problem:
                    if problem.errno != errno.ENOSPC:
                        raise

    def free(self) -> None:
        (self.path / "ballast").unlink()

    def forbid_writing(self) -> None:
        _run("mount", "-o", "remount,ro", self.path)


@contextmanager
def mounted_disk(path: Path, *, megabytes: int = 24) -> Iterator[Disk]:
    """Memory mounted as a disk, which needs the rights for it; without them the test is skipped."""
    path.mkdir(exist_ok=True)
    try:
        _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", path)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no right to mount a disk of one's own")
    try:
        yield Disk(path)
    finally:
        _run("umount", "--lazy", path)


def _run(*command: str | os.PathLike[str]) -> None:
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own
