"""What organizers see of who comes, and what they decide."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.registration.models import Participant, Question, RegistrationType
from tests.make.accounts import make_user
from tests.make.reading import read_faults, read_form, read_html
from tests.make.registrations import make_participant, make_question, make_registration, make_type
from tests.make.visitor import Visitor
from tests.market.registration.expo import Expo, read_admitted, read_state


def list_names(page: object) -> list[str]:
    html = read_html(page)  # type: ignore[arg-type] # a response
    return [link.text for link in html.find_all("a") if link.attributes.get("id", "").startswith("p-")]


def test_with_approval_nobody_has_a_place_before_the_team_says_so(
    db: Session, expo: Expo, sign_in: Callable[..., Visitor]
) -> None:
    press = make_type(db, expo.event, by=expo.organizer, name="Press", capacity=1, needs_approval="1")
    first, second, third = (make_registration(db, expo.event, press, make_user(db)) for _person in range(3))
    browser, address = sign_in(expo.organizer), f"/en/manage{expo.address}/participants"
    before = read_admitted(db, press)

    browser.post(address, {"participant": [second.code, first.code], "_decision": "admit"})
    browser.post(address, {"participant": [third.code], "_decision": "decline"})

    assert before == 0
    assert [read_state(db, one) for one in (first, second, third)] == ["admitted", "waiting", "declined"]
    assert read_admitted(db, press) == 1


def test_admitting_twice_takes_one_place(db: Session, expo: Expo, sign_in: Callable[..., Visitor]) -> None:
    press = make_type(db, expo.event, by=expo.organizer, name="Press", capacity=3, needs_approval="1")
    one = make_registration(db, expo.event, press, make_user(db))
    browser = sign_in(expo.organizer)

    for _click in range(2):
        browser.post(f"/en/manage{expo.address}/participants", {"participant": one.code, "_decision": "admit"})

    assert (read_state(db, one), read_admitted(db, press)) == ("admitted", 1)


def test_a_participant_of_another_event_is_not_decided_on(
    db: Session, expo: Expo, sign_in: Callable[..., Visitor]
) -> None:
    one = make_registration(db, expo.event, expo.kind, make_user(db))
    stranger = make_user(db, organizer=True)

    answer = sign_in(stranger).post(
        f"/en/manage{expo.address}/participants", {"participant": one.code, "_decision": "decline"}
    )

    assert (answer.status_code, read_state(db, one)) == (404, "admitted")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Thuý", "Zhang Wei", "Áo"]),
        ("?q=THUÝ", ["Thuý"]),
        ("?q=works", ["Zhang Wei", "Áo"]),
        ("?q=zhang+works", ["Zhang Wei"]),
        ("?country=VN", ["Thuý"]),
        ("?state=waiting", ["Thuý"]),
        ("?q=100%25", []),
    ],
)
def test_the_list_is_narrowed_down(
    db: Session, expo: Expo, sign_in: Callable[..., Visitor], query: str, names: list[str]
) -> None:
    people = [("Áo", "Works", "TH"), ("Zhang Wei", "Liujiang WORKS", "CN"), ("Thuý", "", "VN")]
    for number, (name, organization, country) in enumerate(people):
        make_participant(
            db, expo.event, expo.kind, by=expo.organizer, email=f"p{number}@example.org", name=name,
            organization=organization, country=country,
        )  # fmt: skip

    page = sign_in(expo.organizer).get(f"/en/manage{expo.address}/participants{query}")

    assert list_names(page) == names


def test_the_list_is_paged_without_losing_anybody(
    db: Session, expo: Expo, sign_in: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("market.registration.pages.participants.PAGE_SIZE", 2)
    for number in range(5):
        email = f"p{number}@example.org"
        make_participant(db, expo.event, expo.kind, by=expo.organizer, email=email, name=f"Person {number}")
    browser, address = sign_in(expo.organizer), f"/en/manage{expo.address}/participants?q=person"

    seen: list[str] = []
    while address:
        page = browser.get(address)
        seen += list_names(page)
        following = read_html(page).find_all("a", rel="next")
        address = following[0].attributes["href"] if following else ""

    assert seen == [f"Person {number}" for number in (4, 3, 2, 1, 0)]


def test_somebody_is_added_by_hand_once(db: Session, expo: Expo, sign_in: Callable[..., Visitor]) -> None:
    browser = sign_in(expo.organizer)
    form = read_form(browser.get(f"/en/manage{expo.address}/participants/new"), "/new")
    fields = form.filled({"name": "Mai", "email": "Mai@Example.org", "language": "th"})

    first, second = browser.post(form.address, fields), browser.post(form.address, fields)

    (added,) = db.scalars(select(Participant)).all()
    assert (first.status_code, second.status_code, list(read_faults(second))) == (200, 422, ["email"])
    assert (added.name, added.email, added.language, added.state) == ("Mai", "mai@example.org", "th", "admitted")


def test_a_participants_page_shows_what_was_answered(db: Session, expo: Expo, sign_in: Callable[..., Visitor]) -> None:
    question = make_question(db, expo.event, by=expo.organizer, name="Vegetarian", kind="yes_no")
    one = make_registration(db, expo.event, expo.kind, make_user(db), answers={str(question.id): "yes"})

    page = read_html(sign_in(expo.organizer).get(f"/en/manage{expo.address}/participants/{one.code}"))

    shown = dict(zip(page.find("main").texts("dt"), page.find("main").texts("dd"), strict=True))
    assert (shown["Vegetarian"], shown["Code"], shown["State"]) == ("Yes", one.code, "Admitted")


def test_a_type_is_set_up_with_its_names_and_changed(db: Session, expo: Expo, sign_in: Callable[..., Visitor]) -> None:
    browser, address = sign_in(expo.organizer), f"/en/manage{expo.address}/registration"
    form = read_form(browser.get(f"{address}/types/new"), "/types/new")

    browser.post(form.address, form.filled({"name": "Press", "names-th": "สื่อมวลชน", "capacity": "10"}))
    press = db.scalars(select(RegistrationType).where(RegistrationType.name == "Press")).one()
    db.commit()
    edit = read_form(browser.get(f"{address}/types/{press.id}"), str(press.id))
    browser.post(edit.address, edit.filled({"capacity": "", "needs_approval": "1"}))

    db.expire_all()
    changed = db.get_one(RegistrationType, press.id)
    assert edit.values["names-th"] == ["สื่อมวลชน"]
    assert (changed.names, changed.capacity, changed.needs_approval, changed.is_open, changed.position) == (
        {"th": "สื่อมวลชน"}, None, True, True, 1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"name": "Trade visitor"}, "name"),
        ({"opens_on": "2027-03-02", "closes_on": "2027-03-01"}, "closes_on"),
        ({"capacity": "-1"}, "capacity"),
        ({"names-vi": "x" * 201}, "names"),
    ],
    ids=["name", "days", "capacity", "names"],
)
def test_what_is_wrong_with_a_type_is_said_beside_its_field(
    expo: Expo, sign_in: Callable[..., Visitor], changes: dict[str, str], fault: str
) -> None:
    browser = sign_in(expo.organizer)
    form = read_form(browser.get(f"/en/manage{expo.address}/registration/types/new"), "/types/new")

    answer = browser.post(form.address, form.filled({"name": "Press", **changes}))

    assert (answer.status_code, list(read_faults(answer))) == (422, [fault])


def test_places_are_not_taken_back_from_those_who_have_one(
    db: Session, expo: Expo, sign_in: Callable[..., Visitor]
) -> None:
    for _person in range(2):
        make_registration(db, expo.event, expo.kind, make_user(db))
    browser = sign_in(expo.organizer)
    form = read_form(browser.get(f"/en/manage{expo.address}/registration/types/{expo.kind.id}"), str(expo.kind.id))

    answer = browser.post(form.address, form.filled({"capacity": "1"}))

    assert read_faults(answer) == {"capacity": "2 are admitted already."}


def test_a_type_with_participants_stays(db: Session, expo: Expo, sign_in: Callable[..., Visitor]) -> None:
    empty = make_type(db, expo.event, by=expo.organizer, name="Press")
    make_registration(db, expo.event, expo.kind, make_user(db))
    browser, address = sign_in(expo.organizer), f"/en/manage{expo.address}/registration/types"

    answers = [browser.post(f"{address}/{kind.id}/remove").status_code for kind in (expo.kind, empty)]

    assert answers == [409, 200]
    assert [kind.name for kind in db.scalars(select(RegistrationType))] == ["Trade visitor"]


@pytest.mark.parametrize(
    "changes",
    [{"choices": "Rice"}, {"choices": "Rice\nRice"}, {"choices": "Rice\nNoodles", "choices-vi": "Cơm"}],
    ids=["one", "twice", "unlike"],
)
def test_choices_are_several_and_as_many_in_every_language(
    db: Session, expo: Expo, sign_in: Callable[..., Visitor], changes: dict[str, str]
) -> None:
    browser = sign_in(expo.organizer)
    form = read_form(browser.get(f"/en/manage{expo.address}/registration/questions/new"), "/questions/new")

    answer = browser.post(form.address, form.filled({"name": "Meal", "kind": "choice", **changes}))

    assert (answer.status_code, list(read_faults(answer))) == (422, ["other_choices"])


def test_a_question_is_set_up_changed_and_removed(db: Session, expo: Expo, sign_in: Callable[..., Visitor]) -> None:
    browser, address = sign_in(expo.organizer), f"/en/manage{expo.address}/registration"
    form = read_form(browser.get(f"{address}/questions/new"), "/questions/new")
    fields = {"name": "Meal", "kind": "choice", "choices": "Rice\nNoodles", "choices-vi": "Cơm\nMì"}

    browser.post(form.address, form.filled(fields))
    meal = db.scalars(select(Question)).one()
    db.commit()
    edit = read_form(browser.get(f"{address}/questions/{meal.id}"), str(meal.id))
    browser.post(edit.address, edit.filled({"name": "Lunch", "is_required": "1"}))
    db.expire_all()
    changed = db.scalars(select(Question)).one()
    db.commit()
    browser.post(f"{address}/questions/{meal.id}/remove")

    assert edit.values["choices-vi"] == ["Cơm\nMì"]
    assert (changed.name, changed.is_required) == ("Lunch", True)
    assert changed.choices == [{"value": "Rice", "vi": "Cơm"}, {"value": "Noodles", "vi": "Mì"}]
    assert db.scalars(select(Question.id)).all() == []
