"""The way in: the language a browser asks for, what is new, how much there is."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.app import create_app
from market.kernel.clock import utc_now
from market.kernel.config import Environment, Settings
from market.kernel.db import Database
from market.listings.enums import ListingState
from market.web.rendering import Renderer
from search.port import Engine
from tests.make.accounts import make_user
from tests.make.listings import make_in_state, make_listing
from tests.make.organizations import make_organization
from tests.make.reading import read_html
from tests.make.visitor import Visitor


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("vi", "vi"), ("vi-VN,vi;q=0.9,en;q=0.8", "vi"), ("zh-CN", "zh-Hans"), ("tl", "fil"), ("pt-BR;q=0.5,de", "pt"),
        ("de", "en"), ("", "en"), ("*", "en"), ("en;q=0.1,th;q=0.9", "th"), ("km;q=x,lo", "lo"), ("x" * 9_000, "en"),
        (",;=,;q=,vi;q=nan", "en"), ("\u00ff", "en"),
    ],
)  # fmt: skip
def test_the_bare_address_leads_to_the_language_the_browser_asks_for(visitor: Visitor, asked: str, code: str) -> None:
    answer = visitor.client.get("/", headers={b"accept-language": asked.encode("latin-1")}, follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (303, f"/{code}/")
    assert "Accept-Language" in answer.headers["vary"]


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_home_page_is_in_its_language_and_leads_to_the_others(
    visitor: Visitor, renderer: Renderer, code: str
) -> None:
    page = read_html(visitor.get(f"/{code}/"))

    say = renderer.reader(code).gettext
    assert page.find("html").attributes["lang"] == code
    assert page.find("h1").text == say("Find technology. Find partners. In your language.")
    menu = page.find("details", css="language-menu").find_all("a")
    assert {link.attributes["lang"]: link.attributes["href"] for link in menu} == {c: f"/{c}/" for c in LANGUAGES}
    alternates = page.find_all("link", rel="alternate")
    assert {link.attributes["hreflang"]: link.attributes["href"] for link in alternates} == {
        c: f"http://127.0.0.1:8000/{c}/" for c in LANGUAGES
    }


def test_the_home_page_counts_what_is_published_and_shows_the_newest_of_each_kind(
    visitor: Visitor, db: Session
) -> None:
    lan = make_user(db)
    make_organization(db, by=lan)
    now = utc_now()
    for number in range(6):
        make_listing(db, by=lan, texts={"en": f"Offer {number}"}, now=now - timedelta(hours=number))
    make_listing(db, by=lan, texts={"en": "Demand"}, kind="demand")
    for state in (ListingState.DRAFT, ListingState.WITHDRAWN, ListingState.EXPIRED):
        make_in_state(db, state, by=lan, texts={"en": f"Hidden {state}"})

    page = read_html(visitor.get("/en/"))

    figures = page.find("dl", css="figures")
    assert dict(zip(figures.texts("dt"), figures.texts("dd"), strict=True)) == {
        "Offers": "6", "Demands": "1", "Organizations": "1", "Languages": "12",
    }  # fmt: skip
    offers, demands = page.find("div", css="two-columns").find_all("section")
    assert offers.texts("h3") == ["Offer 0", "Offer 1", "Offer 2", "Offer 3"]
    assert demands.texts("h3") == ["Demand"]


def test_an_empty_market_invites_to_be_the_first(visitor: Visitor) -> None:
    page = read_html(visitor.get("/en/"))

    assert page.texts("p", css="empty") == [
        "No offers yet. Be the first to publish one.", "No demands yet. Be the first to publish one.",
    ]  # fmt: skip


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_about_the_market_is_in_its_language(visitor: Visitor, renderer: Renderer, code: str) -> None:
    page = read_html(visitor.get(f"/{code}/about"))

    assert page.find("h1").text == renderer.reader(code).gettext("About this market")
    assert len(page.find("article", css="prose").texts("p")) == 4


def test_mails_are_shown_in_development_alone(
    settings: Settings, database: Database, engine: Engine, renderer: Renderer, visitor: Visitor
) -> None:
    changes = {
        "environment": Environment.PRODUCTION, "secret_key": SecretStr("s" * 40), "base_url": "https://example.org",
    }  # fmt: skip
    production = settings.model_copy(update=changes)
    app = create_app(production, database=database, search=engine, renderer=renderer)

    assert visitor.get("/dev/mail").status_code == 200
    assert Visitor(app, production).get("/dev/mail").status_code == 404


@pytest.mark.parametrize("code", ["en", "th"])
def test_what_is_not_there_is_said_in_the_readers_language(visitor: Visitor, renderer: Renderer, code: str) -> None:
    answer = visitor.get(f"/{code}/nothing/here")

    assert answer.status_code == 404
    assert read_html(answer).find("h1").text == renderer.reader(code).gettext("We could not find this page.")


@pytest.mark.parametrize("language", ["xx", "e", "de", "id-card", "static2", "%00"])
def test_a_language_we_do_not_have_is_not_found(visitor: Visitor, language: str) -> None:
    answers = [visitor.get(f"/{language}/{page}", follow=False) for page in ("", "listings", "about", "sign-in")]

    assert {answer.status_code for answer in answers} <= {400, 404}


def test_the_home_page_needs_the_same_queries_for_three_rows_as_for_one(
    visitor: Visitor, db: Session, count_queries: Callable[[], int]
) -> None:
    lan = make_user(db)
    visitor.form_token()

    def measure() -> int:
        count_queries()
        visitor.get("/en/")
        return count_queries()

    for kind in ("offer", "demand"):
        make_listing(db, by=lan, kind=kind)
    with_one = measure()
    for kind in ("offer", "demand") * 2:
        make_listing(db, by=lan, kind=kind)

    assert measure() == with_one
    assert with_one <= 6
