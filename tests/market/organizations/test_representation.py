"""A centre acts for a client: the client's owner lets it, or the centre founds the client; and how it ends."""

from collections.abc import Callable

import pytest
from httpx2 import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.viewer import MemberRole
from market.organizations.models import Membership, Organization, Representation
from market.organizations.service import add_member
from tests.make.accounts import make_user
from tests.make.crowd import post_together
from tests.make.mails import read_mails
from tests.make.organizations import let_act, make_centre, make_organization
from tests.make.reading import read_faults, read_form, read_html
from tests.make.stored import count_stored, read_stored, take_stock
from tests.make.visitor import Visitor

CLIENT = {"name": "Youjiang Mangoes", "kind": "firm", "country": "CN", "language": "en"}
NO_OWNER = "This organization has no owner of its own yet. Please add one before you end this."


@pytest.fixture
def owner(db: Session) -> User:
    return make_user(db, email="owner@example.org", name="Lan", language="vi")


@pytest.fixture
def broker(db: Session) -> User:
    """Owns the centre."""
    return make_user(db, email="broker@example.org", name="Mei", language="en")


@pytest.fixture
def works(db: Session, owner: User) -> Organization:
    return make_organization(db, by=owner)


@pytest.fixture
def centre(db: Session, broker: User) -> Organization:
    return make_centre(db, by=broker)


@pytest.fixture
def browser(owner: User, sign_in: Callable[..., Visitor]) -> Visitor:
    return sign_in(owner)


@pytest.fixture
def brokers(broker: User, sign_in: Callable[..., Visitor]) -> Visitor:
    """The browser of the centre's owner."""
    return sign_in(broker)


@pytest.fixture
def member(db: Session, centre: Organization, sign_in: Callable[..., Visitor]) -> Visitor:
    """The browser of somebody who is a member of the centre and no more."""
    person = make_user(db)
    add_member(db, centre.id, person.id, role=MemberRole.MEMBER, by=None, now=utc_now())
    db.commit()
    return sign_in(person)


def address_of(organization: Organization) -> str:
    return f"/en/organizations/{organization.slug}"


def grant(browser: Visitor, works: Organization, centre: str) -> Response:
    return browser.post(f"{address_of(works)}/representation", {"centre": centre})


def end(browser: Visitor, works: Organization, centre: Organization) -> Response:
    return browser.post(f"{address_of(works)}/representation/end", {"centre": centre.slug})


def found_client(browser: Visitor, centre: Organization, **changes: str) -> Response:
    return browser.post(f"{address_of(centre)}/clients/new", {**CLIENT, **changes})


def list_found(page: Response) -> list[str]:
    part = read_html(page).find_all("section", id="choose")[0]
    return [row.find_all("a")[0].text for row in part.find_all("tr") if row.find_all("a")]


def test_an_owner_looks_up_a_centre_and_lets_it_act(
    db: Session, browser: Visitor, works: Organization, centre: Organization, visitor: Visitor,
    facts: Callable[[], list[str]],
) -> None:  # fmt: skip
    make_centre(db, name="Another centre")
    page = browser.get(f"{address_of(works)}/representation?q=xijiang")
    form = next(
        form for form in read_html(page).find_all("form") if form.find_all("input", name="centre", value=centre.slug)
    )

    answer = browser.post(form.attributes["action"], {"centre": centre.slug})

    assert list_found(page) == [centre.name]
    assert (
        read_html(answer).find("p", css="good").text == "This centre now acts for you. You can end it here at any time."
    )
    assert f"Represented by {centre.name}" in read_html(visitor.get(address_of(works))).texts("p")
    assert facts()[-1] == "RepresentationGranted"


@pytest.mark.parametrize(
    "words", ["Xijiang", "transfer CENTRE", "xijiang-transfer-centre", "{address}", "{address}?a=b#c"]
)
def test_a_centre_is_found_by_a_part_of_its_name_and_by_its_address(
    browser: Visitor, works: Organization, centre: Organization, words: str
) -> None:
    address = f"https://market.example/vi/organizations/{centre.slug}/"

    page = browser.get(f"{address_of(works)}/representation", follow=True)
    found = browser.client.get(f"{address_of(works)}/representation", params={"q": words.format(address=address)})

    assert list_found(page) == [centre.name]
    assert list_found(found) == [centre.name]


def test_what_is_no_centre_is_neither_found_nor_let_act(
    db: Session, browser: Visitor, works: Organization, database: Database
) -> None:
    firm = make_organization(db, name="Mekong Works")
    before = take_stock(database)

    page = browser.get(f"{address_of(works)}/representation?q=mekong")
    answers = [grant(browser, works, slug) for slug in (firm.slug, works.slug, "nobody", "")]

    assert list_found(page) == []
    assert [(answer.status_code, read_faults(answer)) for answer in answers] == [
        (422, {"centre": "There is no technology transfer centre at this address."})
    ] * 4
    assert take_stock(database) == before


