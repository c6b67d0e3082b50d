"""Matches as people see them: on a listing's page, on one of their own, in the owner's list, by API and command."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.accounts.models import User
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.listings.models import Listing
from market.listings.service import withdraw_listing
from market.matching.enums import Constraint, Unfit, Verdict
from market.matching.models import CurrencyRate, Match, MatchVerdict
from tests.make.accounts import make_user
from tests.make.listings import make_listing
from tests.make.matches import make_match, say
from tests.make.organizations import make_viewer
from tests.make.reading import read_html
from tests.make.stored import read_stored
from tests.make.visitor import Visitor

INTERPRETER = "The two sides share no language: they need an interpreter."
SignIn = Callable[..., Visitor]


def page_of(listing: Listing, language: str = "en") -> str:
    return f"/{language}/listings/{listing.reference}/matches"


def verdict_of(listing: Listing, other: Listing) -> str:
    return f"{page_of(listing)}/{other.reference}/verdict"


def list_reasons(html: str) -> list[str]:
    return read_html(html).texts("li", css="for") + read_html(html).texts("li", css="against")


@pytest.fixture
def match(db: Session, offer: Listing, demand: Listing) -> Match:
    return make_match(db, offer, demand)


def test_a_listings_page_shows_everybody_its_matches_with_what_speaks_for_and_against(
    visitor: Visitor, offer: Listing, demand: Listing, match: Match
) -> None:
    for listing, other, title in (
        (offer, demand, "Demands that this may answer"),
        (demand, offer, "Offers that may answer this"),
    ):
        page = visitor.get(f"/en/listings/{listing.reference}")

        html = read_html(page).find("section", css="matches")
        assert html.texts("h2") == [title]
        assert [link.attributes["href"] for link in html.find("h3").find_all("a")] == [
            f"/en/listings/{other.reference}"
        ]
        assert html.texts("li", css="for") == ["What they are about is close."]
        assert html.texts("li", css="against") == [
            "Against: The two sides share no language: they need an interpreter."
        ]


def test_the_passages_that_agree_most_stand_each_in_its_own_language(
    db: Session, visitor: Visitor, lan: User, mai: User
) -> None:
    offer = make_listing(db, by=lan, texts={"zh-Hans": "木薯片烘干机"})
    demand = make_listing(db, by=mai, kind="demand", texts={"vi": "Máy sấy sắn lát"})
    make_match(db, offer, demand)

    quotes = read_html(visitor.get(page_of(demand, "th"))).find_all("blockquote")

    assert [(quote.attributes["lang"], quote.text) for quote in quotes] == [
        ("vi", "Máy sấy sắn lát: a short summary."),
        ("zh-Hans", "木薯片烘干机: a short summary."),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_reasons_are_in_the_readers_language(
    visitor: Visitor, offer: Listing, match: Match, language: str, renderer: object
) -> None:
    reasons = list_reasons(visitor.get(page_of(offer, language)).text)

    assert len(reasons) == 2
    assert ("What they are about is close." in reasons) == (language == "en")


def test_nothing_that_is_not_public_is_shown_as_a_match(
    db: Session, visitor: Visitor, seller: Visitor, mai: User, offer: Listing, demand: Listing, match: Match
) -> None:
    withdraw_listing(db, demand, by=make_viewer(db, mai), now=utc_now())
    db.commit()

    for browser, path in (
        (visitor, f"/en/listings/{offer.reference}"),
        (seller, page_of(offer)),
        (seller, "/en/account/matches"),
    ):
        assert demand.reference not in browser.get(path).text
    assert visitor.get(page_of(demand)).status_code == 404


def test_a_page_without_matches_says_so_to_its_owner_and_leaves_others_in_peace(
    visitor: Visitor, seller: Visitor, offer: Listing
) -> None:
    path = f"/en/listings/{offer.reference}"

    assert "Nothing fits yet." in seller.get(path).text
    assert "Demands that this may answer" not in visitor.get(path).text


def test_a_panel_that_fails_leaves_the_page_whole(
    visitor: Visitor, offer: Listing, match: Match, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("market.matching.queries.list_matches", lambda *_a, **_k: 1 / 0)

    page = visitor.get(f"/en/listings/{offer.reference}")

    assert (page.status_code, "Demands that this may answer" in page.text) == (200, False)


@pytest.mark.parametrize("verdict", [Verdict.INTERESTED, Verdict.IN_CONTACT])
def test_a_side_says_what_it_thinks_and_takes_it_back(
    seller: Visitor, database: Database, offer: Listing, demand: Listing, match: Match, verdict: Verdict,
    facts: Callable[[], list[str]],
) -> None:  # fmt: skip
    answer = seller.post(verdict_of(offer, demand), {"verdict": verdict.value})
    said = read_stored(database, select(MatchVerdict))
    seller.post(f"{page_of(offer)}/{demand.reference}/take-back", {})

    assert answer.url.path == page_of(offer)
    assert [(one.verdict, one.listing_id, one.other_id) for one in said] == [(verdict, offer.id, demand.id)]
    assert read_stored(database, select(MatchVerdict)) == []
    assert facts().count("MatchJudged") == 2


def test_not_for_us_parts_the_two_at_once_on_both_sides_and_can_be_taken_back(
    visitor: Visitor, seller: Visitor, buyer: Visitor, offer: Listing, demand: Listing, match: Match
) -> None:
    seller.post(verdict_of(offer, demand), {"verdict": "not_for_us", "unfit": "price", "note": "Too  dear"})

    assert demand.reference not in visitor.get(page_of(offer)).text
    assert (
        offer.reference not in visitor.get(f"/en/listings/{demand.reference}").text.split("<h1", 1)[1].split("</h1>")[1]
    )
    apart = read_html(seller.get(page_of(offer))).find("section")
    assert apart.texts("li", css="against") == ["One of the two sides has said that it does not fit."]
    assert "Not for us · The price does not fit" in apart.text
    assert "Too dear" not in buyer.get(page_of(demand)).text

    seller.post(f"{page_of(offer)}/{demand.reference}/take-back", {})

    assert demand.reference in visitor.get(page_of(offer, "vi")).text  # the English one is kept for a moment


def test_what_the_other_side_refused_stays_apart_when_this_one_changes_its_mind(
    db: Session, seller: Visitor, database: Database, offer: Listing, demand: Listing
) -> None:
    make_match(db, offer, demand, apart=Constraint.NOT_FOR_US)
    for listing, other in ((offer, demand), (demand, offer)):
        say(db, listing, other, Verdict.NOT_FOR_US, unfit=Unfit.OTHER)

    seller.post(f"{page_of(offer)}/{demand.reference}/take-back", {})

    (match,) = read_stored(database, select(Match))
    assert match.kept_apart_by is Constraint.NOT_FOR_US


def test_a_second_look_by_the_worker_honours_what_was_said(
    seller: Visitor, database: Database, offer: Listing, demand: Listing, deliver: Callable[[], None], work: object
) -> None:
    deliver()
    seller.post(verdict_of(offer, demand), {"verdict": "not_for_us", "unfit": "solved"})

    deliver()

    (match,) = read_stored(database, select(Match))
    assert match.kept_apart_by is Constraint.NOT_FOR_US


def test_not_for_us_needs_a_reason_and_says_so_beside_the_field(
    seller: Visitor, database: Database, offer: Listing, demand: Listing, match: Match
) -> None:
    answer = seller.post(verdict_of(offer, demand), {"verdict": "not_for_us", "note": "No"})

    html = read_html(answer)
    assert answer.status_code == 422
    assert html.texts("p", css="fault") == ["Please choose a reason."]
    assert html.find("input", id=f"{demand.reference}-note").attributes["value"] == "No"
    assert read_stored(database, select(MatchVerdict)) == []


def test_only_who_acts_for_a_side_judges_its_matches(
    db: Session, sign_in: SignIn, buyer: Visitor, offer: Listing, demand: Listing, match: Match
) -> None:
    stranger = sign_in(make_user(db))

    for browser in (stranger, buyer):
        assert "verdict" not in browser.get(page_of(offer)).text
        assert browser.post(verdict_of(offer, demand), {"verdict": "interested"}).status_code == 403


def test_what_is_no_match_cannot_be_judged(
    db: Session, seller: Visitor, offer: Listing, demand: Listing, lan: User
) -> None:
    another = make_listing(db, by=lan)

    for other in (demand, another, offer):
        assert seller.post(verdict_of(offer, other), {"verdict": "interested"}).status_code == 404


def test_ones_own_matches_stand_together_the_best_first(
    db: Session, buyer: Visitor, lan: User, offer: Listing, demand: Listing
) -> None:
    better = make_listing(db, by=lan, texts={"th": "เตาอบแห้ง"})
    make_match(db, offer, demand, score=0.9)
    make_match(db, better, demand, score=1.6)
    say(db, demand, offer, Verdict.IN_CONTACT)

    html = read_html(buyer.get("/en/account/matches"))

    assert html.texts("span", css="strength") == ["Strong match", "Possible match"]
    assert [card.attributes["id"] for card in html.find_all("article")] == [better.reference, offer.reference]
    assert "Already in contact" in html.find_all("article")[1].text


def test_more_matches_than_a_page_go_on_without_a_gap(db: Session, buyer: Visitor, lan: User, demand: Listing) -> None:
    offers = [make_listing(db, by=lan, texts={"en": f"Kiln {number}"}) for number in range(23)]
    for place, offer in enumerate(offers):
        make_match(db, offer, demand, score=2.0 if place < 5 else 2.0 - place / 100)

    first = read_html(buyer.get("/en/account/matches"))
    following = first.find("a", rel="next").attributes["href"]
    second = read_html(buyer.get(following))

    shown = [card.attributes["id"] for html in (first, second) for card in html.find_all("article")]
    assert len(shown) == len(set(shown)) == 23


@pytest.mark.parametrize("cursor", ["x", "WyJuYW4iLCAieCIsICJ5Il0"])
def test_a_cursor_that_is_none_of_ours_is_refused(buyer: Visitor, cursor: str) -> None:
    assert buyer.get(f"/en/account/matches?cursor={cursor}").status_code == 400


def test_programs_read_matches_with_reasons_and_passages(
    visitor: Visitor, offer: Listing, demand: Listing, match: Match
) -> None:
    (item,) = visitor.client.get(f"/api/v1/listings/{offer.reference}/matches?language=en").json()["items"]

    assert (item["reference"], item["strength"], item["score"]) == (demand.reference, "possible", 0.9)
    assert [(one["part"], one["speaks"]) for one in item["reasons"]] == [("meaning", "for"), ("languages", "against")]
    assert [one["language"] for one in item["passages"]] == ["en", "en"]
    assert visitor.client.get("/api/v1/listings/TO-CN-222222/matches").status_code == 404


def test_staff_keep_the_rates(db: Session, sign_in: SignIn, database: Database) -> None:
    staff = sign_in(make_user(db, staff=True))
    sent = {"currency": "THB", "dollars": "0,031", "source": "Bank of Thailand", "stated_on": "2026-11-20"}

    staff.post("/en/staff/rates", sent)
    staff.post("/en/staff/rates", sent | {"dollars": "0.0325"})

    (rate,) = read_stored(database, select(CurrencyRate))
    assert (rate.currency, rate.dollars, rate.stated_on) == ("THB", Decimal("0.0325"), date(2026, 11, 20))
    assert "0.0325" in staff.get("/en/staff/rates").text


@pytest.mark.parametrize("dollars", ["", "0", "-1", "1e3", "much", "0.00000000001", "99999", "١"])
def test_a_rate_that_is_no_number_is_refused_beside_its_field(
    db: Session, sign_in: SignIn, database: Database, dollars: str
) -> None:
    staff = sign_in(make_user(db, staff=True))

    answer = staff.post(
        "/en/staff/rates", {"currency": "THB", "dollars": dollars, "source": "Bank", "stated_on": "2026-11-20"}
    )

    assert answer.status_code == 422
    assert read_html(answer).find("p", id="dollars-fault")
    assert read_stored(database, select(CurrencyRate)) == []
