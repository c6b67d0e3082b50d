"""An event's words: in the reader's language where there are any, written by people, and never over each other's."""

from collections.abc import Callable, Mapping

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.accounts.models import User
from market.events import service
from market.events.forms import EventForm, EventTextForm
from market.events.models import Event, EventText
from market.events.service import OriginalStays
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.errors import NotAllowed
from market.kernel.viewer import Viewer
from market.listings.enums import Provenance
from market.web.rendering import Renderer
from tests.make.accounts import make_user
from tests.make.events import make_event
from tests.make.organizations import make_viewer
from tests.make.programs import Program
from tests.make.reading import read_form, read_html
from tests.make.stored import read_stored, take_stock
from tests.make.visitor import Visitor
from tests.market.events.making import FAIR, read_calendar, read_linked_data, take_in

CHINESE, THAI, VIETNAMESE = "柳江干燥展", "งานแสดงเครื่องอบ", "Hội chợ sấy"
OLDER = "older than the original"


@pytest.fixture
def fair(db: Session, lan: User) -> Event:
    """Its organizer writes Chinese; somebody has written Thai."""
    return make_event(db, by=lan, texts={"zh-Hans": CHINESE, "th": THAI})


def write(browser: Visitor, event: Event, code: str, **changes: str) -> str:
    """Through the form, as it stands on its page; where one gets to."""
    form = read_form(browser.get(f"/en/manage/events/{event.slug}/words/{code}"), f"/words/{code}")
    return browser.post(form.address, form.filled(changes), token=form.values["_token"][0]).url.path


def read_marks(browser: Visitor, event: Event) -> Mapping[str, str]:
    """Language → what is said of its words on the page for organizers."""
    page = read_html(browser.get(f"/en/manage/events/{event.slug}"))
    (languages,) = (part for part in page.find_all("section") if part.texts("h2") == ["Languages"])
    items = languages.find_all("li")
    names = [[element.text for tag in ("a", "strong") for element in item.find_all(tag)] for item in items]
    said = {name: item.text.removeprefix(name).strip() for item, (name,) in zip(items, names, strict=True)}
    return {name: mark for name, mark in said.items() if mark}


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_reader_is_told_in_which_language_the_words_are(
    fair: Event, visitor: Visitor, renderer: Renderer, code: str
) -> None:
    reader = renderer.reader(code)

    page = read_html(visitor.get(f"/{code}/events/{fair.slug}"))

    language, title = ("th", THAI) if code == "th" else ("zh-Hans", CHINESE)
    heading = page.find("h1")
    assert (heading.text, heading.attributes["lang"]) == (title, language)
    assert page.find("div", css="words").attributes["lang"] == language
    sentence = reader.gettext("The organizer's words are in %(language)s.")
    told = [] if code in ("th", "zh-Hans") else [sentence % {"language": reader.format.language("zh-Hans")}]
    assert page.texts("p", css="plain") == told


@pytest.mark.parametrize(
    ("code", "title", "lang"), [("th", THAI, None), ("zh-Hans", CHINESE, None), ("vi", CHINESE, "zh-Hans")]
)
def test_lists_have_the_readers_words_or_else_the_organizers_own_with_their_language(
    fair: Event, visitor: Visitor, anybody: Program, code: str, title: str, lang: str | None
) -> None:
    heading = read_html(visitor.get(f"/{code}/events")).find("article").find("h3")

    assert (heading.text, heading.attributes.get("lang")) == (title, lang)
    item, whole = (
        anybody.get(f"/events?language={code}").json()["items"][0],
        anybody.get(f"/events/{fair.slug}?language={code}").json(),
    )
    assert [(one["title"], one["language"]) for one in (item, whole)] == [(title, lang or code)] * 2
    assert whole["languages"] == ["th", "zh-Hans"]


def test_words_in_one_more_language_are_written_on_a_page_that_shows_the_original(
    fair: Event, browser: Visitor, visitor: Visitor, database: Database, event_facts: Callable[[], list[str]]
) -> None:
    page = read_html(browser.get(f"/en/manage/events/{fair.slug}/words/vi"))
    before = len(event_facts())

    write(browser, fair, "vi", title=VIETNAMESE, city="Nam Ninh")

    assert page.find("details", css="form-part").find("div").attributes["lang"] == "zh-Hans"
    assert {element.attributes["lang"] for element in page.find_all("textarea")} == {"vi"}
    assert read_html(visitor.get(f"/vi/events/{fair.slug}")).find("h1").text == VIETNAMESE
    assert {text.language: text.provenance for text in read_stored(database, select(EventText))} == {
        "zh-Hans": Provenance.AUTHOR, "th": Provenance.HUMAN, "vi": Provenance.HUMAN,
    }  # fmt: skip
    assert event_facts()[before:] == ["EventChanged"]