def test_a_double_click_lets_it_act_once(
    browser: Visitor, works: Organization, centre: Organization, facts: Callable[[], list[str]]
) -> None:
    sent = (browser, f"{address_of(works)}/representation", {"centre": centre.slug})

    assert [answer.status_code for answer in post_together([sent] * 3)] == [303, 303, 303]
    assert facts().count("RepresentationGranted") == 1


@pytest.mark.parametrize("side", ["client", "centre", "staff"])
def test_the_other_side_hears_of_it_in_its_own_language(
    db: Session, browser: Visitor, brokers: Visitor, works: Organization, centre: Organization,
    sign_in: Callable[..., Visitor], deliver: Callable[[], None], side: str,
) -> None:  # fmt: skip
    grant(browser, works, centre.slug)
    deliver()
    granted = read_mails(browser)

    end({"client": browser, "centre": brokers}.get(side) or sign_in(make_user(db, staff=True)), works, centre)
    deliver()

    assert [(mail.recipient, mail.language, mail.subject) for mail in granted] == [
        ("broker@example.org", "en", "Xijiang Transfer Centre now acts for Liujiang Works")
    ]
    assert granted[0].links == [f"{address_of(centre)}/representation"]
    told = {(mail.recipient, mail.language) for mail in read_mails(browser)[: -len(granted)]}
    both = {"centre": ("owner@example.org", "vi"), "client": ("broker@example.org", "en")}
    assert told == (set(both.values()) if side == "staff" else {both[side]})


