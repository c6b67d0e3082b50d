"""A file becomes a working copy: whole or not at all, the same event again and again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.events.models import Event
from market.kernel.clock import utc_now
from market.programme import queries
from market.programme.enums import SessionKind, SessionState
from market.programme.exporting import Addresses, export_programme
from market.programme.formats.neutral import FilePerson, FileProgramme, FileSession
from market.programme.takeover import Taken, UnusableProgramme, take_over_programme
from tests.make.accounts import make_user
from tests.make.events import make_event, make_release, make_room, make_session
from tests.make.organizations import make_viewer
from tests.make.visitor import Visitor

WEI = FilePerson("Wei Lan", UUID(int=7), 7, "Dries roots.")


def make_file_session(number: int, /, **changes: Any) -> FileSession:
    usual: dict[str, Any] = {
        "guid": UUID(int=number), "number": number, "title": f"Talk {number}", "room": "Hall A",
        "starts_at": datetime(2027, 3, 1, 8 + number), "minutes": 45, "language": "en",  # noqa: DTZ001 - on a wall
    }  # fmt: skip
    return FileSession(**usual | changes)


def make_file(*sessions: FileSession, **changes: Any) -> FileProgramme:
    usual: dict[str, Any] = {
        "acronym": "kilns27", "title": "Kilns", "starts_on": date(2027, 3, 1), "ends_on": date(2027, 3, 2),
        "zone": "Asia/Bangkok", "sessions": sessions or (make_file_session(1, persons=(WEI,)), make_file_session(2)),
    }  # fmt: skip
    return FileProgramme(**usual | changes)


@pytest.fixture
def organizer(db: Session) -> User:
    return make_user(db, organizer=True)


@pytest.fixture
def take(db: Session, organizer: User) -> Callable[..., Taken]:
    def take(programme: FileProgramme) -> Taken:
        taken = take_over_programme(db, programme, by=make_viewer(db, organizer), now=utc_now())
        db.commit()
        return taken

    return take


def list_titles(db: Session, event: Event) -> list[tuple[str, str]]:
    return [
        (planned.texts[planned.language].title, planned.state.value) for planned in queries.list_sessions(db, event.id)
    ]


def test_a_file_becomes_an_event_that_its_organizer_alone_sees(
    db: Session, organizer: User, take: Callable[..., Taken], visitor: Visitor, sign_in: Callable[..., Visitor]
) -> None:
    event = take(make_file()).event

    pages = [one.get(f"/en/events/{event.slug}").status_code for one in (visitor, sign_in(organizer))]
    assert pages == [404, 200]
    assert (event.slug, event.zone, event.starts_on) == ("kilns27-2027", "Asia/Bangkok", date(2027, 3, 1))
    assert list_titles(db, event) == [("Talk 1", "confirmed"), ("Talk 2", "confirmed")]


def test_the_same_file_again_changes_nothing(db: Session, take: Callable[..., Taken]) -> None:
    first = take(make_file())
    kept = queries.find_programme(db, first.event.id)
    assert kept is not None
    version = kept.version

    again = take(make_file())

    assert (again.event.id, again.has_changed) == (first.event.id, False)
    assert kept.version == version


def test_a_newer_file_changes_what_differs(db: Session, take: Callable[..., Taken]) -> None:
    event = take(make_file()).event
    codes = {planned.guid: planned.code for planned in queries.list_sessions(db, event.id)}
    moved = make_file_session(2, title="Talk two", room="Hall B", starts_at=datetime(2027, 3, 2, 9))  # noqa: DTZ001 - on a wall

    taken = take(make_file(make_file_session(1, persons=(WEI,)), moved, make_file_session(3)))

    planned = {one.guid: one for one in queries.list_sessions(db, event.id)}
    second = planned[UUID(int=2)]
    assert taken.has_changed
    assert (second.texts["en"].title, second.room and second.room.name) == ("Talk two", "Hall B")
    assert {guid: planned[guid].code for guid in codes} == codes
    assert len(planned) == 3


def test_what_a_newer_file_leaves_out_is_called_off_once_it_was_shown(
    db: Session, organizer: User, take: Callable[..., Taken]
) -> None:
    event = take(make_file()).event
    make_release(db, event, by=organizer)
    take(make_file(make_file_session(1, persons=(WEI,)), make_file_session(2), make_file_session(3)))

    take(make_file(make_file_session(1, persons=(WEI,))))

    assert list_titles(db, event) == [("Talk 1", "confirmed"), ("Talk 2", "cancelled")]


def test_numbers_may_change_places(db: Session, take: Callable[..., Taken]) -> None:
    event = take(make_file(make_file_session(1), make_file_session(2))).event

    take(make_file(make_file_session(1, number=2), make_file_session(2, number=1)))

    numbers = {one.guid: one.number for one in queries.list_sessions(db, event.id)}
    assert numbers == {UUID(int=1): 2, UUID(int=2): 1}


def test_what_an_organizer_added_by_hand_gives_its_number_up(db: Session, take: Callable[..., Taken]) -> None:
    event = take(make_file(make_file_session(1))).event
    own = queries.list_sessions(db, event.id)[0]
    own.guid = uuid4()
    db.commit()

    take(make_file(make_file_session(1)))

    assert sorted(one.number for one in queries.list_sessions(db, event.id)) == [1]


def test_a_session_after_midnight_stays_with_its_evening(db: Session, take: Callable[..., Taken]) -> None:
    late = make_file_session(1, starts_at=datetime(2027, 3, 3, 1))  # noqa: DTZ001 - on a wall

    event = take(make_file(late, day_change=240)).event

    assert (event.starts_on, event.ends_on) == (date(2027, 3, 1), date(2027, 3, 2))


def test_an_event_is_as_long_as_its_sessions_ask_for(take: Callable[..., Taken]) -> None:
    late = make_file_session(1, starts_at=datetime(2027, 3, 5, 10))  # noqa: DTZ001 - on a wall

    assert take(make_file(late)).event.ends_on == date(2027, 3, 5)


@pytest.mark.parametrize(
    "programme",
    [
        make_file(make_file_session(1), make_file_session(2, starts_at=datetime(2027, 9, 1, 9))),  # noqa: DTZ001 - on a wall
        replace(make_file(), sessions=()),
    ],
    ids=["months apart", "no session"],
)
def test_what_cannot_be_an_event_is_refused_whole(
    db: Session, take: Callable[..., Taken], programme: FileProgramme
) -> None:
    with pytest.raises(UnusableProgramme):
        take(programme)

    db.rollback()
    assert queries.find_programme_by_key(db, "kilns27") is None


def test_kinds_of_files_become_ours_and_go_out_as_they_came(
    db: Session, organizer: User, take: Callable[..., Taken]
) -> None:
    event = take(make_file(make_file_session(1, kind="lecture"), make_file_session(2, kind="Panel"))).event
    make_release(db, event, by=organizer)

    kinds = [one.kind for one in queries.list_sessions(db, event.id)]
    assert kinds == [SessionKind.TALK, SessionKind.FORUM]
    assert [one.kind for one in export(db, event).sessions] == ["lecture", "Panel"]


def export(db: Session, event: Event) -> FileProgramme:
    programme = queries.find_programme(db, event.id)
    assert programme is not None
    addresses = Addresses("https://m.example", "https://m.example/p", lambda code: f"https://m.example/p/{code}")
    return export_programme(db, event, programme, language="en", addresses=addresses).programme


def test_what_is_exported_and_taken_in_again_is_the_same(
    db: Session, organizer: User, take: Callable[..., Taken]
) -> None:
    event = take(make_file(make_file_session(1, persons=(WEI,), track="Roots"), make_file_session(2))).event
    make_release(db, event, by=organizer)
    first = export(db, event)

    taken = take(first)

    assert (taken.event.id, taken.has_changed) == (event.id, False)
    assert [one.state for one in queries.list_sessions(db, event.id)] == [SessionState.CONFIRMED] * 2
    assert [person.name for one in first.sessions for person in one.persons] == ["Wei Lan"]


def test_an_event_that_was_planned_here_is_known_again_by_its_sessions(
    db: Session, organizer: User, take: Callable[..., Taken]
) -> None:
    event = make_event(db, by=organizer)
    make_session(db, event, by=organizer, room=make_room(db, event, by=organizer))
    make_release(db, event, by=organizer)

    taken = take(export(db, event))

    assert (taken.event.id, [one.texts["en"].title for one in queries.list_sessions(db, event.id)]) == (
        event.id, ["Drying roots"]
    )  # fmt: skip


def test_a_file_that_corrects_a_name_is_seen_at_once(db: Session, take: Callable[..., Taken]) -> None:
    event = take(make_file()).event
    kept = queries.find_programme(db, event.id)
    assert kept is not None
    version = kept.version

    corrected = replace(WEI, name="Wei Lan-Fang")
    again = take(make_file(make_file_session(1, persons=(corrected,)), make_file_session(2)))

    assert again.has_changed
    assert kept.version > version


def test_words_are_seen_at_once_also_where_the_file_lacks_a_session_that_was_called_off(
    db: Session, organizer: User, take: Callable[..., Taken]
) -> None:
    event = take(make_file()).event
    make_release(db, event, by=organizer)
    take(make_file(make_file_session(1)))
    kept = queries.find_programme(db, event.id)
    assert kept is not None
    version = kept.version

    again = take(make_file(make_file_session(1, title="Talk one")))

    assert again.has_changed
    assert kept.version > version