def test_a_place_that_a_translation_does_not_name_is_the_organizers_own(db: Session, visitor: Visitor) -> None:
    event = make_event(db, texts={"en": "Drying fair", "vi": VIETNAMESE}, city="Nanning", venue="Hall 1")

    page, calendar = visitor.get(f"/vi/events/{event.slug}"), visitor.get("/vi/events.ics")

    assert [span.text for span in read_html(page).find("aside").find_all("span", lang="en")] == ["Hall 1", "Nanning"]
    place = read_linked_data(page)["location"]
    assert (place["name"], place["address"]["addressLocality"]) == ({"@language": "en", "@value": "Hall 1"}, "Nanning")
    assert [entry["LOCATION"] for entry in read_calendar(calendar)] == ["Hall 1, Nanning"]
    card = read_html(visitor.get("/vi/events")).find("article", css="event-card")
    assert card.texts("p", css="quiet") == ["Hall 1, Nanning, Trung Quốc"]


def test_the_same_words_again_change_nothing(fair: Event, browser: Visitor, database: Database) -> None:
    write(browser, fair, "vi", title=VIETNAMESE)
    before = take_stock(database)

    write(browser, fair, "vi")

    assert take_stock(database) == before


def test_words_older_than_the_original_are_marked_until_somebody_has_looked_at_them(
    fair: Event, browser: Visitor
) -> None:
    marks = [read_marks(browser, fair)]
    for changes in ({"website": "https://www.example.org"}, {"title": "柳江干燥大会"}):
        form = read_form(browser.get(f"/en/manage/events/{fair.slug}/edit"), "/edit")
        browser.post(form.address, form.filled(changes))
        marks.append(read_marks(browser, fair))

    write(browser, fair, "th")

    assert [mark["Thai"] for mark in marks] == ["✓", "✓", OLDER]
    assert read_marks(browser, fair) == {"Simplified Chinese": "✓", "Thai": "✓"}


def test_a_translation_that_becomes_the_original_is_never_older_than_it(fair: Event, browser: Visitor) -> None:
    form = read_form(browser.get(f"/en/manage/events/{fair.slug}/edit"), "/edit")

    browser.post(form.address, form.filled({"language": "th", "title": "งานแสดง"}))

    assert read_marks(browser, fair)["Thai"] == "✓"


@pytest.mark.parametrize("code", ["zh-Hans", "xx", "en-GB", "TH"])
def test_a_page_for_words_of_no_other_language_of_ours_is_not_there(
    fair: Event, browser: Visitor, database: Database, code: str
) -> None:
    before = take_stock(database)
    address = f"/en/manage/events/{fair.slug}/words/{code}"

    answers = [browser.get(address), browser.post(address, {"title": "x y", "_version": str(fair.version)})]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert take_stock(database) == before


def test_a_translation_of_the_original_language_is_refused_whoever_asks_for_it(
    db: Session, lan: User, fair: Event
) -> None:
    form, by = EventTextForm(title="另一个"), make_viewer(db, lan)

    with pytest.raises(OriginalStays):
        service.write_words(db, fair, form, language="zh-Hans", version=fair.version, by=by, now=utc_now())


def test_words_and_the_event_are_changed_by_its_team_alone(
    db: Session, fair: Event, database: Database, sign_in: Callable[..., Visitor]
) -> None:
    editor, stranger = make_user(db), make_user(db, organizer=True)
    take_in(db, fair, editor)
    address = f"/en/manage/events/{fair.slug}"
    browsers = [sign_in(user) for user in (stranger, editor)]
    before = take_stock(database)

    statuses = [browsers[0].get(f"{address}{page}").status_code for page in ("", "/edit", "/words/vi", "/team")]

    assert statuses == [404] * 4
    assert browsers[0].post(f"{address}/words/vi", {"title": "Hội", "_version": str(fair.version)}).status_code == 404
    assert take_stock(database) == before
    assert write(browsers[1], fair, "vi", title=VIETNAMESE) == address


def translate(db: Session, event: Event, by: Viewer) -> None:
    form = EventTextForm(title=VIETNAMESE)
    service.write_words(db, event, form, language="vi", version=event.version, by=by, now=utc_now())


def edit(db: Session, event: Event, by: Viewer) -> None:
    form = EventForm.model_validate(FAIR)
    service.edit_event(db, event, form, version=event.version, by=by, now=utc_now())


@pytest.mark.parametrize("change", [translate, edit])
def test_a_change_by_somebody_who_may_not_is_refused_whoever_asks_for_it(
    db: Session, fair: Event, database: Database, change: Callable[[Session, Event, Viewer], None]
) -> None:
    by = make_viewer(db, make_user(db, organizer=True))
    before = take_stock(database)

    with pytest.raises(NotAllowed):
        change(db, fair, by)
    db.commit()

    assert take_stock(database) == before
