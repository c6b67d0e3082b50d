"""The calendar of events for calendar programs (RFC 5545): another program reads it as we wrote it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from sqlalchemy import update
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.events.models import EventText
from market.kernel.text import clean_line, clean_text, says_something
from market.web.rendering import Renderer
from tests.make.events import NEXT_MONTH, make_event
from tests.make.reading import read_form, read_html
from tests.make.visitor import Visitor
from tests.market.events.making import FAIR, call_off, plan, read_calendar

ADDRESS = "/en/events.ics"
BURMESE = "တရုတ်နှင့် အာဆီယံနိုင်ငံများ၏ နည်းပညာပြပွဲကြီး၊ စက်မှုဇုန် " * 3
ANY_TEXT = st.text(
    st.one_of(st.characters(), st.sampled_from('\\;,:nN"^\r\n\t\x0b\x85\u2028\ufeff热🍌\u0e01\u0301 ')), max_size=120
)


def read_entry(visitor: Visitor) -> dict[str, object]:
    (entry,) = read_calendar(visitor.get(ADDRESS))
    return entry


def edit(browser: Visitor, slug: str, **changes: str) -> None:
    form = read_form(browser.get(f"/en/manage/events/{slug}/edit"), "/edit")
    browser.post(form.address, form.filled(changes))


def test_a_calendar_program_gets_whole_days_with_all_that_it_knows_of(
    browser: Visitor, visitor: Visitor, db: Session
) -> None:
    slug = plan(browser).url.path.rpartition("/")[2]
    browser.post(f"/en/manage/events/{slug}/state", {"state": "announced"})

    answer = visitor.get(ADDRESS)

    (entry,) = read_calendar(answer)
    uid, stamp = str(entry.pop("UID")), entry.pop("DTSTAMP")
    assert entry.pop("LAST-MODIFIED") == stamp
    assert uid.endswith("@127.0.0.1")
    assert entry == {
        "SEQUENCE": 1,
        "DTSTART": date(2027, 9, 17),
        "DTEND": date(2027, 9, 20),
        "SUMMARY": FAIR["title"],
        "LOCATION": "Hall at the lake, Nanning",
        "URL": f"http://127.0.0.1:8000/en/events/{slug}",
        "STATUS": "CONFIRMED",
        "DESCRIPTION": FAIR["summary"],
    }
    assert answer.headers["content-type"].split(";")[0] == "text/calendar"


@pytest.mark.parametrize("code", ["en", "zh-Hans", "my", "km"])
def test_the_calendar_is_named_and_worded_in_the_language_of_its_address(
    db: Session, visitor: Visitor, renderer: Renderer, code: str
) -> None:
    make_event(db, texts={"en": "Drying fair", "my": BURMESE, "zh-Hans": "干燥展"})

    calendar = Calendar.from_ical(visitor.get(f"/{code}/events.ics").content)

    said = {"en": "Drying fair", "zh-Hans": "干燥展", "my": BURMESE.strip(), "km": "Drying fair"}
    assert [str(entry["SUMMARY"]) for entry in calendar.walk("VEVENT")] == [said[code]]
    assert str(calendar["X-WR-CALNAME"]) == renderer.reader(code).gettext("China–ASEAN Technology Market")
    assert (calendar["VERSION"], calendar["METHOD"]) == ("2.0", "PUBLISH")


def test_lines_end_and_are_broken_as_calendar_programs_ask_for(db: Session, visitor: Visitor) -> None:
    make_event(db, texts={"my": BURMESE}, summary="ပြပွဲ " * 60)

    lines = visitor.get(ADDRESS).content.split(b"\r\n")

    assert [line for line in lines if len(line) > 75 or b"\n" in line or b"\r" in line] == []
    assert [line.decode() for line in lines][-1] == ""


@pytest.mark.parametrize(
    "title",
    [
        "a, b; c",
        "C:\\New, C:\\now",
        "a\\, b\\; c\\n",
        '"Kilns": 50 %',
        "BEGIN:VEVENT",
        BURMESE.strip(),
        "一" * 200,
        "🍌" * 40,
    ],
    ids=["separators", "backslashes", "escapes", "quotes", "a component", "Burmese", "Chinese", "fruit"],
)
def test_a_title_is_read_as_it_was_written(db: Session, visitor: Visitor, title: str) -> None:
    make_event(db, texts={"en": title}, city=title[:80], summary=f"{title}\r\n\r\n{title}")

    entry = read_entry(visitor)

    assert (entry["SUMMARY"], entry["LOCATION"]) == (title, title[:80].strip())
    assert entry["DESCRIPTION"] == f"{title}\n\n{title}"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=ANY_TEXT, summary=ANY_TEXT)
@example(title="C:\\New", summary="\\N\\n\\;\\,")
def test_any_words_that_a_form_takes_are_read_as_they_were_written(
    db: Session, visitor: Visitor, title: str, summary: str
) -> None:
    title, summary = clean_line(title), clean_text(summary)
    assume(says_something(title))
    event = db.query(EventText).first() or make_event(db).texts["en"]
    db.execute(update(EventText).where(EventText.event_id == event.event_id).values(title=title, summary=summary))
    db.commit()

    entry = read_entry(visitor)

    assert (entry["SUMMARY"], entry.get("DESCRIPTION", "")) == (" ".join(title.split()), summary)


def test_an_edited_event_stays_the_same_entry_with_a_higher_number(
    db: Session, lan: User, browser: Visitor, visitor: Visitor
) -> None:
    event = make_event(db, by=lan)
    entries = [read_entry(visitor)]
    for changes in ({"venue": "Hall 2"}, {"starts_on": str(NEXT_MONTH + timedelta(days=1))}, {"website": ""}):
        edit(browser, event.slug, **changes)
        entries.append(read_entry(visitor))
    browser.post(f"/en/manage/events/{event.slug}/state", {"state": "open"})
    entries.append(read_entry(visitor))

    assert [entry["SEQUENCE"] for entry in entries] == [1, 2, 3, 3, 4]
    assert len({entry["UID"] for entry in entries}) == 1
    stamps = [entry["DTSTAMP"] for entry in entries]
    assert stamps == sorted(stamps)  # type: ignore[type-var] # they are instants
    assert entries[-1]["DTSTART"] == NEXT_MONTH + timedelta(days=1)


def test_the_file_has_what_is_announced_and_to_come_and_follows_the_filters(
    db: Session, lan: User, visitor: Visitor, browser: Visitor
) -> None:
    today = datetime.now(UTC).date()
    make_event(db, by=lan, texts={"en": "Planned"}, planned=True)
    make_event(db, by=lan, texts={"en": "Over"}, starts_on=today - timedelta(days=9))
    make_event(db, by=lan, texts={"en": "Talks"}, kind="conference", starts_on=NEXT_MONTH + timedelta(days=1))
    make_event(db, by=lan, texts={"en": "Vietnam"}, country="VN", starts_on=NEXT_MONTH + timedelta(days=2))
    call_off(db, make_event(db, by=lan, texts={"en": "Called off"}, starts_on=NEXT_MONTH), by=lan)

    queries = ("", "?kind=conference", "?country=VN", f"?month={NEXT_MONTH:%Y-%m}&kind=expo&country=CN")
    files = [[entry["SUMMARY"] for entry in read_calendar(visitor.get(ADDRESS + query))] for query in queries]

    assert files == [["Called off", "Talks", "Vietnam"], ["Talks"], ["Vietnam"], ["Called off"]]
    page = read_html(browser.get("/en/events?kind=conference"))
    assert page.find("a", type="text/calendar").attributes["href"] == f"{ADDRESS}?kind=conference"


def test_who_has_the_file_gets_it_again_only_when_it_has_changed(
    db: Session, lan: User, browser: Visitor, visitor: Visitor
) -> None:
    event = make_event(db, by=lan)
    first = visitor.get(ADDRESS)
    tag = {"if-none-match": first.headers["etag"]}

    unchanged = visitor.get(ADDRESS, headers=tag)
    edit(browser, event.slug, venue="Hall 2")
    changed = visitor.get(ADDRESS, headers=tag)

    assert (first.status_code, unchanged.status_code, changed.status_code) == (200, 304, 200)
    assert (unchanged.content, unchanged.headers["etag"]) == (b"", first.headers["etag"])
    assert changed.headers["etag"] != first.headers["etag"]
    assert first.headers["cache-control"] == "public, max-age=300"


def test_an_empty_calendar_is_a_calendar_and_stays_the_same(visitor: Visitor) -> None:
    first = visitor.get(ADDRESS)

    assert read_calendar(first) == []
    assert visitor.get(ADDRESS, headers={"if-none-match": first.headers["etag"]}).status_code == 304


@pytest.mark.parametrize("address", ["/en/events", ADDRESS])
def test_three_events_take_as_many_queries_as_one(
    db: Session, lan: User, passer_by: Visitor, count_queries: Callable[[], int], address: str
) -> None:
    counts = []
    for more in (1, 2):
        for _ in range(more):
            make_event(db, by=lan)
        count_queries()
        passer_by.get(address)
        counts.append(count_queries())

    assert counts[0] == counts[1] > 0
