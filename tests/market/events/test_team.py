"""Who organizes an event: heads and editors come and go, and a head always stays."""

from collections.abc import Callable

import pytest
from httpx2 import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.events import service
from market.events.enums import TeamRole
from market.events.forms import TeamForm
from market.events.models import Event, TeamMember
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.errors import NotAllowed
from market.kernel.viewer import Viewer
from market.web.rendering import Renderer
from tests.make.accounts import make_user
from tests.make.answers import all_there_is
from tests.make.crowd import post_together
from tests.make.events import make_event
from tests.make.organizations import make_viewer
from tests.make.reading import read_faults, read_form, read_html, read_rows
from tests.make.stored import take_stock
from tests.make.visitor import Visitor
from tests.market.events.making import take_in

LAN, ANNA = "lan@example.org", "anna@example.org"
LAST_HEAD = "An event needs at least one head."


@pytest.fixture
def fair(db: Session, lan: User) -> Event:
    """Led by Lan."""
    return make_event(db, by=lan)


@pytest.fixture
def anna(db: Session) -> User:
    return make_user(db, email=ANNA, name="Anna")


def add(browser: Visitor, event: Event, email: str, role: str = "editor", *, code: str = "en") -> Response:
    return browser.post(f"/{code}/manage/events/{event.slug}/team", {"email": email, "role": role})


def remove(browser: Visitor, event: Event, email: str) -> Response:
    return browser.post(f"/en/manage/events/{event.slug}/team/remove", {"email": email})


def read_team(database: Database) -> dict[str, str]:
    """Mail address → role."""
    with database.reading() as session:
        rows = session.execute(select(User.email, TeamMember.role).join(User, User.id == TeamMember.user_id))
        return {email: role.value for email, role in rows}


def test_a_head_adds_and_removes_an_editor_on_the_page(
    fair: Event, anna: User, browser: Visitor, event_facts: Callable[[], list[str]]
) -> None:
    before = len(event_facts())
    form = read_form(browser.get(f"/en/manage/events/{fair.slug}/team"), "/team")

    added = browser.post(
        form.address, form.filled({"email": "Anna@Example.org", "role": "editor"}), token=form.values["_token"][0]
    )

    assert read_rows(added) == [
        [f"Lan {LAN}", "Head", "Leave the team"], [f"Anna {ANNA}", "Editor", "Remove"],
    ]  # fmt: skip
    assert read_rows(remove(browser, fair, ANNA)) == [[f"Lan {LAN}", "Head", "Leave the team"]]
    assert event_facts()[before:] == ["TeamJoined", "TeamLeft"]


def test_somebody_becomes_an_editor_unless_another_role_is_chosen(fair: Event, browser: Visitor) -> None:
    form = read_form(browser.get(f"/en/manage/events/{fair.slug}/team"), "/team")

    assert form.values["role"] == ["editor"]


def test_whoever_joins_sees_what_is_planned_and_whoever_leaves_sees_it_no_more(
    db: Session, lan: User, anna: User, browser: Visitor, sign_in: Callable[..., Visitor]
) -> None:
    event = make_event(db, by=lan, planned=True)
    hers = sign_in(anna)

    statuses = [hers.get(f"/en/events/{event.slug}").status_code]
    for change in (add, remove):
        change(browser, event, ANNA)
        statuses.append(hers.get(f"/en/events/{event.slug}").status_code)

    assert statuses == [404, 200, 404]


def test_adding_somebody_again_gives_the_role_asked_for(
    fair: Event, anna: User, browser: Visitor, database: Database, event_facts: Callable[[], list[str]]
) -> None:
    before = len(event_facts())

    teams = []
    for role in ("editor", "editor", "head", "head", "editor"):
        add(browser, fair, ANNA, role)
        teams.append(read_team(database)[ANNA])

    assert teams == ["editor", "editor", "head", "head", "editor"]
    assert event_facts()[before:] == ["TeamJoined"] * 3


def test_a_double_click_adds_one_member(
    fair: Event, anna: User, browser: Visitor, database: Database, event_facts: Callable[[], list[str]]
) -> None:
    before = len(event_facts())
    sent = (browser, f"/en/manage/events/{fair.slug}/team", {"email": ANNA, "role": "editor"})

    assert [answer.status_code for answer in post_together([sent] * 3)] == [303, 303, 303]
    assert read_team(database) == {LAN: "head", ANNA: "editor"}
    assert event_facts()[before:] == ["TeamJoined"]


@pytest.mark.parametrize("code", ["en", "vi", "th", "zh-Hans", "my", "km"])
def test_a_head_is_told_that_an_address_has_no_confirmed_account(
    db: Session, fair: Event, browser: Visitor, database: Database, renderer: Renderer, code: str
) -> None:
    make_user(db, email="unconfirmed@example.org", confirmed=False)

    answers = [add(browser, fair, f"{name}@example.org", code=code) for name in ("unconfirmed", "nobody")]

    sentence = "There is no confirmed account with this address. Please ask the person to register first."
    said = {"email": renderer.reader(code).gettext(sentence)}
    assert [(answer.status_code, read_faults(answer)) for answer in answers] == [(422, said)] * 2
    assert read_form(answers[1], "/team").values["email"] == ["nobody@example.org"]
    assert read_team(database) == {LAN: "head"}


