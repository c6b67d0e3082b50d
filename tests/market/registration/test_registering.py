"""Somebody registers on the page of an event, and looks after the own registration."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.events.enums import EventState
from market.events.service import change_state
from market.kernel.clock import utc_now
from market.registration.enums import Decision
from market.registration.forms import TypeForm
from market.registration.models import Participant
from market.registration.offering import edit_type
from market.registration.service import decide
from tests.make.accounts import make_user
from tests.make.events import make_event
from tests.make.organizations import make_organization, make_viewer
from tests.make.reading import read_faults, read_form, read_html, read_rows
from tests.make.registrations import (
    make_participant,
    make_question,
    make_registration,
    make_type,
    open_registration,
)
from tests.make.visitor import Visitor
from tests.market.registration.expo import Expo, read_admitted, read_state

HOSTILE = '"><script>alert(1)</script>'


def count_participants(db: Session) -> int:
    return db.scalar(select(func.count()).select_from(Participant)) or 0


def test_the_form_is_filled_in_from_the_account_and_registers(
    db: Session, expo: Expo, sign_in: Callable[..., Visitor]
) -> None:
    lan = make_user(db, name="Lan", language="vi")
    make_organization(db, by=lan, name="Liujiang Works", country="VN")
    browser = sign_in(lan)

    form = read_form(browser.get(f"/vi{expo.address}/register"), "/register")
    answer = browser.post(form.address, form.values)

    own = db.scalars(select(Participant)).one()
    assert form.values["type"] == [str(expo.kind.id)]
    assert answer.url.path == f"/vi/registrations/{own.code}"
    assert own.code in read_html(answer).find("main").text
    assert (own.name, own.organization, own.country, own.language, own.email, own.user_id, own.state) == (
        "Lan", "Liujiang Works", "VN", "vi", lan.email, lan.id, "admitted",
    )  # fmt: skip
    assert read_admitted(db, expo.kind) == 1


def test_the_page_of_the_event_says_what_one_may_register_as_in_the_readers_language(
    expo: Expo, visitor: Visitor
) -> None:
    (panel,) = [
        one for one in read_html(visitor.get(f"/vi{expo.address}")).find_all("section", css="panel")
        if one.find_all("a")[0].attributes["href"].endswith("/register")
    ]  # fmt: skip

    assert panel.find("li").text == "Khách thương mại · Còn 2 chỗ"


def test_a_visitor_comes_back_to_the_form_after_signing_in(db: Session, expo: Expo, visitor: Visitor) -> None:
    answer = visitor.get(f"/en{expo.address}/register")

    assert answer.url.path == "/en/sign-in"
    assert answer.url.params["next"] == f"/en{expo.address}/register"


def test_registering_twice_makes_one_registration(db: Session, expo: Expo, sign_in: Callable[..., Visitor]) -> None:
    browser = sign_in(make_user(db))
    form = read_form(browser.get(f"/en{expo.address}/register"), "/register")

    first, second = browser.post(form.address, form.values), browser.post(form.address, form.values)

    assert first.url == second.url
    assert (count_participants(db), read_admitted(db, expo.kind)) == (1, 1)
    assert browser.get(f"/en{expo.address}/register").url.path == first.url.path


def test_who_has_not_confirmed_the_address_cannot_register(
    db: Session, expo: Expo, sign_in: Callable[..., Visitor]
) -> None:
    browser = sign_in(make_user(db, confirmed=False))

    page = browser.get(f"/en{expo.address}/register")
    fields = {"type": str(expo.kind.id), "name": "Lan", "language": "en"}
    answer = browser.post(f"/en{expo.address}/register", fields)

    assert "confirm your mail address first" in page.text
    assert (answer.status_code, count_participants(db)) == (403, 0)


@pytest.mark.parametrize(
    ("state", "reason"),
    [(EventState.ANNOUNCED, "Registration is not open yet."), (EventState.CANCELLED, "Registration is closed.")],
)
def test_an_event_that_is_not_open_says_why_and_takes_nobody(
    db: Session, expo: Expo, sign_in: Callable[..., Visitor], state: EventState, reason: str
) -> None:
    change_state(db, expo.event, state, by=make_viewer(db, expo.organizer), now=utc_now())
    db.commit()
    browser = sign_in(make_user(db))

    page = browser.get(f"/en{expo.address}/register")
    fields = {"type": str(expo.kind.id), "name": "Lan", "language": "en"}
    answer = browser.post(f"/en{expo.address}/register", fields)

    assert read_html(page).find("p", css="notice").text == reason
    assert (answer.status_code, count_participants(db)) == (409, 0)


def test_a_type_takes_people_between_its_days_alone(db: Session, expo: Expo, sign_in: Callable[..., Visitor]) -> None:
    today = utc_now().date()
    early = make_type(
        db, expo.event, by=expo.organizer, name="Press", opens_on=today + timedelta(days=3),
        closes_on=today + timedelta(days=9),
    )  # fmt: skip
    browser = sign_in(make_user(db))

    answer = browser.post(f"/en{expo.address}/register", {"type": str(early.id), "name": "Lan", "language": "en"})

    assert (answer.status_code, list(read_faults(answer)), count_participants(db)) == (422, ["type"], 0)


def test_questions_are_asked_in_the_readers_language_and_kept_in_the_organizers(
    db: Session, expo: Expo, sign_in: Callable[..., Visitor]
) -> None:
    meal = make_question(
        db, expo.event, by=expo.organizer, name="Meal", kind="choice", is_required="1", names=["vi:Bữa ăn"],
        choices="Rice\nNoodles", other_choices=["vi:Cơm\nMì"],
    )  # fmt: skip
    browser = sign_in(make_user(db))
    page = browser.get(f"/vi{expo.address}/register")
    form = read_form(page, "/register")

    refused = browser.post(form.address, form.values)
    taken = browser.post(form.address, form.filled({f"answer-{meal.id}": "Noodles"}))

    field = read_html(page).find("select", id=f"answer-{meal.id}")
    assert [option.text for option in field.find_all("option")[1:]] == ["Cơm", "Mì"]
    assert list(read_faults(refused)) == [f"answer-{meal.id}"]
    assert taken.status_code == 200
    assert db.scalars(select(Participant)).one().answers == {str(meal.id): "Noodles"}


@pytest.mark.parametrize(
    ("kind", "answer"), [("yes_no", "perhaps"), ("choice", "Soup"), ("line", "x" * 201), ("text", "x" * 2_001)]
)
def test_what_no_form_would_answer_is_refused(
    db: Session, expo: Expo, sign_in: Callable[..., Visitor], kind: str, answer: str
) -> None:
    choices = {"choices": "Rice\nNoodles"} if kind == "choice" else {}
    question = make_question(db, expo.event, by=expo.organizer, kind=kind, **choices)
    browser = sign_in(make_user(db))
    form = read_form(browser.get(f"/en{expo.address}/register"), "/register")

    refused = browser.post(form.address, form.filled({f"answer-{question.id}": answer}))

    assert (refused.status_code, list(read_faults(refused))) == (422, [f"answer-{question.id}"])
    assert count_participants(db) == 0


def test_without_a_place_one_comes_on_the_waiting_list_and_sees_where(
    db: Session, expo: Expo, sign_in: Callable[..., Visitor]
) -> None:
    for _place in range(3):
        make_registration(db, expo.event, expo.kind, make_user(db))
    last = make_user(db)
    browser = sign_in(last)

    offered = browser.get(f"/en{expo.address}")
    form = read_form(browser.get(f"/en{expo.address}/register"), "/register")
    page = read_html(browser.post(form.address, form.values))

    assert "No place left: you come on the waiting list" in offered.text
    assert page.find("main").find("span", css="state").text == "On the waiting list"
    assert page.find("dl", css="figures").texts("dd")[0] == "2"
    assert read_admitted(db, expo.kind) == 2


def test_who_cancels_gives_the_place_to_the_first_who_waits(
    db: Session, expo: Expo, sign_in: Callable[..., Visitor]
) -> None:
    lan = make_user(db)
    own = make_registration(db, expo.event, expo.kind, lan)
    make_registration(db, expo.event, expo.kind, make_user(db))
    first, second = (make_registration(db, expo.event, expo.kind, make_user(db)) for _one in range(2))
    browser = sign_in(lan)

    for _click in range(2):
        browser.post(f"/en/registrations/{own.code}/cancel")

    assert [read_state(db, one) for one in (own, first, second)] == ["cancelled", "admitted", "waiting"]
    assert read_admitted(db, expo.kind) == 2


def test_one_does_not_leave_an_event_that_was_called_off(
    db: Session, expo: Expo, sign_in: Callable[..., Visitor]
) -> None:
    lan = make_user(db)
    own = make_registration(db, expo.event, expo.kind, lan)
    change_state(db, expo.event, EventState.CANCELLED, by=make_viewer(db, expo.organizer), now=utc_now())
    db.commit()
    browser = sign_in(lan)

    page = browser.get(f"/en/registrations/{own.code}")
    answer = browser.post(f"/en/registrations/{own.code}/cancel")

    assert "This event is called off." in page.text
    assert "danger-zone" not in page.text
    assert (answer.status_code, read_state(db, own)) == (409, "admitted")


def test_who_left_may_come_again_behind_those_who_wait(db: Session, expo: Expo) -> None:
    lan = make_user(db)
    own = make_registration(db, expo.event, expo.kind, lan)
    make_registration(db, expo.event, expo.kind, make_user(db))
    waiting = make_registration(db, expo.event, expo.kind, make_user(db))
    decide(db, expo.event, [own.code], Decision.CANCEL, by=make_viewer(db, expo.organizer), now=utc_now())
    db.commit()

    again = make_registration(db, expo.event, expo.kind, lan)

    assert again.id == own.id
    assert [read_state(db, one) for one in (waiting, again)] == ["admitted", "waiting"]


def test_nobody_is_admitted_who_has_left(db: Session, expo: Expo) -> None:
    own = make_registration(db, expo.event, expo.kind, make_user(db))
    by = make_viewer(db, expo.organizer)
    for decision in (Decision.CANCEL, Decision.ADMIT):
        decide(db, expo.event, [own.code], decision, by=by, now=utc_now())
        db.commit()

    assert read_state(db, own) == "cancelled"


def test_who_was_declined_does_not_come_back_by_the_form(
    db: Session, expo: Expo, sign_in: Callable[..., Visitor]
) -> None:
    lan = make_user(db)
    own = make_registration(db, expo.event, expo.kind, lan)
    decide(db, expo.event, [own.code], Decision.DECLINE, by=make_viewer(db, expo.organizer), now=utc_now())
    db.commit()

    fields = {"type": str(expo.kind.id), "name": "Lan", "language": "en"}
    answer = sign_in(lan).post(f"/en{expo.address}/register", fields)

    assert (answer.status_code, read_state(db, own)) == (409, "declined")


def test_one_changes_ones_own_answers(db: Session, expo: Expo, sign_in: Callable[..., Visitor]) -> None:
    lan = make_user(db)
    own = make_registration(db, expo.event, expo.kind, lan)
    question = make_question(db, expo.event, by=expo.organizer)
    browser = sign_in(lan)
    form = read_form(browser.get(f"/en/registrations/{own.code}"), own.code)

    browser.post(form.address, form.filled({f"answer-{question.id}": "No fish", "organization": "Works"}))

    db.expire_all()
    kept = db.get_one(Participant, own.id)
    assert (kept.answers, kept.organization, kept.state) == ({str(question.id): "No fish"}, "Works", "admitted")


def test_a_hostile_name_is_shown_as_it_is_written(db: Session, expo: Expo, sign_in: Callable[..., Visitor]) -> None:
    lan = make_user(db)
    own = make_registration(db, expo.event, expo.kind, lan, name=HOSTILE, organization=HOSTILE)

    pages = [sign_in(expo.organizer).get(f"/en/manage{expo.address}/participants{end}") for end in ("", f"/{own.code}")]

    assert all(HOSTILE not in page.text for page in pages)
    assert HOSTILE in read_html(pages[1]).find("h1").text


def test_ones_registrations_are_listed_and_those_of_others_are_not(
    db: Session, expo: Expo, sign_in: Callable[..., Visitor]
) -> None:
    lan = make_user(db)
    make_registration(db, expo.event, expo.kind, lan)
    theirs = make_registration(db, expo.event, expo.kind, make_user(db))
    browser = sign_in(lan)

    (row,) = read_rows(browser.get("/en/registrations"))

    assert (row[0].startswith("Drying fair"), row[3]) == (True, "Admitted")
    assert browser.get(f"/en/registrations/{theirs.code}").status_code == 404
    assert browser.post(f"/en/registrations/{theirs.code}/cancel").status_code == 404


def test_somebody_added_by_the_team_finds_the_registration_once_the_address_is_confirmed(
    db: Session, expo: Expo, sign_in: Callable[..., Visitor]
) -> None:
    added = make_participant(db, expo.event, expo.kind, by=expo.organizer, email="mai@example.org")
    mai = make_user(db, email="mai@example.org", confirmed=False)
    before = sign_in(mai).get(f"/en/registrations/{added.code}").status_code
    mai.confirmed_at = utc_now()
    db.commit()

    after = sign_in(mai).get(f"/en{expo.address}/register")

    assert (before, after.url.path) == (404, f"/en/registrations/{added.code}")


def test_more_places_let_those_who_wait_move_up_in_order(db: Session, expo: Expo) -> None:
    all_of_them = [make_registration(db, expo.event, expo.kind, make_user(db)) for _place in range(5)]
    form = TypeForm(name="Trade visitor", capacity=4, names=[], is_open="1")

    edit_type(db, expo.event, expo.kind.id, form, by=make_viewer(db, expo.organizer), now=utc_now())
    db.commit()

    assert [read_state(db, one) for one in all_of_them] == ["admitted"] * 4 + ["waiting"]
    assert read_admitted(db, expo.kind) == 4


def test_an_event_without_types_shows_nothing_of_registration(db: Session, visitor: Visitor) -> None:
    event = make_event(db, website="https://example.org")

    assert "/register" not in visitor.get(f"/en/events/{event.slug}").text


def test_registration_is_opened_on_the_page_of_an_event_without_a_website(
    db: Session, sign_in: Callable[..., Visitor]
) -> None:
    organizer = make_user(db, organizer=True)
    event = make_event(db, by=organizer)
    browser = sign_in(organizer)

    def count_buttons() -> int:
        page = read_html(browser.get(f"/en/manage/events/{event.slug}"))
        return len([one for one in page.find_all("button") if one.text == "Open registration"])

    without = count_buttons()
    make_type(db, event, by=organizer)
    with_type = count_buttons()
    open_registration(db, event, by=organizer)
    assert (without, with_type, count_buttons()) == (0, 1, 0)
