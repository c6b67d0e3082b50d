"""The same change to many of one's own listings: said before the click, done where it can be, harmless twice."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from httpx2 import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.viewer import MemberRole
from market.listings import rules
from market.listings.enums import ListingState
from market.listings.models import Listing, ListingCode, ListingText
from market.listings.together import MOST
from market.organizations.models import Organization
from market.organizations.service import add_member, end_representation
from tests.make.accounts import make_user
from tests.make.crowd import post_together
from tests.make.listings import make_draft, make_fields, make_in_state, make_listing
from tests.make.organizations import let_act, make_centre, make_organization, make_viewer
from tests.make.reading import read_faults, read_form, read_html
from tests.make.stored import read_stored, take_stock
from tests.make.visitor import Visitor

TOGETHER = "/en/account/listings/together"


def preview(browser: Visitor, action: str, listings: Sequence[Listing]) -> Response:
    references = [listing.reference for listing in listings]
    return browser.client.get(TOGETHER, params={"action": action, "reference": references})


def change(browser: Visitor, action: str, listings: Sequence[Listing], **fields: str | list[str]) -> Response:
    references = [listing.reference for listing in listings]
    return browser.post(TOGETHER, {"_action": action, "_reference": references, **fields})


def read_figures(page: Response) -> dict[str, str]:
    figures = read_html(page).find_all("dl", css="figures")
    return {part.find("dt").text: part.find("dd").text for one in figures for part in one.find_all("div")}


def read_reasons(page: Response) -> dict[str, str]:
    """Reference → why not."""
    lists = read_html(page).find_all("ul", css="reasons")
    lines = [line for one in lists for line in one.find_all("li")]
    return {line.find("span").text: line.raw_text.split("\n", 1)[1].strip() for line in lines}


def read_states(database: Database) -> dict[str, ListingState]:
    return {listing.reference: listing.state for listing in read_stored(database, select(Listing))}


def read_codes(database: Database, listing: Listing) -> dict[str, list[str]]:
    rows = read_stored(
        database, select(ListingCode).where(ListingCode.listing_id == listing.id).order_by(ListingCode.position)
    )
    codes: dict[str, list[str]] = {}
    for row in rows:
        codes.setdefault(row.vocabulary.value, []).append(row.code)
    return codes


def test_chosen_in_the_list_looked_at_and_published(
    db: Session, lan: User, works: Organization, browser: Visitor, database: Database, facts: Callable[[], list[str]]
) -> None:
    drafts = [make_draft(db, by=lan, texts={"en": f"Kiln {number}"}) for number in range(3)]
    form = read_form(browser.get("/en/account/listings?state=draft"), "/together")
    chosen = {**form.values, "reference": [draft.reference for draft in drafts[:2]], "action": ["publish"]}
    page = browser.client.get(form.address, params=chosen)
    confirmation = read_form(page, "/together")

    answer = browser.post(confirmation.address, confirmation.values)

    assert read_figures(page) == {"Can be done": "2"}
    assert str(answer.url).endswith("/en/account/listings?state=draft&notice=together_done")
    published, draft = ListingState.PUBLISHED, ListingState.DRAFT
    assert [read_states(database)[one.reference] for one in drafts] == [published, published, draft]
    assert facts().count("ListingPublished") == 2


def test_all_on_a_page_are_chosen_with_one_tick(db: Session, lan: User, works: Organization, browser: Visitor) -> None:
    for number in range(3):
        make_draft(db, by=lan, texts={"en": f"Kiln {number}"})
    form = read_form(browser.get("/en/account/listings"), "/together")

    page = browser.client.get(form.address, params={**form.values, "whole_page": "1", "action": "publish"})

    assert read_figures(page) == {"Can be done": "3"}


def test_looking_changes_nothing_and_says_of_each_what_is_wrong(
    db: Session, lan: User, works: Organization, browser: Visitor, database: Database
) -> None:
    whole, public = make_draft(db, by=lan), make_listing(db, by=lan)
    bare = make_draft(db, by=lan, industries=[], stage=None)
    before = take_stock(database)

    page = preview(browser, "publish", [whole, public, bare])

    assert read_figures(page) == {
        "Can be done": "1",
        "Nothing to do": "1",
        "Cannot be done": "1",
    }
    needed = "Needed before this can be published."
    assert read_reasons(page) == {bare.reference: f"Industry: {needed}\nStage of development: {needed}"}
    assert take_stock(database) == before


def test_what_cannot_be_done_stays_as_it_was_and_the_others_go_through(
    db: Session, lan: User, works: Organization, browser: Visitor, database: Database, facts: Callable[[], list[str]]
) -> None:
    whole, bare = make_draft(db, by=lan), make_draft(db, by=lan, industries=[])

    answer = change(browser, "publish", [bare, whole])

    assert read_html(answer).find("p", css="good").text == "Done: 1. What stands below could not be done."
    assert read_reasons(answer) == {bare.reference: "Industry: Needed before this can be published."}
    assert read_states(database) == {whole.reference: ListingState.PUBLISHED, bare.reference: ListingState.DRAFT}
    assert facts().count("ListingPublished") == 1


@pytest.mark.parametrize(
    ("action", "state", "after", "fact"),
    [
        ("publish", ListingState.DRAFT, ListingState.PUBLISHED, "ListingPublished"),
        ("withdraw", ListingState.PUBLISHED, ListingState.WITHDRAWN, "ListingWithdrawn"),
        ("renew", ListingState.EXPIRED, ListingState.PUBLISHED, "ListingPublished"),
    ],
)
def test_a_repeated_click_does_it_once(
    db: Session, lan: User, works: Organization, browser: Visitor, database: Database, facts: Callable[[], list[str]],
    action: str, state: ListingState, after: ListingState, fact: str,
) -> None:  # fmt: skip
    listing = make_in_state(db, state, by=lan)
    before = facts()

    sent = (browser, TOGETHER, {"_action": action, "_reference": [listing.reference]})
    answers = [answer.status_code for answer in post_together([sent] * 3)]

    assert answers == [303, 303, 303]
    assert read_states(database) == {listing.reference: after}
    assert facts()[len(before) :] == [fact]


def test_renewing_gives_each_another_year(
    db: Session, lan: User, works: Organization, browser: Visitor, database: Database
) -> None:
    soon = make_listing(db, by=lan, expires_on=utc_now().date() + timedelta(days=3))
    draft = make_draft(db, by=lan)

    answer = change(browser, "renew", [soon, draft])

    expiry = dict.fromkeys([soon.id], utc_now().date() + rules.LONGEST_LIFE)
    stored = {listing.id: listing.expires_on for listing in read_stored(database, select(Listing))}
    assert {key: stored[key] for key in expiry} == expiry
    assert read_reasons(answer) == {draft.reference: "This cannot be done in the listing's present state."}


def test_codes_join_what_is_there_or_take_its_place(
    db: Session, lan: User, works: Organization, browser: Visitor, database: Database
) -> None:
    listing = make_listing(db, by=lan, target_countries=["VN"], industries=["machinery"], keywords="kiln")

    change(
        browser, "edit", [listing], target_countries=["TH", "VN"], industries=["livestock"], industries_mode="set",
        keywords="drying", stage="concept", contact_email="Sales@Example.org",
    )  # fmt: skip

    codes = read_codes(database, listing)
    assert (codes["target_country"], codes["industry"]) == (["VN", "TH"], ["livestock"])
    assert read_stored(database, select(ListingText.keywords)) == ["kiln\ndrying"]
    [stored] = read_stored(database, select(Listing))
    assert (stored.stage, stored.contact_email) == ("concept", "sales@example.org")
    assert (stored.ipr_status, stored.trl, stored.state) == (listing.ipr_status, listing.trl, ListingState.PUBLISHED)


def test_editing_together_asks_says_and_then_does(
    db: Session, lan: User, works: Organization, browser: Visitor, database: Database
) -> None:
    full = make_listing(db, by=lan, industries=["machinery", "fruit_vegetables", "livestock"])
    other = make_listing(db, by=lan, industries=["machinery"])
    page = preview(browser, "edit", [full, other])
    form = read_form(page, "/together")
    before = take_stock(database)

    looked = browser.post(form.address, form.filled({"industries": ["sugar_cane"], "contact_email": "a@example.org"}))
    unchanged = take_stock(database)
    confirmation = read_form(looked, "/together")
    answer = browser.post(confirmation.address, confirmation.values)

    assert "Chosen listings: 2." in read_html(page).find("main").text
    assert (looked.status_code, unchanged) == (200, before)
    assert read_figures(looked) == {"Can be done": "1", "Cannot be done": "1"}
    assert read_reasons(looked) == {full.reference: "Industry: Please choose at most 3."}
    assert str(answer.url).endswith("?notice=together_done")
    assert read_codes(database, other)["industry"] == ["machinery", "sugar_cane"]
    assert read_codes(database, full)["industry"] == ["machinery", "fruit_vegetables", "livestock"]


def test_what_was_refused_on_the_way_is_told_with_its_reason_and_no_mail_address_stands_in_the_address(
    db: Session, lan: User, works: Organization, browser: Visitor
) -> None:
    full = make_listing(db, by=lan, industries=["machinery", "fruit_vegetables", "livestock"])
    other = make_listing(db, by=lan, industries=["machinery"])

    answer = change(browser, "edit", [full, other], industries=["sugar_cane"], contact_email="a@example.org")

    assert read_reasons(answer) == {full.reference: "Industry: Please choose at most 3."}
    assert "example.org" not in str(answer.url)


def test_a_change_that_would_unmake_a_public_listing_is_refused_for_it_alone(
    db: Session, lan: User, works: Organization, browser: Visitor, database: Database
) -> None:
    public, draft = make_listing(db, by=lan), make_draft(db, by=lan)
    passed = (utc_now().date() - timedelta(days=2)).isoformat()

    answer = change(browser, "edit", [public, draft], expires_on=passed)

    assert read_reasons(answer) == {public.reference: "Shown until: This day has passed. Please choose a later one."}
    stored = {listing.reference: listing.expires_on for listing in read_stored(database, select(Listing))}
    assert str(stored[draft.reference]) == passed
    assert stored[public.reference] == public.expires_on


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        ({}, {"": "Please fill in what is to be changed."}),
        ({"keywords_mode": "set"}, {"": "Please fill in what is to be changed."}),
        ({"contact_email": "nobody"}, {"contact_email": "Please write a mail address like name@example.org."}),
        ({"stage": "far"}, {"stage": "Please choose one of the values offered."}),
        ({"expires_on": "soon"}, {"expires_on": "Please write a date like 2027-03-31."}),
        ({"industries": ["opera"]}, {"industries": "Please choose one of the values offered."}),
    ],
    ids=str,
)
def test_faults_of_the_form_stand_beside_their_fields(
    db: Session, lan: User, works: Organization, browser: Visitor, database: Database,
    fields: dict[str, str | list[str]], faults: dict[str, str],
) -> None:  # fmt: skip
    listing = make_listing(db, by=lan)
    before = take_stock(database)

    answer = change(browser, "edit", [listing], **fields)

    said = {name: sentence for name, sentence in faults.items() if name}
    assert (answer.status_code, read_faults(answer)) == (422, said)
    assert next(iter(faults.values())) in read_html(answer).find("div", id="faults").text
    assert take_stock(database) == before


def test_an_editor_who_had_it_open_is_shown_the_difference(
    db: Session, lan: User, works: Organization, browser: Visitor
) -> None:
    listing = make_listing(db, by=lan)
    form = read_form(browser.get(f"/en/listings/{listing.reference}/edit"), "/edit")

    change(browser, "edit", [listing], target_countries=["TH"])
    answer = browser.post(form.address, form.filled({"title": "Kiln of another day"}))

    assert answer.status_code == 409
    assert "TH" in read_html(answer).find("main").text


def test_others_listings_are_neither_shown_nor_changed(
    db: Session, lan: User, works: Organization, browser: Visitor, database: Database
) -> None:
    theirs = make_listing(db, by=make_user(db), texts={"en": "Their kiln"})
    mine = make_listing(db, by=lan)
    before = take_stock(database)

    page = preview(browser, "withdraw", [mine, theirs])
    alone = change(browser, "withdraw", [theirs])
    unchanged = take_stock(database)
    change(browser, "withdraw", [mine, theirs])

    assert read_figures(page) == {"Can be done": "1", "No longer among your listings": "1"}
    assert "Their kiln" not in page.text
    assert (alone.status_code, unchanged) == (403, before)
    assert read_states(database) == {mine.reference: ListingState.WITHDRAWN, theirs.reference: ListingState.PUBLISHED}


def test_a_centre_that_no_longer_acts_for_a_client_changes_nothing_more(
    db: Session, lan: User, works: Organization, sign_in: Callable[..., Visitor], database: Database
) -> None:
    centre, mei = make_centre(db), make_user(db)
    add_member(db, centre.id, mei.id, role=MemberRole.MEMBER, by=None, now=utc_now())
    let_act(db, centre, client=works, by=lan)
    listing = make_draft(db, by=mei, organization=works)
    brokers = sign_in(mei)
    confirmation = read_form(preview(brokers, "publish", [listing]), "/together")
    end_representation(db, works, centre, by=make_viewer(db, lan))
    db.commit()

    answer = brokers.post(confirmation.address, confirmation.values)

    assert answer.status_code == 403
    assert read_states(database) == {listing.reference: ListingState.DRAFT}


def test_more_than_the_limit_is_refused(browser: Visitor, works: Organization) -> None:
    references = [f"TO-CN-{number:06}" for number in range(MOST + 1)]

    answers = [
        browser.client.get(TOGETHER, params={"action": "publish", "reference": references}),
        browser.post(TOGETHER, {"_action": "publish", "_reference": references}),
    ]

    sentence = f"At most {MOST} listings can be changed at once. Please choose fewer."
    assert [(answer.status_code, read_html(answer).find("h1").text) for answer in answers] == [(400, sentence)] * 2


@pytest.mark.parametrize("action", ["publish", "edit"])
def test_nothing_chosen_is_said(browser: Visitor, works: Organization, action: str) -> None:
    page = read_html(preview(browser, action, []))

    assert page.find("div", css="empty").find("strong").text == "No listing is chosen."
    assert [
        form.attributes["action"] for form in page.find_all("form") if "together" in form.attributes["action"]
    ] == []


@pytest.mark.parametrize(
    "query", ["?action=", "?action=opera", "?action=publish&back=state%3Dopera", "?action=edit&done=x"]
)
def test_an_address_of_none_of_our_pages_is_refused(browser: Visitor, works: Organization, query: str) -> None:
    assert browser.get(f"{TOGETHER}{query}").status_code == 400


@pytest.mark.parametrize("action", ["publish", "edit"])
def test_looking_at_many_takes_as_many_statements_as_at_one(
    db: Session, lan: User, works: Organization, browser: Visitor, count_queries: Callable[[], int], action: str
) -> None:
    listings = [make_draft(db, by=lan, texts={"en": f"Kiln {n}"}) for n in range(4)]
    counts = []

    for chosen in (listings[:1], listings):
        count_queries()
        assert preview(browser, action, chosen).status_code == 200
        counts.append(count_queries())

    assert counts[0] == counts[1]


def test_the_contact_address_is_on_the_form_and_seen_by_nobody_else(
    db: Session, lan: User, works: Organization, browser: Visitor, visitor: Visitor, sign_in: Callable[..., Visitor]
) -> None:
    listing = make_listing(db, by=lan)
    form = read_form(browser.get(f"/en/listings/{listing.reference}/edit"), "/edit")

    browser.post(form.address, form.filled({"contact_email": "Ask@Example.org"}))

    pages = [reader.get(f"/en/listings/{listing.reference}").text for reader in (browser, visitor)]
    other = make_user(db)
    make_organization(db, by=other, name="Mekong Works")
    pages.append(sign_in(other).get(f"/en/listings/{listing.reference}").text)
    assert ["ask@example.org" in page for page in pages] == [True, False, False]
    wrong = browser.post(form.address, {**make_fields(), "_version": "2", "contact_email": "ask"})
    assert read_faults(wrong) == {"contact_email": "Please write a mail address like name@example.org."}
