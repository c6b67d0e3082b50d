"""What organizers do to the working copy of a programme on its pages."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from market.programme import queries
from tests.make.accounts import make_user
from tests.make.events import make_room, make_session, make_speaker, make_track
from tests.make.listings import make_listing
from tests.make.reading import read_html, read_rows
from tests.make.visitor import Visitor
from tests.market.programme.fair import Fair


def fill_session(**changes: str | list[str]) -> dict[str, str | list[str]]:
    usual: dict[str, str | list[str]] = {
        "title": "Drying leaves", "kind": "talk", "state": "confirmed", "language": "en", "minutes": "45",
    }  # fmt: skip
    return usual | changes


def test_a_session_is_planned_with_all_that_belongs_to_it(
    db: Session, fair: Fair, sign_in: Callable[..., Visitor]
) -> None:
    speaker, track = make_speaker(db, fair.event, by=fair.organizer), make_track(db, fair.event, by=fair.organizer)
    listing = make_listing(db, by=make_user(db))
    fields = fill_session(
        day=fair.event.starts_on.isoformat(), start="9:30", room=str(fair.room.id), track=str(track.id),
        speakers=[str(speaker.id)], listings=listing.reference.lower(), interpreted=["vi", "en"], capacity="40",
    )  # fmt: skip

    answer = sign_in(fair.organizer).post(f"/en/manage{fair.address}/new", fields)

    planned = queries.list_sessions(db, fair.event.id)[0]
    assert answer.url.path == f"/en/manage{fair.address}"
    assert (f"{planned.starts_at:%H:%M}", planned.minutes, planned.capacity) == ("09:30", 45, 40)
    assert (planned.room_id, planned.track_id, planned.interpreted_into) == (fair.room.id, track.id, ["vi"])
    assert [link.listing.reference for link in planned.listings] == [listing.reference]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("title", "\u200b\u200b", "Please fill in this field."),
        ("start", "25:00", "Please write a time like 09:30."),
        ("minutes", "1441", "This must be at most 1440."),
        ("minutes", "0", "This must be at least 1."),
        ("day", "2027-13-01", "Please write a date like 2027-03-31."),
        ("day", "9999-12-31", "Please write a date like 2027-03-31."),
        ("listings", "TO-CN-222222", "There is no published listing TO-CN-222222."),
        ("listings", "kiln", "Please write references like TO-CN-7F3K9Q, one a line."),
        ("room", "6f6a7f0e-5a0b-4f6e-9d8a-2b1c3d4e5f60", "Please choose one of the values offered."),
    ],
    ids=["title", "start", "long", "short", "day", "far", "listing", "reference", "room"],
)
def test_what_is_wrong_is_told_beside_the_field_and_nothing_is_planned(
    db: Session, fair: Fair, sign_in: Callable[..., Visitor], field: str, value: str, sentence: str
) -> None:
    day = fair.event.starts_on.isoformat()
    fields = fill_session(day=day, start="09:30", room=str(fair.room.id)) | {field: value}

    answer = sign_in(fair.organizer).post(f"/en/manage{fair.address}/new", fields)

    assert answer.status_code == 422
    assert read_html(answer).find("p", id=f"{field}-fault").text == sentence
    assert queries.list_sessions(db, fair.event.id) == []


def test_a_day_without_a_time_and_a_time_without_a_day_are_asked_about(
    fair: Fair, sign_in: Callable[..., Visitor]
) -> None:
    organizer, day = sign_in(fair.organizer), fair.event.starts_on.isoformat()

    answers = [
        organizer.post(f"/en/manage{fair.address}/new", fill_session(**one))
        for one in ({"day": day}, {"start": "09:30"})
    ]

    faults = [read_html(answer).find("p", css="fault").text for answer in answers]
    assert faults == ["Please write when it starts.", "Please choose the day too."]


def test_of_two_editors_the_second_is_told_what_differs(
    db: Session, fair: Fair, sign_in: Callable[..., Visitor]
) -> None:
    planned = make_session(db, fair.event, by=fair.organizer, room=fair.room)
    organizer, version = sign_in(fair.organizer), str(planned.version)
    address = f"/en/manage{fair.address}/{planned.code}"
    place = {"room": str(fair.room.id), "day": fair.event.starts_on.isoformat(), "start": "09:30", "minutes": "60"}
    organizer.post(address, fill_session(title="First", interpreted=["vi"], _version=version, **place))

    answer = organizer.post(
        address, fill_session(title="Second", kind="forum", _version=version, **place | {"room": ""})
    )

    assert answer.status_code == 409
    assert read_rows(answer) == [
        ["Title", "Second", "First"], ["Kind of session", "Forum", "Talk"], ["Interpreted into", "", "Vietnamese"],
        ["Room", "", "Hall A"],
    ]  # fmt: skip
    db.expire_all()
    assert [one.texts["en"].title for one in queries.list_sessions(db, fair.event.id)] == ["First"]


def test_a_room_in_use_stays(db: Session, fair: Fair, sign_in: Callable[..., Visitor]) -> None:
    make_session(db, fair.event, by=fair.organizer, room=fair.room)
    free = make_room(db, fair.event, by=fair.organizer, name="Hall B")
    organizer = sign_in(fair.organizer)

    answers = [
        organizer.post(f"/en/manage{fair.address}/rooms/remove", {"id": str(room.id)}).status_code
        for room in (fair.room, free)
    ]

    assert answers == [409, 200]
    assert [room.name for room in queries.list_rooms(db, fair.event.id)] == ["Hall A"]
