"""What an event's page says to machines (https://schema.org)."""

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.events.models import EventText
from tests.make.accounts import make_user
from tests.make.events import make_event
from tests.make.hostile import MARKUP
from tests.make.reading import is_linked_data, read_html
from tests.make.visitor import Visitor
from tests.market.events.making import FAIR, call_off, plan, read_linked_data

SITE = "http://127.0.0.1:8000"
CHINESE, VIETNAMESE = "柳江干燥展", "Hội chợ sấy"


def test_a_page_says_what_when_and_where(browser: Visitor, visitor: Visitor) -> None:
    slug = plan(browser).url.path.rpartition("/")[2]
    browser.post(f"/en/manage/events/{slug}/state", {"state": "announced"})

    described = read_linked_data(visitor.get(f"/en/events/{slug}"))

    address = f"{SITE}/en/events/drying-fair-2027"
    assert described == {
        "@context": ["https://schema.org", {"@language": "en"}],
        "@type": "ExhibitionEvent",
        "@id": address,
        "url": address,
        "name": "Drying fair",
        "description": FAIR["summary"],
        "startDate": "2027-09-17T00:00+08:00",
        "endDate": "2027-09-19T23:59+08:00",
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "inLanguage": ["en"],
        "location": {
            "@type": "Place",
            "name": "Hall at the lake",
            "address": {
                "@type": "PostalAddress",
                "addressCountry": "CN",
                "addressLocality": "Nanning",
                "streetAddress": "1 Lake Road",
            },
        },
    }


@pytest.mark.parametrize(
    ("kind", "schema_type"),
    [
        ("expo", "ExhibitionEvent"), ("conference", "BusinessEvent"), ("matchmaking", "BusinessEvent"),
        ("taking_part", "BusinessEvent"),
    ],
)  # fmt: skip
def test_an_expo_is_an_exhibition_and_the_rest_is_business(
    db: Session, visitor: Visitor, kind: str, schema_type: str
) -> None:
    event = make_event(db, kind=kind)

    assert read_linked_data(visitor.get(f"/en/events/{event.slug}"))["@type"] == schema_type


@pytest.mark.parametrize(
    ("zone", "start", "end"),
    [
        ("Asia/Shanghai", "2027-03-13T00:00+08:00", "2027-03-14T23:59+08:00"),
        ("Asia/Yangon", "2027-03-13T00:00+06:30", "2027-03-14T23:59+06:30"),
        ("UTC", "2027-03-13T00:00+00:00", "2027-03-14T23:59+00:00"),
        ("America/Los_Angeles", "2027-03-13T00:00-08:00", "2027-03-14T23:59-07:00"),
    ],
)
def test_days_are_those_of_the_place_with_the_offset_of_its_clocks(
    db: Session, visitor: Visitor, zone: str, start: str, end: str
) -> None:
    event = make_event(db, zone=zone, starts_on=date(2027, 3, 13))

    described = read_linked_data(visitor.get(f"/en/events/{event.slug}"))

    assert (described["startDate"], described["endDate"]) == (start, end)
    assert datetime.fromisoformat(start).astimezone(ZoneInfo(zone)).isoformat(timespec="minutes") == start


def test_an_event_that_is_called_off_says_so(db: Session, lan: User, visitor: Visitor) -> None:
    event = make_event(db, by=lan)
    call_off(db, event, by=lan)

    described = read_linked_data(visitor.get(f"/en/events/{event.slug}"))

    assert described["eventStatus"] == "https://schema.org/EventCancelled"


@pytest.mark.parametrize(
    ("code", "name", "counts"),
    [
        ("vi", VIETNAMESE, "vi"),
        ("zh-Hans", CHINESE, "zh-Hans"),
        ("th", {"@language": "zh-Hans", "@value": CHINESE}, "zh-Hans"),
    ],
)
def test_a_name_is_in_the_pages_language_or_says_its_own(
    db: Session, lan: User, visitor: Visitor, code: str, name: object, counts: str
) -> None:
    event = make_event(db, by=lan, texts={"zh-Hans": CHINESE, "vi": VIETNAMESE})

    answer = visitor.get(f"/{code}/events/{event.slug}")

    described, head = read_linked_data(answer), read_html(answer).find("head")
    assert (described["name"], described["inLanguage"]) == (name, ["vi", "zh-Hans"])
    assert described["@context"] == ["https://schema.org", {"@language": code}]
    assert (
        described["url"]
        == head.find("link", rel="canonical").attributes["href"]
        == f"{SITE}/{counts}/events/{event.slug}"
    )
    alternates = {
        link.attributes["hreflang"] for link in head.find_all("link", rel="alternate") if "hreflang" in link.attributes
    }
    assert alternates - {"x-default"} == {"zh-Hans", "vi"}


@pytest.mark.parametrize("text", MARKUP.values(), ids=MARKUP)
def test_markup_in_the_words_is_text_on_every_page_that_shows_them(
    db: Session, lan: User, browser: Visitor, sign_in: Callable[..., Visitor], text: str
) -> None:
    event = make_event(db, by=lan, texts={"en": "Fair", "vi": "Hội chợ"})
    text = text.replace("\x00", "")  # which no form lets in
    fields = dict.fromkeys(("title", "summary", "description", "city", "venue", "address"), text)
    db.execute(update(EventText).where(EventText.event_id == event.id).values(fields))
    db.commit()
    staff = sign_in(make_user(db, staff=True))

    managed = f"/en/manage/events/{event.slug}"
    public = [browser.get(address) for address in (f"/en/events/{event.slug}", "/en/events")]
    ours = [
        staff.get(address)
        for address in ("/en/manage/events", managed, *(f"{managed}/{page}" for page in ("edit", "team", "words/vi")))
    ]

    pages = [read_html(answer) for answer in (*public, *ours)]
    assert {answer.status_code for answer in (*public, *ours)} == {200}
    assert read_linked_data(public[0])["name"] == text
    scripts = [script for page in pages for script in page.find_all("script") if script.raw_text.strip()]
    assert [script.attributes for script in scripts if not is_linked_data(script)] == []
    assert [
        element.tag
        for page in pages
        for element in page.walk()
        if any(name.startswith("on") for name in element.attributes)
    ] == []
