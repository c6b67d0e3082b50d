"""What a backup says of itself, and whether that is true."""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from market.cli.output import Refused

FORMAT: Final = 1
NAME: Final = "manifest.json"
FILES: Final = "files"
"""The folder for what comes from the data folder, under the names it has there."""

DATABASE_FILES: Final = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}

_KNOWN: Final = re.compile(
    r"database\.(sqlite3|dump)|files/imports/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|files/index/means-[0-9a-f]{12}\.npz"
)
"""All that a backup may hold: a path that leads elsewhere is never followed."""

_BLOCK: Final = 1 << 20

Show = Callable[[int, int], None]
"""Told of progress: (done, all)."""


class StoredFile(BaseModel):
    model_config = ConfigDict(frozen=True)

    path: str
    size: int
    sha256: str


class Manifest(BaseModel):
    """`revision` is the schema's, `program` the version that wrote it, `counts` are the rows of each table."""

    model_config = ConfigDict(frozen=True)

    format: int = FORMAT
    program: str
    revision: str
    database: Literal["sqlite", "postgresql"]
    made_at: datetime
    counts: dict[str, int]
    files: tuple[StoredFile, ...]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)

    def list_files(self, folder: str) -> list[str]:
        """Names of those that come from this folder of the data folder."""
        prefix = f"{FILES}/{folder}/"
        return [file.path.removeprefix(prefix) for file in self.files if file.path.startswith(prefix)]


def name_program() -> str:
    try:
        return version("asean-technology-market")
    except PackageNotFoundError:  # run from its sources
        return "unknown"


def describe_files(folder: Path, show: Show) -> tuple[StoredFile, ...]:
    """All below it, each on the disk for good before its checksum is written down."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    names = [path.relative_to(folder).as_posix() for path in paths]
    known = [(name, path) for name, path in zip(names, paths, strict=True) if _KNOWN.fullmatch(name)]
    hashes = _hash_files([path for _, path in known], show)
    for _, path in known:
        sync(path)
    return tuple(
        StoredFile(path=name, size=path.stat().st_size, sha256=digest)
        for (name, path), digest in zip(known, hashes, strict=True)
    )


def write_manifest(folder: Path, manifest: Manifest) -> None:
    path = folder / NAME
    path.write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    sync(path)


def read_manifest(folder: Path) -> Manifest:
    """`Refused` where there is none, or none that this program understands."""
    path = folder / NAME
    try:
        written = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError) as problem:
        raise Refused(f"there is no backup at {folder}: it has no {NAME}") from problem
    except ValueError as problem:
        raise Refused(f"{path} cannot be read: it is damaged or cut off") from problem
    found = written.get("format") if isinstance(written, dict) else None
    if found != FORMAT:
        raise Refused(f"{path} is of format {found!r}, this program reads format {FORMAT}")
    try:
        manifest = Manifest.model_validate(written)
    except ValidationError as problem:
        places = ", ".join(".".join(map(str, fault["loc"])) for fault in problem.errors())
        raise Refused(f"{path} is not whole: {places}") from problem
    names = [file.path for file in manifest.files]
    if strange := [name for name in names if not _KNOWN.fullmatch(name)]:
        raise Refused(f"{path} names what no backup holds: {strange[0]}")
    if DATABASE_FILES[manifest.database] not in names:
        raise Refused(f"{path} names no database")
    return manifest


def check_files(folder: Path, manifest: Manifest, show: Show) -> None:
    """`Refused` where a file is not what the manifest says."""
    for file in manifest.files:
        path = folder / file.path
        if path.is_symlink() or not path.is_file():
            raise Refused(f"{path} is missing")
        if (size := path.stat().st_size) != file.size:
            raise Refused(f"{path} has {size} bytes, the manifest says {file.size}")
    hashes = _hash_files([folder / file.path for file in manifest.files], show)
    for file, digest in zip(manifest.files, hashes, strict=True):
        if digest != file.sha256:
            raise Refused(f"{folder / file.path} is damaged: its checksum is not the manifest's")


def sync(path: Path) -> None:
    """On the disk for good, be it a file or the names in a folder."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _hash_files(paths: Iterable[Path], show: Show) -> list[str]:
    paths = list(paths)
    done, whole, hashes = 0, sum(path.stat().st_size for path in paths), []
    for path in paths:
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
                done += len(block)
                show(done, whole)
        hashes.append(digest.hexdigest())
    return hashes
