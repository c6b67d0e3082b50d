"""Organizations that a person wants to hear of, also without one of the own."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.interests import rules
from market.interests.enums import Often
from market.interests.models import Follow
from market.kernel.db import Database
from tests.make.accounts import PASSWORD, make_user
from tests.make.interests import make_follow
from tests.make.organizations import make_organization
from tests.make.reading import read_form, read_html
from tests.make.stored import count_stored, read_stored
from tests.make.visitor import Visitor

SignIn = Callable[..., Visitor]
PAGE = "/en/account/following"


def test_the_button_on_its_page_follows_an_organization_and_ends_it(
    db: Session, database: Database, sign_in: SignIn
) -> None:
    make_organization(db, name="Mekong Works")
    lan = sign_in(make_user(db))
    address = "/en/organizations/mekong-works"

    followed = lan.post(read_form(lan.get(address), "/follow").address)
    stored = read_stored(database, select(Follow.often))
    ended = lan.post(read_form(followed, "/unfollow").address)

    assert (followed.url.path, ended.url.path) == (address, address)
    assert "You follow this organization now." in followed.text
    assert stored == [Often.DAILY]
    assert count_stored(database, Follow) == [0]


def test_a_visitor_signs_in_and_comes_back_to_the_organization(db: Session, visitor: Visitor) -> None:
    make_organization(db, name="Mekong Works")
    make_user(db, email="lan@example.org")
    page = read_html(visitor.get("/en/organizations/mekong-works"))
    (link,) = (a for a in page.find_all("a") if a.text == "Follow this organization")

    form = read_form(visitor.get(link.attributes["href"]), "/sign-in")
    response = visitor.post(form.address, form.filled({"email": "lan@example.org", "password": PASSWORD}))

    assert response.url.path == "/en/organizations/mekong-works"


def test_who_acts_for_an_organization_is_not_asked_to_follow_it(db: Session, sign_in: SignIn) -> None:
    owner = make_user(db)
    organization = make_organization(db, by=owner)

    assert "Follow this organization" not in sign_in(owner).get(f"/en/organizations/{organization.slug}").text


def test_the_list_has_the_own_follows_with_how_often(db: Session, database: Database, sign_in: SignIn) -> None:
    lan = make_user(db)
    make_follow(db, make_organization(db, name="Mekong Works", country="VN"), by=lan)
    make_follow(db, make_organization(db, name="Somebody else's"), by=make_user(db))
    browser = sign_in(lan)

    page = browser.get(PAGE)
    form = read_form(page, "/following/mekong-works")
    changed = browser.post(form.address, form.filled({"often": "weekly"}))

    (card,) = read_html(page).find_all("article", css="card")
    assert (card.find("h2").text, card.find("p", css="meta").text) == ("Mekong Works", "Vietnam")
    assert form.values["often"] == ["at_once"]
    assert changed.url.path == PAGE
    assert sorted(read_stored(database, select(Follow.often))) == ["at_once", "weekly"]


def test_following_ends_from_the_list_and_twice_is_harmless(db: Session, database: Database, sign_in: SignIn) -> None:
    lan = make_user(db)
    make_follow(db, make_organization(db, name="Mekong Works"), by=lan)
    browser = sign_in(lan)
    form = read_form(browser.get(PAGE), "/unfollow")

    answers = [browser.post(form.address, form.values) for _time in range(2)]

    assert [answer.url.path for answer in answers] == [PAGE, PAGE]
    assert count_stored(database, Follow) == [0]
    assert "You follow no organization yet." in answers[1].text


def test_what_is_not_followed_has_nothing_to_change(db: Session, sign_in: SignIn) -> None:
    make_organization(db, name="Mekong Works")
    browser = sign_in(make_user(db))

    statuses = [
        browser.post(f"{PAGE}/mekong-works", {"often": "weekly"}).status_code,
        browser.post(f"{PAGE}/nobody", {"often": "weekly"}).status_code,
        browser.post(f"{PAGE}/mekong-works", {"often": "hourly"}).status_code,
        browser.post("/en/organizations/nobody/follow").status_code,
    ]

    assert statuses == [404, 404, 422, 404]


def test_there_are_at_most_so_many(
    db: Session, database: Database, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST_FOLLOWED", 1)
    lan = make_user(db)
    make_follow(db, make_organization(db), by=lan)
    make_organization(db, name="Mekong Works")

    response = sign_in(lan).post("/en/organizations/mekong-works/follow")

    assert response.status_code == 409
    assert count_stored(database, Follow) == [1]


def test_as_many_statements_for_three_rows_as_for_one_and_pages_follow_each_other(
    db: Session, sign_in: SignIn, count_queries: Callable[[], int]
) -> None:
    lan, owner = make_user(db), make_user(db)
    browser = sign_in(lan)
    counts = []
    for number in (1, 2, 20):
        for place in range(number):
            make_follow(db, make_organization(db, by=owner, name=f"Works {number} {place}"), by=lan)
        count_queries()
        page = read_html(browser.get(PAGE))
        counts.append(count_queries())

    (following,) = page.find_all("a", rel="next")
    rest = read_html(browser.get(following.attributes["href"]))
    names = [card.find("h2").text for one in (page, rest) for card in one.find_all("article", css="card")]
    assert counts[0] == counts[1] == counts[2] <= 5  # BEGIN on SQLite, two that say who it is, follows, mails
    assert (len(names), len(set(names))) == (23, 23)
