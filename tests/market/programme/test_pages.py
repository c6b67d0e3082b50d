"""What visitors see of a programme."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy.orm import Session

from market.kernel.clock import utc_now
from market.kernel.zones import find_wall
from market.programme import presenting
from market.programme.forms import SessionTextForm
from market.programme.service import write_session_words
from tests.make.accounts import make_user
from tests.make.events import make_event, make_release, make_room, make_session, make_speaker, make_track
from tests.make.listings import make_listing
from tests.make.organizations import make_viewer
from tests.make.reading import read_html
from tests.make.visitor import Visitor
from tests.market.programme.fair import Fair


def read_titles(response: Response) -> list[str]:
    return [
        item.find("a").text for day in read_html(response).find_all("section", css="day") for item in day.find_all("li")
    ]


def test_a_programme_is_narrowed_down_by_day_room_track_kind_and_language(
    db: Session, fair: Fair, visitor: Visitor
) -> None:
    by, event = fair.organizer, fair.event
    other, track = make_room(db, event, by=by, name="Hall B"), make_track(db, event, by=by)
    make_session(db, event, by=by, room=fair.room, title="First", kind="forum", interpreted=["th"])
    make_session(db, event, by=by, room=other, title="Second", track=track.id)
    make_session(db, event, by=by, room=other, title="Next day", day=2, language="vi")
    make_release(db, event, by=by)
    second_day = event.starts_on + timedelta(days=1)

    found = {
        query: read_titles(visitor.get(f"/en{fair.address}?{query}"))
        for query in (
            "", f"day={second_day}", f"room={other.id}", f"track={track.id}", "kind=forum", "speaks=th", "speaks=vi",
            f"day={second_day}&kind=forum",
        )
    }  # fmt: skip

    assert list(found.values()) == [
        ["First", "Second", "Next day"], ["Next day"], ["Second", "Next day"], ["Second"], ["First"], ["First"],
        ["Next day"], [],
    ]  # fmt: skip


@pytest.mark.parametrize("query", ["day=soon", "room=1", "track=x", "kind=dance", "speaks=xx"])
def test_what_no_form_of_ours_would_ask_is_refused(db: Session, fair: Fair, visitor: Visitor, query: str) -> None:
    make_session(db, fair.event, by=fair.organizer, room=fair.room)
    make_release(db, fair.event, by=fair.organizer)

    assert visitor.get(f"/en{fair.address}?{query}").status_code == 400


def test_titles_are_in_the_readers_language_else_in_english_else_in_their_own(
    db: Session, fair: Fair, visitor: Visitor
) -> None:
    planned = make_session(db, fair.event, by=fair.organizer, room=fair.room, title="木薯烘干", language="zh-Hans")
    viewer = make_viewer(db, fair.organizer)
    for language, title in (("en", "Drying cassava"), ("vi", "Sấy sắn")):
        words = SessionTextForm(title=title)
        write_session_words(db, fair.event, planned, words, language=language, by=viewer, now=utc_now())
    db.commit()
    make_release(db, fair.event, by=fair.organizer)

    shown = {language: read_titles(visitor.get(f"/{language}{fair.address}")) for language in ("zh-Hans", "vi", "th")}

    assert shown == {"zh-Hans": ["木薯烘干"], "vi": ["Sấy sắn"], "th": ["Drying cassava"]}


def test_what_is_shown_of_a_session_and_what_machines_read(db: Session, fair: Fair, visitor: Visitor) -> None:
    speaker = make_speaker(db, fair.event, by=fair.organizer, name="韦兰", name_en="Wei Lan", language="zh-Hans")
    listing = make_listing(db, by=make_user(db), texts={"en": "Drying kiln"})
    planned = make_session(
        db, fair.event, by=fair.organizer, room=fair.room, speakers=[speaker], listings=listing.reference,
        interpreted=["vi"], abstract="All about roots.",
    )  # fmt: skip
    make_release(db, fair.event, by=fair.organizer)

    page = read_html(visitor.get(f"/en{fair.address}/{planned.code}"))

    text = page.find("main").text
    assert [word in text for word in ("Wei Lan", "Hall A", "Vietnamese", "All about roots.", "Drying kiln")] == [
        True
    ] * 5
    described = json.loads(page.find("script", type="application/ld+json").raw_text)
    assert (described["@type"], described["startDate"][-6:], described["inLanguage"]) == (
        "Event",
        "+08:00",
        ["en", "vi"],
    )
    assert described["performer"] == [{"@type": "Person", "name": "Wei Lan"}]
    listed = read_html(visitor.get(f"/en/listings/{listing.reference}"))
    assert [link.text for link in listed.find_all("a") if link.attributes["href"].endswith(planned.code)] == [
        "Drying roots"
    ]


def test_an_address_of_a_mail_is_never_shown(db: Session, fair: Fair, visitor: Visitor) -> None:
    speaker = make_speaker(db, fair.event, by=fair.organizer, email="secret@example.org")
    planned = make_session(db, fair.event, by=fair.organizer, room=fair.room, speakers=[speaker])
    make_release(db, fair.event, by=fair.organizer)
    base = f"/en{fair.address}"

    texts = [
        visitor.get(address).text
        for address in (
            base, f"{base}/{planned.code}", f"{base}.xml", f"{base}.json", f"{base}.csv", f"{base}.ics",
            f"/api/v1{fair.address}",
        )
    ]  # fmt: skip

    assert [text for text in texts if "secret@example.org" in text] == []
    assert [text for text in texts if "Drying roots" not in text] == []


def test_what_is_on_now_is_said_while_the_event_is(
    db: Session, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    organizer, now = make_user(db, organizer=True), utc_now()
    wall = find_wall(now, "Asia/Shanghai")
    event = make_event(db, by=organizer, starts_on=wall.date(), ends_on=wall.date())
    room = make_room(db, event, by=organizer)
    minutes = wall.hour * 60 + wall.minute
    start = f"{max(minutes - 1, 0) // 60:02}:{max(minutes - 1, 0) % 60:02}"
    make_session(db, event, by=organizer, room=room, title="Going on", start=start, minutes=30)
    make_release(db, event, by=organizer)

    page = read_html(visitor.get(f"/en/events/{event.slug}/programme"))

    assert [link.text for link in page.find("section", css="on-now").find_all("a")] == ["Going on"]


def test_the_list_is_made_once_for_all_who_read_it(
    db: Session, fair: Fair, sign_in: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_session(db, fair.event, by=fair.organizer, room=fair.room)
    make_release(db, fair.event, by=fair.organizer)
    made: list[str] = []
    present = presenting.present_programme

    def note(*given: Any, **named: Any) -> presenting.ShownProgramme:
        made.append(named["language"])
        return present(*given, **named)

    monkeypatch.setattr(presenting, "present_programme", note)

    for person in (make_user(db), make_user(db)):
        sign_in(person).get(f"/en{fair.address}")
        sign_in(person).get(f"/vi{fair.address}")

    assert made == ["en", "vi"]


def test_programs_get_what_is_kept_until_a_word_changes(
    db: Session, fair: Fair, visitor: Visitor, count_queries: Callable[[], int]
) -> None:
    planned = make_session(db, fair.event, by=fair.organizer, room=fair.room)
    make_release(db, fair.event, by=fair.organizer)
    address = f"/api/v1{fair.address}?language=vi"
    visitor.get(address)
    count_queries()

    before = visitor.get(address)
    repeated = count_queries()
    words = SessionTextForm(title="Sấy rễ")
    viewer = make_viewer(db, fair.organizer)
    write_session_words(db, fair.event, planned, words, language="vi", by=viewer, now=utc_now())
    db.commit()
    after = visitor.get(address)

    assert repeated <= 5, "the event with its words, its programme, its release: no session"
    assert [answer.json()["items"][0]["title"] for answer in (before, after)] == ["Drying roots", "Sấy rễ"]
    assert before.headers["etag"] != after.headers["etag"]


def test_the_page_of_a_session_shows_its_listings_in_the_order_of_the_organizer(
    db: Session, fair: Fair, visitor: Visitor
) -> None:
    """Only those that are published: another one may be planned, and is told to the organizer alone."""
    references = [make_listing(db, by=make_user(db), texts={"en": title}).reference for title in ("Kiln", "Oven")]
    planned = make_session(
        db, fair.event, by=fair.organizer, room=fair.room, listings=f"{references[1]} {references[0]}"
    )
    make_release(db, fair.event, by=fair.organizer)

    page = read_html(visitor.get(f"/en{fair.address}/{planned.code}"))

    assert [card.find("h3").text for card in page.find_all("article", css="card")] == ["Oven", "Kiln"]
