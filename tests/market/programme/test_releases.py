"""What a release shows, what it changes, and who hears of it."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.events.models import Event
from market.kernel.clock import utc_now
from market.notifications.models import Mail
from market.programme import queries, released
from market.programme.enums import SessionState
from market.programme.forms import SessionForm
from market.programme.models import ProgrammeSession, Release, ReleasedSlot
from market.programme.releasing import NothingChanged, ReleaseBlocked
from market.programme.service import cancel_session, edit_session
from tests.make.accounts import make_user
from tests.make.events import make_release, make_session, make_speaker
from tests.make.organizations import make_viewer
from tests.make.reading import read_html
from tests.make.visitor import Visitor
from tests.market.programme.fair import Fair


def move(db: Session, fair: Fair, planned: ProgrammeSession, *, start: str, title: str = "") -> None:
    text = planned.texts[planned.language]
    form = SessionForm(
        title=title or text.title, kind=planned.kind, state=planned.state, language=planned.language,
        room=planned.room_id, day=fair.event.starts_on, start=start, minutes=planned.minutes,
        speakers=[link.speaker_id for link in planned.speakers], interpreted=[],
    )  # fmt: skip
    viewer = make_viewer(db, fair.organizer)
    edit_session(db, fair.event, planned, form, version=planned.version, by=viewer, now=utc_now())
    db.commit()


def cancel(db: Session, fair: Fair, planned: ProgrammeSession) -> None:
    cancel_session(db, fair.event, planned, by=make_viewer(db, fair.organizer), now=utc_now())
    db.commit()


def read_slots(db: Session, release: Release) -> dict[str, tuple[str, int, bool]]:
    """Title → (start, sequence, whether it was called off)."""
    slots = db.scalars(select(ReleasedSlot).where(ReleasedSlot.release_id == release.id)).all()
    titles = released.map_titles(db, release.id, language="en")
    return {titles[slot.session_id][1]: (f"{slot.starts_at:%H:%M}", slot.sequence, slot.is_cancelled) for slot in slots}


def read_titles(visitor: Visitor, event: Event) -> list[str]:
    page = read_html(visitor.get(f"/en/events/{event.slug}/programme"))
    return [item.find("a").text for day in page.find_all("section", css="day") for item in day.find_all("li")]


def test_nothing_is_seen_before_it_is_released(db: Session, fair: Fair, visitor: Visitor) -> None:
    shown = make_session(db, fair.event, by=fair.organizer, room=fair.room)
    address = f"/en/events/{fair.event.slug}/programme"
    before = [visitor.get(path).status_code for path in (address, f"{address}/{shown.code}", f"{address}.ics")]

    make_release(db, fair.event, by=fair.organizer)
    late = make_session(db, fair.event, by=fair.organizer, room=fair.room, start="14:00", title="Late")

    after = [visitor.get(path).status_code for path in (address, f"{address}/{shown.code}", f"{address}.ics")]
    assert (before, after) == ([404] * 3, [200] * 3)
    assert visitor.get(f"{address}/{late.code}").status_code == 404
    assert read_titles(visitor, fair.event) == ["Drying roots"]


def test_only_confirmed_sessions_with_a_place_are_released_and_never_a_blocker(db: Session, fair: Fair) -> None:
    make_session(db, fair.event, by=fair.organizer, room=fair.room, title="Shown")
    make_session(db, fair.event, by=fair.organizer, room=fair.room, title="Draft", start="11:00", state="draft")
    make_session(db, fair.event, by=fair.organizer, room=fair.room, title="Kept free", start="12:00", kind="blocker")
    make_session(db, fair.event, by=fair.organizer, title="Without a place")

    release = make_release(db, fair.event, by=fair.organizer)

    assert read_slots(db, release) == {"Shown": ("09:30", 0, False)}
    assert release.counts == {"new": 1, "moved": 0, "cancelled": 0}


def test_a_release_says_what_is_new_moved_and_cancelled(db: Session, fair: Fair) -> None:
    titles = ("Stays", "Moves", "Falls out")
    made = {
        title: make_session(db, fair.event, by=fair.organizer, room=fair.room, title=title, start=f"{9 + place}:00")
        for place, title in enumerate(titles)
    }
    make_release(db, fair.event, by=fair.organizer)
    make_session(db, fair.event, by=fair.organizer, room=fair.room, title="Comes", start="16:00")
    move(db, fair, made["Moves"], start="15:00")
    cancel(db, fair, made["Falls out"])

    release = make_release(db, fair.event, by=fair.organizer)

    changes = {
        change.session_id: (change.kind, change.old_starts_at, change.new_starts_at)
        for change in queries.list_changes(db, release.id)
    }
    day = fair.event.starts_on
    assert release.counts == {"new": 1, "moved": 1, "cancelled": 1}
    assert [kind for kind, _old, _new in changes.values()] == ["cancelled", "moved", "new"]
    kind, old, new = changes[made["Moves"].id]
    assert (kind, f"{old:%Y-%m-%d %H:%M}", f"{new:%H:%M}") == ("moved", f"{day} 10:00", "15:00")
    assert read_slots(db, release) == {
        "Stays": ("09:00", 0, False), "Moves": ("15:00", 1, False), "Falls out": ("11:00", 1, True),
        "Comes": ("16:00", 0, False),
    }  # fmt: skip


def test_what_was_called_off_stays_called_off_in_later_releases(db: Session, fair: Fair) -> None:
    gone = make_session(db, fair.event, by=fair.organizer, room=fair.room, title="Falls out")
    make_release(db, fair.event, by=fair.organizer)
    cancel(db, fair, gone)
    make_release(db, fair.event, by=fair.organizer)
    make_session(db, fair.event, by=fair.organizer, room=fair.room, title="Comes", start="16:00")

    release = make_release(db, fair.event, by=fair.organizer)

    assert release.counts == {"new": 1, "moved": 0, "cancelled": 0}
    assert read_slots(db, release)["Falls out"] == ("09:30", 1, True)


def test_one_that_comes_back_is_new_again_and_counts_on(db: Session, fair: Fair) -> None:
    planned = make_session(db, fair.event, by=fair.organizer, room=fair.room, title="Comes back")
    make_release(db, fair.event, by=fair.organizer)
    cancel(db, fair, planned)
    make_release(db, fair.event, by=fair.organizer)
    planned.state = SessionState.CONFIRMED
    db.commit()

    release = make_release(db, fair.event, by=fair.organizer)

    assert release.counts == {"new": 1, "moved": 0, "cancelled": 0}
    assert read_slots(db, release) == {"Comes back": ("09:30", 2, False)}


def test_a_session_that_nobody_has_seen_is_simply_gone(db: Session, fair: Fair) -> None:
    planned = make_session(db, fair.event, by=fair.organizer, room=fair.room)

    cancel(db, fair, planned)

    assert queries.list_sessions(db, fair.event.id) == []


def test_where_nothing_has_changed_nothing_is_released(db: Session, fair: Fair) -> None:
    make_session(db, fair.event, by=fair.organizer, room=fair.room)
    make_release(db, fair.event, by=fair.organizer)

    with pytest.raises(NothingChanged):
        make_release(db, fair.event, by=fair.organizer)


def test_two_sessions_in_one_room_block_a_release(db: Session, fair: Fair, sign_in: Callable[..., Visitor]) -> None:
    make_session(db, fair.event, by=fair.organizer, room=fair.room, title="First")
    make_session(db, fair.event, by=fair.organizer, room=fair.room, title="Second", start="10:00")
    organizer = sign_in(fair.organizer)
    address = f"/en/manage/events/{fair.event.slug}/programme/releases"

    with pytest.raises(ReleaseBlocked):
        make_release(db, fair.event, by=fair.organizer)

    page = read_html(organizer.get(address))
    assert "Two sessions in one room at the same time" in page.find("div", css="bad").text
    assert [form for form in page.find_all("form") if form.attributes.get("action") == address] == []


def test_words_are_seen_at_once_and_times_with_the_next_release(
    db: Session, fair: Fair, sign_in: Callable[..., Visitor]
) -> None:
    planned = make_session(db, fair.event, by=fair.organizer, room=fair.room, title="Drying rots")
    make_release(db, fair.event, by=fair.organizer)
    reader = sign_in(make_user(db))
    assert read_titles(reader, fair.event) == ["Drying rots"]

    move(db, fair, planned, start="15:00", title="Drying roots")

    assert read_titles(reader, fair.event) == ["Drying roots"]
    page = reader.get(f"/en/events/{fair.event.slug}/programme").text
    assert ("<time>09:30</time>" in page, "<time>15:00</time>" in page) == (True, False)


# Who is told ----------------------------------------------------------------------------------------------------------


def list_mails(db: Session) -> list[tuple[str, str]]:
    return [(mail.recipient, mail.language) for mail in db.scalars(select(Mail).order_by(Mail.recipient))]


def test_each_speaker_is_told_once_of_all_changes_in_the_own_language(
    db: Session, fair: Fair, deliver: Callable[[], None]
) -> None:
    account = make_user(db, email="lan@example.org", language="vi")
    lan = make_speaker(db, fair.event, by=fair.organizer, name="Lan", email=account.email, language="en")
    mai = make_speaker(db, fair.event, by=fair.organizer, name="Mai", email="mai@example.org", language="th")
    mute = make_speaker(db, fair.event, by=fair.organizer, name="Without an address")
    for place in range(2):
        make_session(
            db, fair.event, by=fair.organizer, room=fair.room, title=f"Talk {place}", start=f"{9 + place * 2}:00",
            speakers=[lan, mute],
        )  # fmt: skip
    make_session(db, fair.event, by=fair.organizer, room=fair.room, title="Other", start="15:00", speakers=[mai])

    make_release(db, fair.event, by=fair.organizer)
    deliver()
    deliver()

    assert list_mails(db) == [("lan@example.org", "vi"), ("mai@example.org", "th")]
    told = db.scalars(select(Mail).where(Mail.recipient == "lan@example.org")).one()
    assert ("Talk 0" in told.body, "Talk 1" in told.body, "Other" in told.body) == (True, True, False)


def test_who_speaks_in_a_moved_or_cancelled_session_is_told_and_nobody_else(
    db: Session, fair: Fair, deliver: Callable[[], None]
) -> None:
    people = [
        make_speaker(db, fair.event, by=fair.organizer, name=name, email=f"{name.lower()}@example.org")
        for name in ("Moved", "Cancelled", "Same")
    ]
    made = [
        make_session(
            db, fair.event, by=fair.organizer, room=fair.room, title=person.name, start=f"{9 + place}:30",
            speakers=[person],
        )
        for place, person in enumerate(people)
    ]  # fmt: skip
    make_release(db, fair.event, by=fair.organizer)
    deliver()
    before = len(list_mails(db))
    move(db, fair, made[0], start="16:00")
    cancel(db, fair, made[1])

    make_release(db, fair.event, by=fair.organizer)
    deliver()

    told = db.scalars(select(Mail).order_by(Mail.created_at)).all()[before:]
    assert sorted(mail.recipient for mail in told) == ["cancelled@example.org", "moved@example.org"]
    bodies = {mail.recipient: mail.body for mail in told}
    assert "16:00" in bodies["moved@example.org"]
    assert "Cancelled. It was on" in bodies["cancelled@example.org"]
