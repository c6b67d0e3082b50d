"""Who acts for an organization: joins, leaves, is removed; and that rights end at once."""

from collections.abc import Callable

import pytest
from httpx2 import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.kernel.db import Database
from market.kernel.viewer import MemberRole
from market.organizations.models import Membership, Organization
from market.web.rendering import Renderer
from tests.make.accounts import make_user
from tests.make.answers import all_there_is
from tests.make.crowd import post_together
from tests.make.hostile import ODD_TEXTS
from tests.make.listings import make_draft, make_fields
from tests.make.organizations import make_organization
from tests.make.reading import read_faults, read_form, read_html
from tests.make.stored import read_stored, take_stock
from tests.make.visitor import Visitor


@pytest.fixture
def owner(db: Session) -> User:
    return make_user(db, email="owner@example.org", name="Lan")


@pytest.fixture
def works(db: Session, owner: User) -> Organization:
    return make_organization(db, by=owner)


@pytest.fixture
def browser(owner: User, sign_in: Callable[..., Visitor]) -> Visitor:
    return sign_in(owner)


def add(browser: Visitor, works: Organization, email: str, *, role: str = "member") -> Response:
    return browser.post(f"/en/organizations/{works.slug}/members", {"email": email, "role": role})


def remove(browser: Visitor, works: Organization, email: str) -> Response:
    return browser.post(f"/en/organizations/{works.slug}/members/remove", {"email": email})


def list_members(browser: Visitor, works: Organization) -> list[str]:
    page = read_html(browser.get(f"/en/organizations/{works.slug}/members"))
    return [row.find_all("td")[0].find("span").text for row in page.find_all("tr")[1:]]


def test_an_owner_adds_and_removes_a_member_through_the_page(
    db: Session, browser: Visitor, works: Organization
) -> None:
    anna = make_user(db, email="anna@example.org", name="Anna")
    form = read_form(browser.get(f"/en/organizations/{works.slug}/members"), "/members")

    browser.post(form.address, form.filled({"email": "Anna@Example.org"}), token=form.values["_token"][0])

    assert list_members(browser, works) == ["owner@example.org", anna.email]
    forms = read_html(browser.get(f"/en/organizations/{works.slug}/members")).find_all("form", action=removal(works))
    assert len(forms) == 2
    remove(browser, works, anna.email)
    assert list_members(browser, works) == ["owner@example.org"]


def removal(works: Organization) -> str:
    return f"/en/organizations/{works.slug}/members/remove"


