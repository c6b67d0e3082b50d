"""The search engine is down or hangs: pages still open, from the database, within the deadline, and say so."""

import asyncio
import time
from collections.abc import Callable, Iterator
from threading import active_count

import pytest
from httpx2 import ASGITransport, AsyncClient, Response
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.accounts.models import User
from market.app import create_app
from market.kernel.config import Settings
from market.kernel.db import Database
from market.listings import browsing
from market.listings.enums import ListingState
from market.web.rendering import Renderer
from market.web.resources import SEARCHES_AT_ONCE
from tests.make.accounts import make_user
from tests.make.engines import DownEngine, HungEngine
from tests.make.hostile import SEARCHES
from tests.make.listings import make_in_state, make_listing
from tests.make.reading import Element, read_html
from tests.make.visitor import Visitor

SAID = (
    "The search engine does not answer right now. You see what the words match directly; counts and matches in other "
    "languages are missing."
)


@pytest.fixture
def lan(db: Session) -> User:
    return make_user(db)


@pytest.fixture
def down(settings: Settings, database: Database, renderer: Renderer) -> Iterator[Visitor]:
    """A visitor of a site whose engine refuses."""
    with Visitor(create_app(settings, database=database, search=DownEngine(), renderer=renderer), settings) as visitor:
        yield visitor


@pytest.fixture
def hung() -> Iterator[HungEngine]:
    engine = HungEngine()
    yield engine
    engine.release()


@pytest.fixture
def hanging(settings: Settings, database: Database, renderer: Renderer, hung: HungEngine) -> Iterator[Visitor]:
    """A visitor of a site whose engine never answers."""
    with Visitor(create_app(settings, database=database, search=hung, renderer=renderer), settings) as visitor:
        yield visitor


def titles_of(page: Element) -> list[str]:
    return [card.find("h2").text for card in page.find_all("article", css="listing")]


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_list_opens_from_the_database_and_says_so_in_the_readers_language(
    db: Session, lan: User, down: Visitor, renderer: Renderer, code: str
) -> None:
    make_listing(db, by=lan, texts={"en": "Rice mill"})
    make_in_state(db, ListingState.WITHDRAWN, by=lan, texts={"en": "Hidden mill"})

    page = read_html(down.get(f"/{code}/listings"))

    assert page.texts("p", css="warn") == [renderer.reader(code).gettext(SAID)]
    assert titles_of(page) == ["Rice mill"]
    assert page.find_all("section", css="facet") == []


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("q=mill", ["Rice mill", "Steel mill"]),
        ("q=MILL+rice", ["Rice mill"]),
        ("q=mill&industry=steel_minerals", ["Steel mill"]),
        ("q=nothing", []),
        ("kind=demand", ["Loom wanted"]),
        ("kind=offer&trl_min=9", ["Steel mill"]),
        ("q=%25", []),
        ("q=_", []),
        ("q=%5C", []),
        ("q=gạo", ["Rice mill"]),
    ],
)
def test_words_and_filters_are_looked_for_in_the_database(
    db: Session, lan: User, down: Visitor, query: str, titles: list[str]
) -> None:
    make_listing(db, by=lan, texts={"en": "Rice mill", "vi": "Máy xay gạo"})
    make_listing(db, by=lan, texts={"en": "Steel mill"}, industries=["steel_minerals"], trl=9)
    make_listing(db, by=lan, texts={"en": "Loom wanted"}, kind="demand")

    page = read_html(down.get(f"/en/listings?{query}"))

    assert sorted(titles_of(page)) == titles
    counted = page.find("div", css="results-head").find_all("p")[0].text
    assert counted.split()[0] == str(len(titles))


def test_paging_goes_on_without_the_engine(db: Session, lan: User, down: Visitor) -> None:
    for number in range(25):
        make_listing(db, by=lan, texts={"en": f"Rice mill {number:02}"})

    first = read_html(down.get("/en/listings?q=rice"))
    (following,) = first.find_all("a", rel="next")
    second = read_html(down.get("/en/listings" + following.attributes["href"]))

    assert [len(titles_of(page)) for page in (first, second)] == [20, 5]
    assert len({*titles_of(first), *titles_of(second)}) == 25


def test_odd_searches_are_answered_without_the_engine_too(db: Session, lan: User, down: Visitor) -> None:
    make_listing(db, by=lan)

    statuses = {
        name: down.client.get("/en/listings", params={"q": text}).status_code for name, text in SEARCHES.items()
    }

    assert {name: status for name, status in statuses.items() if status != 200} == {}


@pytest.mark.parametrize("page", ["/en/", "/en/organizations", "/en/about", "/en/sign-in", "/healthz", "/readyz"])
def test_every_other_page_opens_without_the_engine(db: Session, lan: User, down: Visitor, page: str) -> None:
    make_listing(db, by=lan)

    assert down.get(page).status_code == 200


