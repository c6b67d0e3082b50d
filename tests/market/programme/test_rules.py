"""What an event makes of a conflict, and that what is stored is what there is."""

from collections.abc import Callable
from random import Random

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market.events.models import Commitment
from market.kernel.clock import utc_now
from market.kernel.errors import Faulty
from market.kernel.work import Work
from market.programme import queries
from market.programme.conflicts import CONFLICTS, find_conflicts
from market.programme.enums import Severity
from market.programme.models import Programme, StoredConflict
from market.programme.reactions import check_what_is_due
from market.programme.service import cancel_session
from tests.make.events import make_room, make_session, make_speaker
from tests.make.organizations import make_viewer
from tests.make.visitor import Visitor
from tests.market.programme.channels import decide
from tests.market.programme.fair import Fair
from tests.market.programme.stored import list_conflicts


def test_what_nobody_may_save_is_told_beside_its_field_and_nothing_is_saved(
    db: Session, fair: Fair, sign_in: Callable[..., Visitor]
) -> None:
    make_session(db, fair.event, by=fair.organizer, room=fair.room, title="First")
    decide(db, fair, room=Severity.BLOCK)
    fields = {
        "title": "Second", "kind": "talk", "state": "confirmed", "language": "en", "minutes": "60",
        "room": str(fair.room.id), "day": fair.event.starts_on.isoformat(), "start": "10:00",
    }  # fmt: skip

    answer = sign_in(fair.organizer).post(f"/en/manage{fair.address}/new", fields)

    assert answer.status_code == 422
    assert 'id="room-fault">Two sessions in one room at the same time' in answer.text
    assert queries.count_sessions(db, fair.event.id) == 1


def test_a_conflict_of_others_keeps_nobody_from_saving(db: Session, fair: Fair) -> None:
    for title in ("First", "Second"):
        make_session(db, fair.event, by=fair.organizer, room=fair.room, title=title)
    decide(db, fair, room=Severity.BLOCK)

    make_session(db, fair.event, by=fair.organizer, room=fair.room, title="Later", start="15:00")
    with pytest.raises(Faulty):
        make_session(db, fair.event, by=fair.organizer, room=fair.room, title="Third")


def test_what_an_event_ignores_is_not_told_and_blocks_no_release(
    db: Session, fair: Fair, sign_in: Callable[..., Visitor]
) -> None:
    for title in ("First", "Second"):
        make_session(db, fair.event, by=fair.organizer, room=fair.room, title=title)
    organizer = sign_in(fair.organizer)

    chosen = {"room": "ignore"}
    fields = {"travel_minutes": "10", "severities": [chosen.get(kind, "warn") for kind in CONFLICTS]}
    organizer.post(f"/en/manage{fair.address}/rules", fields)

    assert list_conflicts(db, fair.event) == []
    assert 'value="ignore" selected' in organizer.get(f"/en/manage{fair.address}/rules").text


def test_a_programme_that_was_never_checked_is_checked_by_the_worker(db: Session, fair: Fair, work: Work) -> None:
    for title in ("First", "Second"):
        make_session(db, fair.event, by=fair.organizer, room=fair.room, title=title)
    db.execute(update(Programme).values(checked_at=None))
    for row in db.scalars(select(StoredConflict)):
        db.delete(row)
    db.commit()

    check_what_is_due(work, utc_now())

    db.rollback()
    assert list_conflicts(db, fair.event) == [("room", "First", "Second", "Hall A")]


def test_what_is_stored_after_any_change_is_what_there_is(db: Session, fair: Fair) -> None:
    chance = Random(7)  # noqa: S311 - no secret
    viewer = make_viewer(db, fair.organizer)
    rooms = [fair.room, make_room(db, fair.event, by=fair.organizer, name="Hall B")]
    people = [make_speaker(db, fair.event, by=fair.organizer, name=name) for name in ("An", "Binh", "Chi")]
    made = []
    for number in range(14):
        start = f"{chance.randint(9, 12):02}:{chance.choice(('00', '30'))}"
        planned = make_session(
            db, fair.event, by=fair.organizer, room=chance.choice(rooms), title=f"Session {number}", start=start,
            day=chance.randint(1, 2), speakers=chance.sample(people, chance.randint(0, 2)),
        )  # fmt: skip
        made.append(planned)
        if chance.random() < 0.3:
            gone = made.pop(chance.randrange(len(made)))
            cancel_session(db, fair.event, gone, by=viewer, now=utc_now())
            db.commit()

        found = find_conflicts(fair.event, queries.list_plans(db, fair.event.id), day_change=0)
        told = [(row.kind, row.severity, row.session_id, row.other_id, row.name) for row in stored(db, fair)]
        assert told == [
            (one.kind, one.severity, one.session.id, one.other.id if one.other else None, one.name) for one in found
        ]
        bound = db.execute(select(Commitment.source_id, Commitment.bound_id)).all()
        assert sorted(map(tuple, bound)) == sorted((one.id, link.speaker_id) for one in made for link in one.speakers)
    assert len(stored(db, fair)) > 3


def stored(db: Session, fair: Fair) -> list[StoredConflict]:
    return list(queries.list_conflicts(db, fair.event.id, limit=1_000))