def test_adding_somebody_again_changes_nothing_not_even_the_role(
    db: Session, browser: Visitor, works: Organization, database: Database
) -> None:
    anna = make_user(db)
    add(browser, works, anna.email)

    answers = [add(browser, works, anna.email, role="owner") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert sorted(read_stored(database, select(Membership.role))) == [MemberRole.MEMBER, MemberRole.OWNER]


def test_a_double_click_adds_one_member(
    db: Session, browser: Visitor, works: Organization, facts: Callable[[], list[str]]
) -> None:
    anna = make_user(db)
    sent = (browser, f"/en/organizations/{works.slug}/members", {"email": anna.email, "role": "member"})

    assert [answer.status_code for answer in post_together([sent] * 3)] == [303, 303, 303]
    assert facts().count("MemberJoined") == 2


@pytest.mark.parametrize("code", ["en", "vi", "th", "zh-Hans", "my", "km"])
def test_only_somebody_with_a_confirmed_account_can_be_added(
    db: Session, browser: Visitor, works: Organization, renderer: Renderer, code: str
) -> None:
    make_user(db, email="unconfirmed@example.org", confirmed=False)

    answers = [
        browser.post(f"/{code}/organizations/{works.slug}/members", {"email": email, "role": "member"})
        for email in ("unconfirmed@example.org", "nobody@example.org")
    ]

    sentence = "There is no confirmed account with this address. Please ask the person to register first."
    assert [(answer.status_code, read_faults(answer)) for answer in answers] == [
        (422, {"email": renderer.reader(code).gettext(sentence)})
    ] * 2
    assert list_members(browser, works) == ["owner@example.org"]


@pytest.mark.parametrize("field", ["email", "role"])
def test_odd_texts_are_refused_beside_their_field(
    db: Session, browser: Visitor, works: Organization, database: Database, field: str
) -> None:
    anna = make_user(db)
    before = take_stock(database)
    fields = {"email": anna.email, "role": "member"}

    answers = [
        browser.post(f"/en/organizations/{works.slug}/members", {**fields, field: text})
        for text in ODD_TEXTS.values()
        if text.strip() or field == "email"
    ]

    assert {answer.status_code for answer in answers} == {422}
    assert {tuple(read_faults(answer)) for answer in answers} == {(field,)}
    assert take_stock(database) == before


def test_nobody_learns_from_the_members_pages_who_has_an_account(
    db: Session, browser: Visitor, works: Organization, sign_in: Callable[..., Visitor]
) -> None:
    known, anna, stranger = make_user(db, email="known@example.org"), make_user(db), make_user(db)
    add(browser, works, anna.email)

    for curious in (sign_in(anna), sign_in(stranger)):
        for try_it in (add, remove):
            answers = [all_there_is(try_it(curious, works, email)) for email in (known.email, "nobod@example.org")]
            assert answers[0] == answers[1]
            assert answers[0][0] == 403


def test_a_member_leaves_and_the_last_owner_cannot(
    db: Session, browser: Visitor, works: Organization, sign_in: Callable[..., Visitor]
) -> None:
    anna = make_user(db)
    add(browser, works, anna.email)

    left = remove(sign_in(anna), works, anna.email)
    stays = remove(browser, works, "owner@example.org")

    assert (left.status_code, left.url.path) == (200, "/en/account")
    assert (stays.status_code, read_html(stays).find("h1").text) == (409, "An organization needs at least one owner.")
    assert list_members(browser, works) == ["owner@example.org"]


def test_of_two_owners_who_remove_each_other_at_the_same_moment_one_stays(
    db: Session, browser: Visitor, works: Organization, sign_in: Callable[..., Visitor], database: Database
) -> None:
    anna = make_user(db)
    add(browser, works, anna.email, role="owner")

    post_together(
        [
            (browser, removal(works), {"email": anna.email}),
            (sign_in(anna), removal(works), {"email": "owner@example.org"}),
        ]
    )

    assert read_stored(database, select(Membership.role)) == [MemberRole.OWNER]


def test_removing_somebody_twice_is_harmless(db: Session, browser: Visitor, works: Organization) -> None:
    anna = make_user(db)
    add(browser, works, anna.email)

    assert [remove(browser, works, anna.email).status_code for _ in range(2)] == [200, 200]


def test_who_is_removed_has_no_rights_from_the_next_click_on(
    db: Session, browser: Visitor, works: Organization, owner: User, sign_in: Callable[..., Visitor], database: Database
) -> None:
    anna_user = make_user(db)
    add(browser, works, anna_user.email)
    draft = make_draft(db, by=owner, organization=works)
    anna = sign_in(anna_user)
    pages = [f"/en/listings/{draft.reference}", f"/en/listings/{draft.reference}/edit"]
    members = f"/en/organizations/{works.slug}/members"
    form = read_form(anna.get(pages[1]), "/edit")
    new = read_form(anna.get("/en/listings/new"), "/listings/new")
    assert [anna.get(page).status_code for page in (*pages, members)] == [200, 200, 200]

    remove(browser, works, anna_user.email)
    before = take_stock(database)

    assert [anna.get(page).status_code for page in (*pages, members)] == [404, 404, 403]
    assert anna.post(form.address, form.filled({"title": "Taken over by Anna"})).status_code == 404
    assert anna.post(f"{pages[0]}/publish").status_code == 404
    assert anna.post(new.address, new.filled(make_fields())).status_code == 403
    assert draft.reference not in anna.get("/en/account/listings").text
    assert take_stock(database) == before


def test_an_owner_made_a_member_again_loses_the_owners_rights_at_once(
    db: Session, browser: Visitor, works: Organization, sign_in: Callable[..., Visitor]
) -> None:
    anna_user = make_user(db)
    add(browser, works, anna_user.email, role="owner")
    anna = sign_in(anna_user)
    edit = f"/en/organizations/{works.slug}/edit"
    assert anna.get(edit).status_code == 200

    remove(browser, works, anna_user.email)
    add(browser, works, anna_user.email)

    assert anna.get(edit).status_code == 403


ROLES = ("visitor", "stranger", "owner of another", "member", "owner", "staff")
ACTIONS = {
    "look": (200, 200, 200, 200, 200, 200),
    "see members": (303, 403, 403, 200, 200, 200),
    "see the form": (303, 403, 403, 403, 200, 200),
    "edit": (401, 403, 403, 403, 303, 303),
    "add a member": (401, 403, 403, 403, 303, 303),
    "remove a member": (401, 403, 403, 403, 303, 303),
}


@pytest.mark.parametrize(
    ("action", "role", "status"),
    [(action, role, status) for action, row in ACTIONS.items() for role, status in zip(ROLES, row, strict=True)],
    ids=str,
)
def test_everybody_may_do_just_what_the_role_allows(
    db: Session, visitor: Visitor, browser: Visitor, works: Organization, sign_in: Callable[..., Visitor],
    database: Database, action: str, role: str, status: int,
) -> None:  # fmt: skip
    member, colleague, anna = make_user(db), make_user(db), make_user(db)
    for person in (member, colleague):
        add(browser, works, person.email)
    stranger = make_user(db, staff=role == "staff")
    if role == "owner of another":
        make_organization(db, by=stranger, name="Other works")
    actor = {"visitor": visitor, "owner": browser, "member": sign_in(member)}.get(role) or sign_in(stranger)
    before = take_stock(database)

    answer = act(actor, works, action, anna=anna, member=colleague)

    assert answer.status_code == status
    changed = take_stock(database) != before
    assert changed is (status == 303 and action in ("edit", "add a member", "remove a member"))


def act(browser: Visitor, works: Organization, action: str, *, anna: User, member: User) -> Response:
    address = f"/en/organizations/{works.slug}"
    words = {"name": "Changed", "kind": "firm", "country": "CN", "language": "en", "_version": "1"}
    calls: dict[str, Callable[[], Response]] = {
        "look": lambda: browser.get(address, follow=False),
        "see members": lambda: browser.get(f"{address}/members", follow=False),
        "see the form": lambda: browser.get(f"{address}/edit", follow=False),
        "edit": lambda: browser.post(f"{address}/edit", words, follow=False),
        "add a member": lambda: browser.post(
            f"{address}/members", {"email": anna.email, "role": "member"}, follow=False
        ),
        "remove a member": lambda: browser.post(f"{address}/members/remove", {"email": member.email}, follow=False),
    }
    return calls[action]()


@pytest.mark.parametrize("role", ["visitor", "stranger", "member", "owner"])
def test_a_page_shows_buttons_for_what_one_may_do_alone(
    db: Session, visitor: Visitor, browser: Visitor, works: Organization, sign_in: Callable[..., Visitor], role: str
) -> None:
    member = make_user(db)
    add(browser, works, member.email)
    actor = {"visitor": visitor, "owner": browser, "member": sign_in(member)}.get(role) or sign_in(make_user(db))

    page = read_html(actor.get(f"/en/organizations/{works.slug}"))

    links = [link.attributes["href"].removeprefix(f"/en/organizations/{works.slug}") for link in page.find_all("a")]
    assert [link for link in links if link in ("/edit", "/members")] == {
        "visitor": [], "stranger": [], "member": ["/members"], "owner": ["/edit", "/members"],
    }[role]  # fmt: skip
