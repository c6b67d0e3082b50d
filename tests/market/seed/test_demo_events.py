"""The demo's events: what an organizer and a visitor find there."""

import pytest
from sqlalchemy import func, select

from market.accounts.models import User
from market.events.models import Event
from market.kernel.db import Database
from market.programme.enums import ConflictKind
from market.programme.models import ProgrammeSession, SessionInterpreter, SessionMark, StoredConflict
from market.seed.stages import PARTNER

pytestmark = pytest.mark.xdist_group("seeded")

EXPO = "technology-exhibition-%"


def test_both_editions_have_sixty_sessions_in_three_days(seeded: Database) -> None:
    with seeded.reading() as session:
        counted = (
            select(Event.starts_on, Event.ends_on, func.count(ProgrammeSession.id))
            .join(ProgrammeSession, ProgrammeSession.event_id == Event.id)
            .where(Event.slug.like(EXPO))
            .group_by(Event.id)
        )
        assert [((last - first).days, number) for first, last, number in session.execute(counted)] == [(2, 60)] * 2


def test_nothing_of_the_demo_could_not_be_released(seeded: Database) -> None:
    with seeded.reading() as session:
        kinds = set(session.scalars(select(StoredConflict.kind)))
        assert kinds <= {ConflictKind.UNINTERPRETED}
        assert len(session.scalars(select(SessionInterpreter.language)).all()) > 200


def test_the_partners_schedule_is_what_can_be_heard_in_the_own_language(seeded: Database) -> None:
    with seeded.reading() as session:
        heard = (
            select(ProgrammeSession.language, ProgrammeSession.interpreted)
            .join(SessionMark, SessionMark.session_id == ProgrammeSession.id)
            .join(User, User.id == SessionMark.user_id)
            .where(User.email == PARTNER)
        )
        rows = session.execute(heard).all()
        assert len(rows) == 6
        assert all("vi" in (language, *interpreted.split()) for language, interpreted in rows)
