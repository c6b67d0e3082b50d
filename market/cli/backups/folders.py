"""The folder that a backup becomes, and the files of the data folder that go along."""

import re
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from market.cli.backups.manifest import FILES, sync
from market.cli.output import Refused
from market.exchange.files import FOLDER as IMPORTS
from market.kernel.config import Settings

INDEX: Final = "index"
_IMPORT: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MEANS: Final = re.compile(r"means-[0-9a-f]{12}\.npz")


@contextmanager
def drafting(folder: Path) -> Iterator[Path]:
    """A draft beside it, which takes its name when all went well: what bears the name is whole.

    Only its owner may look into it, since it holds addresses and hashes of passwords. What a killed backup left is
    cleared by the next one of the same name.
    """
    folder = folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"{folder} is there already and is not empty")
    draft = folder.with_name(f".{folder.name}.market-backup")
    draft.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(draft / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as problem:
        raise Refused(f"another backup into {folder} is under way") from problem
    try:
        _clear(draft)
        yield draft
        sync(draft)
        draft.rename(folder)
        sync(folder.parent)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    else:
        # Only now: whoever came meanwhile would have taken a draft without it for its own.
        (folder / "lock").unlink()
    finally:
        lock.release()


def _clear(draft: Path) -> None:
    for path in draft.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "lock":
            path.unlink()


def list_imports(settings: Settings) -> set[str]:
    return _list_names(settings.data_dir / IMPORTS, _IMPORT)


def keep_imports(settings: Settings, draft: Path, names: Collection[str]) -> None:
    """Those of them that are not there yet. A file whose import has ended meanwhile is gone, and is not needed."""
    for name in names:
        _keep(settings.data_dir / IMPORTS / name, draft / FILES / IMPORTS / name)


def drop_imports(draft: Path, kept: Collection[str]) -> None:
    """All but these."""
    folder = draft / FILES / IMPORTS
    for name in _list_names(folder, _IMPORT) - set(kept):
        (folder / name).unlink()


def keep_means(settings: Settings, draft: Path) -> None:
    """What was computed from the market's own listings; the index itself is a copy and stays behind."""
    folder = settings.means_dir
    for name in _list_names(folder, _MEANS):
        _keep(folder / name, draft / FILES / INDEX / name)


@contextmanager
def placing_imports(backup: Path, settings: Settings, names: Collection[str]) -> Iterator[None]:
    """The files lie in their place before the database tells of them; where that fails, they go again."""
    before = list_imports(settings)
    placed: list[Path] = []
    try:
        for name in names:
            if name not in before:
                placed.append(settings.data_dir / IMPORTS / name)
                put_file(backup / FILES / IMPORTS / name, placed[-1])
        yield
    except BaseException:
        for path in placed:
            path.unlink(missing_ok=True)
        raise
    for name in before - set(names):  # of imports that the restored market does not know
        (settings.data_dir / IMPORTS / name).unlink(missing_ok=True)


def put_means(backup: Path, settings: Settings, names: Collection[str]) -> None:
    for name in names:
        put_file(backup / FILES / INDEX / name, settings.means_dir / name)


def put_file(source: Path, place: Path) -> None:
    """Under another name first: what lies in its place is whole."""
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f"{place.name}.draft")
    shutil.copyfile(source, draft)
    sync(draft)
    draft.replace(place)


def _keep(source: Path, target: Path) -> None:
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(source, target)
    except FileNotFoundError:
        target.unlink(missing_ok=True)


def _list_names(folder: Path, pattern: re.Pattern[str]) -> set[str]:
    return {path.name for path in folder.iterdir() if pattern.fullmatch(path.name)} if folder.is_dir() else set()
