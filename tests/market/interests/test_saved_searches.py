"""Saving what the browse page shows, and what its owner alone can do with it."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.interests import rules
from market.interests.enums import Often
from market.interests.models import PreparedSearch, SavedSearch
from market.kernel.db import Database
from tests.make.accounts import PASSWORD, make_user
from tests.make.interests import make_search
from tests.make.listings import make_listing
from tests.make.organizations import make_organization
from tests.make.reading import read_faults, read_form, read_html
from tests.make.stored import count_stored, read_stored
from tests.make.visitor import Visitor

SignIn = Callable[..., Visitor]
QUERY = "q=drying+kiln&kind=offer&industry=machinery&trl_min=4"
PAGE = "/en/account/searches"


def read_only_search(database: Database) -> SavedSearch:
    (search,) = read_stored(database, select(SavedSearch))
    return search


def test_the_button_on_the_browse_page_saves_what_it_shows_under_a_suggested_name(
    db: Session, database: Database, sign_in: SignIn, facts: Callable[[], list[str]]
) -> None:
    lan = sign_in(make_user(db))
    link = read_html(lan.get(f"/en/listings?{QUERY}&sort=newest")).find("p", css="save-search").find("a")

    form = read_form(lan.get(link.attributes["href"]), "/account/searches/new")
    response = lan.post(form.address, form.filled({"often": "weekly"}))

    assert response.url.path == PAGE
    assert "The search is saved." in response.text
    search = read_only_search(database)
    assert (search.name, search.words, search.language, search.often) == (
        "drying kiln, Technology offer, Machinery, TRL 4–9", "drying kiln", "en", Often.WEEKLY,
    )  # fmt: skip
    assert search.filters == {"kind": ["offer"], "industry": ["machinery"], "trl_min": 4}
    assert facts()[-1] == "SearchSaved"


def test_a_visitor_signs_in_and_comes_back_to_the_form(db: Session, visitor: Visitor) -> None:
    user = make_user(db, email="lan@example.org")
    page = visitor.get(f"/en/listings?{QUERY}")
    link = read_html(page).find("p", css="save-search").find("a").attributes["href"]

    form = read_form(visitor.get(link), "/sign-in")
    response = visitor.post(form.address, form.filled({"email": user.email, "password": PASSWORD}))

    assert page.headers["cache-control"] == "public, max-age=5"
    assert response.url.path == "/en/account/searches/new"
    assert read_form(response, "/account/searches/new").values["query"] == [QUERY]


def test_a_search_of_one_organization_is_named_after_it(db: Session, database: Database, sign_in: SignIn) -> None:
    make_organization(db, name="Mekong Works")
    lan = sign_in(make_user(db))

    form = read_form(lan.get("/en/account/searches/new?organization=mekong-works"), "/account/searches/new")
    shown = lan.post(form.address, form.values)

    search = read_only_search(database)
    assert (search.name, search.filters) == ("Mekong Works", {"organization": "mekong-works"})
    assert "organization=mekong-works" in shown.text


def test_a_form_sent_twice_saves_one_search(db: Session, database: Database, sign_in: SignIn) -> None:
    lan = sign_in(make_user(db))
    form = read_form(lan.get("/en/account/searches/new?q=kiln"), "/account/searches/new")

    answers = [lan.post(form.address, form.values, follow=False).status_code for _time in range(2)]

    assert answers == [303, 303]
    assert count_stored(database, SavedSearch) == [1]


def test_another_persons_form_number_takes_nothing_over(db: Session, database: Database, sign_in: SignIn) -> None:
    search = make_search(db, by=make_user(db), name="Mine")
    form = {"form_id": str(search.id), "query": "q=kiln", "name": "Yours", "often": "daily"}

    response = sign_in(make_user(db)).post("/en/account/searches/new", form)

    assert response.status_code == 404
    assert [one.name for one in read_stored(database, select(SavedSearch))] == ["Mine"]


def test_faults_stand_beside_the_fields_and_what_was_asked_stays(db: Session, sign_in: SignIn) -> None:
    lan = sign_in(make_user(db))
    form = read_form(lan.get(f"/en/account/searches/new?{QUERY}"), "/account/searches/new")

    response = lan.post(form.address, form.filled({"name": " ", "often": "hourly"}))

    assert response.status_code == 422
    assert read_faults(response) == {
        "name": "Please fill in this field.", "often": "Please choose one of the values offered.",
    }  # fmt: skip
    assert read_form(response, "/account/searches/new").values["query"] == [QUERY]
    assert (
        "account/searches/new?q=drying+kiln"
        in read_html(response).find("details", css="language-menu").find_all("a")[0].attributes["href"]
    )


@pytest.mark.parametrize("query", ["kind=opera", "trl_min=ten", "organization=%3Cb%3E"])
def test_what_no_browse_page_shows_is_not_saved(db: Session, database: Database, sign_in: SignIn, query: str) -> None:
    form = {"form_id": str(uuid4()), "query": query, "name": "Odd", "often": "daily"}

    assert sign_in(make_user(db)).post("/en/account/searches/new", form).status_code == 400
    assert count_stored(database, SavedSearch) == [0]


def test_there_are_at_most_so_many(
    db: Session, database: Database, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST_SEARCHES", 2)
    lan = make_user(db)
    for _time in range(2):
        make_search(db, by=lan)
    make_search(db, by=make_user(db))
    form = {"form_id": str(uuid4()), "query": "", "name": "One more", "often": "daily"}

    response = sign_in(lan).post("/en/account/searches/new", form)

    assert response.status_code == 409
    assert "You have saved 2 searches already." in response.text
    assert count_stored(database, SavedSearch) == [3]


def test_the_list_shows_the_own_searches_with_what_they_look_for_the_newest_first(db: Session, sign_in: SignIn) -> None:
    lan = make_user(db)
    make_search(db, by=lan, words="lò sấy", language="vi", name="Lò", country=["VN"], often=Often.NEVER)
    make_search(db, by=lan, name="All <b>", now=None)
    make_search(db, by=make_user(db), name="Somebody else's")

    page = read_html(sign_in(lan).get(PAGE))

    cards = page.find_all("article", css="card")
    assert sorted(card.find("h2").text for card in cards) == ["All <b>", "Lò"]
    (lo,) = (card for card in cards if card.find("h2").text == "Lò")
    assert lo.find("q").attributes["lang"] == "vi"
    assert lo.texts("span", css="tag") == ["Vietnam"]
    assert "no mails" in lo.text
    assert lo.find("h2").find("a").attributes["href"] == "/en/listings?q=l%C3%B2+s%E1%BA%A5y&country=VN"


def test_where_nothing_is_saved_the_page_says_what_to_do(db: Session, sign_in: SignIn) -> None:
    response = sign_in(make_user(db)).get(PAGE)

    assert "No saved searches yet." in response.text
    assert 'href="/en/listings"' in response.text


def test_name_words_and_mails_are_changed(
    db: Session, database: Database, sign_in: SignIn, deliver: Callable[[], None]
) -> None:
    lan = make_user(db)
    search = make_search(db, by=lan, words="kiln", kind=["offer"])
    deliver()
    browser = sign_in(lan)

    form = read_form(browser.get(f"{PAGE}/{search.id}"), f"/searches/{search.id}")
    browser.post(form.address, form.filled({"name": "Dryers", "words": "solar  dryer", "often": "never"}))
    prepared = count_stored(database, PreparedSearch)
    deliver()

    changed = read_only_search(database)
    assert (changed.name, changed.words, changed.often) == ("Dryers", "solar dryer", Often.NEVER)
    assert changed.filters == {"kind": ["offer"]}
    assert changed.waits_since > search.waits_since
    assert prepared == [0]
    assert count_stored(database, PreparedSearch) == [1]


def test_another_name_alone_leaves_the_search_what_it_is(db: Session, database: Database, sign_in: SignIn) -> None:
    lan = make_user(db)
    search = make_search(db, by=lan, words="kiln")

    sign_in(lan).post(f"{PAGE}/{search.id}", {"name": "Dryers", "words": "kiln", "often": "daily"})

    assert read_only_search(database).waits_since == search.waits_since


def test_a_search_is_deleted_and_a_second_click_finds_none(db: Session, database: Database, sign_in: SignIn) -> None:
    lan = make_user(db)
    search = make_search(db, by=lan)
    browser = sign_in(lan)

    answers = [browser.post(f"{PAGE}/{search.id}/delete").status_code for _time in range(2)]

    assert answers == [200, 404]
    assert count_stored(database, SavedSearch) == [0]


@pytest.mark.parametrize("door", ["", "/delete", "/feed", "/feed/end"])
def test_somebody_elses_search_is_not_found(db: Session, database: Database, sign_in: SignIn, door: str) -> None:
    search = make_search(db, by=make_user(db), name="Secret wish")
    browser = sign_in(make_user(db, staff=True))

    answers = [
        browser.get(f"{PAGE}/{search.id}"),
        browser.post(f"{PAGE}/{search.id}{door}", {"name": "Mine now", "often": "daily"}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert all("Secret wish" not in answer.text for answer in answers)
    assert read_only_search(database).name == "Secret wish"


def test_what_it_finds_now_is_a_click_away(db: Session, sign_in: SignIn, deliver: Callable[[], None]) -> None:
    lan = make_user(db)
    make_search(db, by=lan, words="kiln", kind=["offer"])
    make_listing(db)
    deliver()
    browser = sign_in(lan)

    address = read_html(browser.get(PAGE)).find("article").find("h2").find("a").attributes["href"]

    assert "Drying kiln for cassava" in read_html(browser.get(address)).find("article", css="listing").text


def test_as_many_statements_for_three_rows_as_for_one(
    db: Session, sign_in: SignIn, count_queries: Callable[[], int]
) -> None:
    lan = make_user(db)
    browser = sign_in(lan)
    counts = []
    for number in (1, 2):
        for place in range(number):
            slug = make_organization(db, name=f"Works {number} {place}").slug
            make_search(db, by=lan, organization=slug)
        count_queries()
        browser.get(PAGE)
        counts.append(count_queries())

    assert counts[0] == counts[1] <= 6  # BEGIN on SQLite, two that say who it is, searches, organizations, mails