def test_ending_twice_is_harmless(
    browser: Visitor, works: Organization, centre: Organization, facts: Callable[[], list[str]], database: Database
) -> None:
    grant(browser, works, centre.slug)

    answers = [end(browser, works, centre) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert facts().count("RepresentationEnded") == 1
    assert count_stored(database, Representation) == [0]


def test_the_centre_gives_it_up_on_its_own_page(
    browser: Visitor, brokers: Visitor, works: Organization, centre: Organization, database: Database
) -> None:
    grant(browser, works, centre.slug)
    form = read_form(brokers.get(f"{address_of(centre)}/representation"), "/representation/end")

    answer = brokers.post(form.address, form.values)

    assert answer.url.path == f"{address_of(centre)}/representation"
    assert count_stored(database, Representation) == [0]


def test_a_member_of_a_centre_founds_a_client_and_does_not_own_it(
    member: Visitor, centre: Organization, visitor: Visitor, database: Database, facts: Callable[[], list[str]]
) -> None:
    form = read_form(member.get(f"{address_of(centre)}/clients/new"), "/clients/new")
    answer = member.post(form.address, form.filled(CLIENT))

    assert answer.url.path == "/en/organizations/youjiang-mangoes"
    assert read_html(visitor.get(answer.url.path)).texts("p").count(f"Represented by {centre.name}") == 1
    client = read_stored(database, select(Organization.id).where(Organization.slug == "youjiang-mangoes"))
    assert read_stored(database, select(Membership.user_id).where(Membership.organization_id.in_(client))) == []
    assert facts()[-2:] == ["OrganizationFounded", "RepresentationGranted"]


def test_a_client_sent_twice_is_founded_once(member: Visitor, centre: Organization, database: Database) -> None:
    addresses = {found_client(member, centre).url.path for _ in range(2)}

    assert addresses == {"/en/organizations/youjiang-mangoes"}
    assert count_stored(database, Organization, Representation) == [2, 1]


def test_faults_of_a_client_stand_beside_their_fields(member: Visitor, centre: Organization) -> None:
    answer = found_client(member, centre, name="", country="XX")

    assert (answer.status_code, set(read_faults(answer))) == (422, {"name", "country"})


def test_the_page_of_a_client_without_an_owner_is_kept_by_its_centre_until_it_has_one(
    db: Session, member: Visitor, brokers: Visitor, centre: Organization
) -> None:
    client = found_client(member, centre).url.path
    anna = make_user(db)
    before = [member.get(f"{client}/edit").status_code, member.get(f"{client}/members").status_code]

    refused = member.post(f"{client}/members", {"email": anna.email, "role": "owner"})
    added = brokers.post(f"{client}/members", {"email": anna.email, "role": "owner"})

    assert (before, refused.status_code, added.status_code) == ([200, 403], 403, 403)
    assert [browser.get(f"{client}/edit").status_code for browser in (member, brokers)] == [403, 403]
    assert brokers.post(f"{client}/members", {"email": anna.email, "role": "member"}).status_code == 403


def test_nobody_is_left_alone_with_an_organization_without_an_owner(
    member: Visitor, brokers: Visitor, centre: Organization, database: Database
) -> None:
    found_client(member, centre)
    [client] = read_stored(database, select(Organization).where(Organization.slug == "youjiang-mangoes"))

    answer = end(brokers, client, centre)

    assert (answer.status_code, read_html(answer).find("h1").text) == (409, NO_OWNER)
    assert count_stored(database, Representation) == [1]
    page = read_html(brokers.get(f"{address_of(centre)}/representation"))
    assert [form for form in page.find_all("form") if form.attributes["action"].endswith("/end")] == []


def test_a_centre_with_clients_stays_a_centre(
    browser: Visitor, brokers: Visitor, works: Organization, centre: Organization
) -> None:
    grant(browser, works, centre.slug)
    change = {"name": centre.name, "kind": "firm", "country": "CN", "language": "en", "_version": "1"}

    kept = brokers.post(f"{address_of(centre)}/edit", change)
    end(browser, works, centre)
    changed = brokers.post(f"{address_of(centre)}/edit", change)

    sentence = "A centre that acts for clients stays a technology transfer centre. Please end that first."
    assert (kept.status_code, read_faults(kept)) == (422, {"kind": sentence})
    assert changed.status_code == 200


def test_a_long_list_of_clients_is_paged(member: Visitor, centre: Organization) -> None:
    for number in range(61):
        found_client(member, centre, name=f"Client {number:03}")

    first = read_html(member.get(f"{address_of(centre)}/representation"))
    following = first.find("a", rel="next").attributes["href"]

    names = [
        row.find_all("a")[0].text
        for page in (first, read_html(member.get(following)))
        for row in page.find_all("tr")
        if row.find_all("a")
    ]
    assert names == [f"Client {number:03}" for number in range(61)]


ROLES = ("visitor", "stranger", "owner", "member of the works", "centre's owner", "centre's member", "staff")
ACTIONS = {
    "look": (303, 403, 200, 200, 200, 200, 200),
    "look at the centre's": (303, 403, 403, 403, 200, 200, 200),
    "grant another": (401, 403, 303, 403, 403, 403, 403),
    "end": (401, 403, 303, 403, 303, 403, 303),
    "see the form of a client": (303, 403, 403, 403, 200, 200, 403),
    "found a client": (401, 403, 403, 403, 303, 303, 403),
    "edit the client's page": (401, 403, 303, 403, 403, 403, 303),
    "see the client's members": (303, 403, 200, 200, 403, 403, 200),
}


@pytest.mark.parametrize(
    ("action", "role", "status"),
    [(action, role, status) for action, row in ACTIONS.items() for role, status in zip(ROLES, row, strict=True)],
    ids=str,
)
def test_everybody_may_do_just_what_the_role_allows(
    db: Session, visitor: Visitor, browser: Visitor, brokers: Visitor, member: Visitor, works: Organization,
    centre: Organization, owner: User, sign_in: Callable[..., Visitor], database: Database, action: str, role: str,
    status: int,
) -> None:  # fmt: skip
    let_act(db, centre, client=works, by=owner)
    other = make_centre(db, name="Another centre")
    colleague, stranger = make_user(db), make_user(db, staff=role == "staff")
    add_member(db, works.id, colleague.id, role=MemberRole.MEMBER, by=None, now=utc_now())
    db.commit()
    actors = {"visitor": visitor, "owner": browser, "centre's owner": brokers, "centre's member": member}
    actor = actors.get(role) or sign_in(colleague if role == "member of the works" else stranger)
    before = take_stock(database)

    answer = act(actor, works, centre, other, action)

    assert answer.status_code == status
    is_change = action in ("grant another", "end", "found a client", "edit the client's page")
    assert (take_stock(database) != before) is (status == 303 and is_change)


def act(browser: Visitor, works: Organization, centre: Organization, other: Organization, action: str) -> Response:
    pages = {
        "look": f"{address_of(works)}/representation",
        "look at the centre's": f"{address_of(centre)}/representation",
        "see the form of a client": f"{address_of(centre)}/clients/new",
        "see the client's members": f"{address_of(works)}/members",
    }
    if action in pages:
        return browser.get(pages[action], follow=False)
    place, fields = {
        "grant another": (f"{address_of(works)}/representation", {"centre": other.slug}),
        "end": (f"{address_of(works)}/representation/end", {"centre": centre.slug}),
        "found a client": (f"{address_of(centre)}/clients/new", CLIENT),
        "edit the client's page": (f"{address_of(works)}/edit", {**CLIENT, "_version": "1"}),
    }[action]
    return browser.post(place, fields, follow=False)
