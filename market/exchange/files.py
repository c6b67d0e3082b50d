"""Where files that were sent by a page lie until they are taken over."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import UUID

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
