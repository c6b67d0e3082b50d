"""The demo's table of a centre: checked like any other, and waiting for somebody to confirm it."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from market.accounts.models import User
from market.exchange.models import ImportRun
from market.kernel.config import Settings
from market.kernel.db import Database
from market.seed.imports import seed_import
from market.seed.stages import BROKER, Stage, seed_market
from tests.make.reading import read_html
from tests.make.visitor import Visitor

pytestmark = pytest.mark.xdist_group("seeded")


def test_the_table_waits_with_a_row_refused_and_one_repaired(
    settings: Settings, database: Database, sign_in: Callable[..., Visitor], deliver: Callable[[], None]
) -> None:
    seed_market(database, Stage.LISTINGS, show=lambda _done, _whole: None)
    seed_import(database, settings, BROKER)

    deliver()

    with database.reading() as session:
        run = session.scalars(select(ImportRun)).one()
        broker = session.scalars(select(User).where(User.email == BROKER)).one()
    assert (run.state, run.counts["new"], run.counts["refused"], run.counts["repaired"]) == ("checked", 4, 1, 1)
    page = sign_in(broker).get(f"/zh-Hans/account/imports/{run.id}")
    assert page.status_code == 200
    assert read_html(page).find_all("form")


def test_where_nobody_is_a_centres_member_nothing_is_sent(settings: Settings, database: Database) -> None:
    seed_import(database, settings, "nobody@demo.example")

    with database.reading() as session:
        assert session.scalars(select(ImportRun)).all() == []