@pytest.mark.parametrize("who", ["editor", "organizer", "stranger"])
@pytest.mark.parametrize("change", [add, remove])
def test_nobody_else_changes_the_team_or_learns_who_has_an_account(
    db: Session, fair: Event, anna: User, database: Database, sign_in: Callable[..., Visitor], who: str,
    change: Callable[..., Response],
) -> None:  # fmt: skip
    user = make_user(db, organizer=who == "organizer")
    if who == "editor":
        take_in(db, fair, user)
    browser = sign_in(user)
    before = take_stock(database)

    answers = [change(browser, fair, email) for email in (LAN, ANNA, "nobody@example.org", "")]

    assert {answer.status_code for answer in answers} == {403 if who == "editor" else 404}
    told = [all_there_is(answer) for answer in answers]
    assert told == [told[0]] * 4
    assert take_stock(database) == before


def test_an_editor_sees_the_team_and_may_only_leave_it(
    db: Session, fair: Event, anna: User, database: Database, sign_in: Callable[..., Visitor]
) -> None:
    take_in(db, fair, anna)
    browser = sign_in(anna)

    page = browser.get(f"/en/manage/events/{fair.slug}/team")
    left = remove(browser, fair, ANNA)

    assert read_rows(page) == [[f"Lan {LAN}", "Head", ""], [f"Anna {ANNA}", "Editor", "Leave the team"]]
    forms = [form.attributes["action"].rpartition("/")[2] for form in read_html(page).find("main").find_all("form")]
    assert forms == ["remove"]
    assert (left.status_code, left.url.path) == (200, "/en/account")
    assert read_team(database) == {LAN: "head"}


@pytest.mark.parametrize("change", [remove, add], ids=["leaves", "becomes an editor"])
def test_the_last_head_stays_and_another_one_lets_it_go(
    fair: Event, anna: User, browser: Visitor, database: Database, change: Callable[..., Response]
) -> None:
    add(browser, fair, ANNA)
    before = take_stock(database)

    refused = change(browser, fair, LAN)

    assert (refused.status_code, read_html(refused).find("h1").text) == (409, LAST_HEAD)
    assert take_stock(database) == before
    add(browser, fair, ANNA, "head")
    change(browser, fair, LAN)
    assert read_team(database) == ({ANNA: "head"} if change is remove else {LAN: "editor", ANNA: "head"})


def test_staff_cannot_take_the_last_head_away_either(
    db: Session, fair: Event, database: Database, sign_in: Callable[..., Visitor]
) -> None:
    assert remove(sign_in(make_user(db, staff=True)), fair, LAN).status_code == 409
    assert read_team(database) == {LAN: "head"}


def test_of_two_heads_who_leave_at_once_one_stays(
    db: Session, fair: Event, anna: User, browser: Visitor, database: Database, sign_in: Callable[..., Visitor]
) -> None:
    take_in(db, fair, anna, TeamRole.HEAD)
    address = f"/en/manage/events/{fair.slug}/team/remove"

    answers = post_together([(browser, address, {"email": LAN}), (sign_in(anna), address, {"email": ANNA})])

    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert list(read_team(database).values()) == ["head"]


def test_removing_somebody_who_has_left_is_harmless(
    fair: Event, anna: User, browser: Visitor, event_facts: Callable[[], list[str]]
) -> None:
    before = event_facts()

    assert remove(browser, fair, ANNA).status_code == 200
    assert event_facts() == before


@pytest.mark.parametrize("role", ["owner", "HEAD", "head,editor"])
def test_a_role_that_is_none_is_refused_beside_its_field(
    fair: Event, anna: User, browser: Visitor, database: Database, role: str
) -> None:
    answer = add(browser, fair, ANNA, role)

    assert (answer.status_code, list(read_faults(answer))) == (422, ["role"])
    assert read_team(database) == {LAN: "head"}


def join(db: Session, event: Event, by: Viewer) -> None:
    service.add_to_team_by_address(db, event, TeamForm(email=ANNA), by=by, now=utc_now())


def dismiss(db: Session, event: Event, by: Viewer) -> None:
    service.remove_from_team(db, event, db.query(User).filter(User.email == LAN).one(), by=by)


@pytest.mark.parametrize("change", [join, dismiss])
def test_the_team_is_changed_by_its_heads_whoever_asks_for_it(
    db: Session, fair: Event, anna: User, database: Database, change: Callable[[Session, Event, Viewer], None]
) -> None:
    take_in(db, fair, anna)
    before = take_stock(database)

    with pytest.raises(NotAllowed):
        change(db, fair, make_viewer(db, anna))
    db.commit()

    assert take_stock(database) == before


def test_who_is_of_a_team_finds_its_events_in_the_menu(db: Session, sign_in: Callable[..., Visitor]) -> None:
    """Also one who organizes no events otherwise; nobody else is shown the way."""
    event, editor, stranger = make_event(db), make_user(db), make_user(db)
    head = db.scalars(select(TeamMember.user_id).where(TeamMember.event_id == event.id)).one()
    form = TeamForm(email=editor.email, role="editor")
    service.add_to_team_by_address(db, event, form, by=make_viewer(db, db.get_one(User, head)), now=utc_now())
    db.commit()

    menus = [read_html(sign_in(person).get("/en/about")).find("div", css="bar-end") for person in (editor, stranger)]

    links = [[link.attributes["href"] for link in menu.find_all("a")] for menu in menus]
    assert ["/en/manage/events" in found for found in links] == [True, False]