def test_a_firm_can_do_everything_without_the_engine(db: Session, lan: User, down: Visitor, database: Database) -> None:
    listing = make_listing(db, by=lan)
    browser = down.sign_in(lan, database)
    own = f"/en/listings/{listing.reference}"

    statuses = [browser.get(page).status_code for page in (own, f"{own}/edit", "/en/account/listings")]
    statuses += [browser.post(f"{own}/{step}").status_code for step in ("renew", "withdraw", "publish", "copy")]

    assert statuses == [200] * 7


@pytest.mark.parametrize("page", ["/en/listings", "/en/listings?q=mill"])
def test_a_hung_engine_is_waited_for_no_longer_than_the_deadline(
    db: Session, lan: User, hanging: Visitor, page: str
) -> None:
    make_listing(db, by=lan, texts={"en": "Rice mill"})

    start = time.perf_counter()
    shown = read_html(hanging.get(page))
    seconds = time.perf_counter() - start

    assert (shown.texts("p", css="warn"), titles_of(shown)) == ([SAID], ["Rice mill"])
    assert browsing.SEARCH_DEADLINE_SECONDS <= seconds < browsing.SEARCH_DEADLINE_SECONDS + 1


async def gather(app_of: Visitor, addresses: list[str], *, first: float = 0.1) -> list[tuple[Response, float]]:
    """All at once, the first one a moment before the others; each with the seconds it took."""

    async def get(client: AsyncClient, address: str) -> tuple[Response, float]:
        start = time.perf_counter()
        return await client.get(address), time.perf_counter() - start

    async with AsyncClient(transport=ASGITransport(app=app_of.app), base_url="http://127.0.0.1:8000") as client:
        waiting = [asyncio.create_task(get(client, addresses[0]))]
        await asyncio.sleep(first)
        waiting += [asyncio.create_task(get(client, address)) for address in addresses[1:]]
        return list(await asyncio.gather(*waiting))


def test_a_hung_engine_delays_no_other_page_even_with_one_connection(
    db: Session, lan: User, settings: Settings, renderer: Renderer, hung: HungEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = make_listing(db, by=lan, texts={"en": "Rice mill"})
    database = Database(settings.database_address, pool_size=1)
    visitor = Visitor(create_app(settings, database=database, search=hung, renderer=renderer), settings)
    monkeypatch.setattr(browsing, "SEARCH_DEADLINE_SECONDS", 3.0)
    pages = [f"/en/listings?kind=offer&field={number}" for number in range(1, 2 * SEARCHES_AT_ONCE)]
    pages += [f"/en/listings/{listing.reference}", f"/vi/listings/{listing.reference}", "/en/"]

    answers = asyncio.run(gather(visitor, pages))

    database.close()
    assert [answer.status_code for answer, _seconds in answers] == [200] * len(pages)
    assert [seconds > 2.9 for _answer, seconds in answers] == [True] * (len(pages) - 3) + [False] * 3
    assert max(seconds for _answer, seconds in answers[-3:]) < 1.5


def test_a_hung_engine_holds_a_few_threads_however_many_ask(
    db: Session, lan: User, hanging: Visitor, hung: HungEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_listing(db, by=lan)
    monkeypatch.setattr(browsing, "SEARCH_DEADLINE_SECONDS", 0.05)
    hanging.get("/en/listings?field=1")
    before = active_count()

    answers = [hanging.get(f"/en/listings?field={number}").status_code for number in range(2, 3 * SEARCHES_AT_ONCE)]

    assert answers == [200] * len(answers)
    assert hung.held == SEARCHES_AT_ONCE
    assert active_count() - before < SEARCHES_AT_ONCE


def test_an_engine_that_comes_back_is_asked_again(
    db: Session, lan: User, hanging: Visitor, hung: HungEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_listing(db, by=lan)
    monkeypatch.setattr(browsing, "SEARCH_DEADLINE_SECONDS", 0.05)
    for number in range(1, 2 * SEARCHES_AT_ONCE):
        hanging.get(f"/en/listings?field={number}")
    held = hung.held

    hung.release()
    monkeypatch.setattr(browsing, "SEARCH_DEADLINE_SECONDS", 5.0)
    start = time.perf_counter()
    hanging.get("/en/listings?field=30")

    assert hung.held > held
    assert time.perf_counter() - start < 2


def test_the_readiness_report_says_that_the_engine_does_not_answer(down: Visitor) -> None:
    report = down.get("/readyz").json()

    assert (report["status"], report["search"]) == ("ok", "unavailable")


def test_what_was_published_meanwhile_is_found_once_the_engine_is_back(
    db: Session, lan: User, down: Visitor, visitor: Visitor, deliver: Callable[[], None]
) -> None:
    make_listing(db, by=lan, texts={"en": "Rice mill"})
    assert titles_of(read_html(down.get("/en/listings?q=rice"))) == ["Rice mill"]

    deliver()

    page = read_html(visitor.get("/en/listings?q=rice"))
    assert titles_of(page) == ["Rice mill"]
    assert SAID not in page.texts("p", css="warn")
