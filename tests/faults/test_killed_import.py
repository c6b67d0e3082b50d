"""kill -9 of `market import listings`, again and again until it is through: all rows show, once, or none."""

import random
from pathlib import Path

import pytest
from sqlalchemy import func, select

from market.exchange.enums import RunState
from market.exchange.models import ImportRun
from market.kernel.db import Database
from market.listings.enums import ListingState
from market.listings.models import Listing, ListingText
from tests.faults.running import BOTH, Installation, count_rounds
from tests.make.imports import make_row, write_lines
from tests.make.stored import count_stored, read_stored

pytestmark = pytest.mark.faults

ROUNDS = 20
ROWS = 2_600
"""Six batches to check, two to take over."""

FEWEST_CHANGES, MOST_CHANGES = 8, 14
"""What the first command may change before it is killed: too little to take over at once. Each one after it may change
one thing more.
"""

MOST_KILLS = 60


def kill_until_done(installation: Installation, database: Database, path: Path) -> set[RunState]:
    """States in which the run was left. Nothing shows before the last one."""
    chance = random.Random(random.random())  # noqa: S311 - no secret
    fewest, left = chance.randint(FEWEST_CHANGES, MOST_CHANGES), list[RunState]()
    while RunState.DONE not in left:
        installation.die_at_change(fewest + len(left))
        killed = installation.run("import", "listings", path, "--publish")
        assert killed.returncode in (0, -9), killed.stderr
        left += read_stored(database, select(ImportRun.state).where(ImportRun.file_name == path.name))
        assert len(left) < MOST_KILLS
        if RunState.DONE not in left:
            hidden = select(func.count()).where(Listing.external_id.startswith(path.stem))
            hidden = hidden.where(Listing.state != ListingState.ARRIVING)
            assert read_stored(database, hidden) == [0]
    installation.die_at_change(None)
    return set(left)


@pytest.mark.parametrize("installation", BOTH, indirect=True)
def test_an_import_that_is_killed_again_and_again_ends_with_every_row_once(installation: Installation) -> None:
    rounds = count_rounds(ROUNDS)
    with installation.database() as database:
        for number in range(rounds):
            name = f"round{number}"
            rows = [make_row(place, id=f"{name}-{place}") for place in range(ROWS)]
            path = write_lines(installation.folder, rows, f"{name}.jsonl")

            left = kill_until_done(installation, database, path)

            assert left - {RunState.CHECKED} == {RunState.CHECKING, RunState.TAKING_OVER, RunState.DONE}
            assert count_stored(database, ImportRun, Listing, ListingText) == [number + 1] + [ROWS * (number + 1)] * 2
        assert read_stored(database, select(func.count(Listing.external_id.distinct()))) == [ROWS * rounds]
        assert read_stored(database, select(Listing.state).distinct()) == [ListingState.PUBLISHED]
    assert installation.run("import", "listings", path, "--publish", "--json").returncode == 0
