"""Who comes to the demo's coming expo: three types, two questions, and 300 people of twelve countries, the same with
every seeding. Most were brought in from other lists; the partner and some of the press have registered themselves."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import cycle
from random import Random
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from market.accounts.queries import find_user
from market.accounts.service import create_user
from market.events.enums import EventState
from market.events.models import Event
from market.events.service import change_state
from market.kernel import outbox
from market.kernel.ids import new_token
from market.kernel.viewer import Viewer
from market.organizations.queries import snapshot_viewer
from market.registration import offering, queries, service
from market.registration.checking import Person
from market.registration.enums import YesNo
from market.registration.forms import AddedForm, QuestionForm, RegistrationForm, TypeForm
from market.registration.models import Question
from market.registration.takeover import add_people
from market.seed.reading import DEMO

SEED: Final = 20_270_917
BROUGHT_IN: Final = {"exhibitor": 110, "visitor": 173, "press": 8}
"""Type → how many were brought in; more visitors than there are places for."""

OF_THE_PRESS: Final = 8
"""How many wait for approval."""

DAYS: Final = 9
"""Over how many days they came in."""


def seed_participants(session: Session, event: Event, *, partner: str, by: Viewer, now: datetime) -> None:
    """`partner`: the mail address of the demo account that is registered. Nobody is told: this was never any other
    way."""
    table = tomllib.loads((DEMO / "events" / "participants.toml").read_text(encoding="utf-8"))
    kinds = {row["key"]: _add_type(session, event, row, by=by) for row in table["types"]}
    questions = [_add_question(session, event, row, by=by) for row in table["questions"]]
    change_state(session, event, EventState.OPEN, by=by, now=now)
    session.flush()  # who registers needs what there is to register for
    chance = Random(SEED)  # noqa: S311 - demo data
    people = _make_people(table["people"], questions, chance)
    _register_partner(session, event, kinds["visitor"], partner, now=now - timedelta(days=DAYS + 1))
    _bring_in(session, event, kinds, people, by=by, now=now)
    for number in range(OF_THE_PRESS):
        _register_press(session, event, kinds["press"], next(people), number=number, now=now)


def _add_type(session: Session, event: Event, row: Mapping[str, Any], *, by: Viewer) -> UUID:
    form = TypeForm(
        name=row["names"][event.language], names=_list_others(row["names"], event.language), capacity=row["capacity"],
        needs_approval="1" if row["needs_approval"] else "", is_open="1",
    )  # fmt: skip
    kind = offering.add_type(session, event, form, by=by)
    session.flush()  # the next one stands behind it
    return kind.id


def _add_question(session: Session, event: Event, row: Mapping[str, Any], *, by: Viewer) -> Question:
    choices = {code: "\n".join(words) for code, words in row.get("choices", {}).items()}
    form = QuestionForm(
        kind=row["kind"], name=row["names"][event.language], names=_list_others(row["names"], event.language),
        choices=choices.get(event.language, ""), other_choices=_list_others(choices, event.language),
    )  # fmt: skip
    question = offering.add_question(session, event, form, by=by)
    session.flush()  # as types do
    return question


def _list_others(words: Mapping[str, str], own: str) -> list[str]:
    return [f"{code}:{text}" for code, text in words.items() if code != own]


def _make_people(groups: list[dict[str, Any]], questions: list[Question], chance: Random) -> Iterator[dict[str, Any]]:
    """Without end; their countries are mixed by their shares, and no two have one address."""
    shares = [group["share"] for group in groups]
    for number in cycle(range(1, 1_000)):
        (group,) = chance.choices(groups, shares)
        name = group["order"].format(family=chance.choice(group["family"]), given=chance.choice(group["given"]))
        yield {
            "name": name,
            "email": f"guest{number:03}@demo.example",
            "organization": chance.choice(group["bodies"]),
            "country": group["country"],
            "language": group["language"],
            "answers": {str(one.id): answer for one in questions if (answer := _answer(one, chance))},
        }


def _answer(question: Question, chance: Random) -> str:
    """One in five says nothing."""
    offered = [choice["value"] for choice in question.choices] or [*YesNo]
    return chance.choice(offered) if chance.random() < 0.8 else ""  # noqa: PLR2004 - four of five


def _bring_in(
    session: Session, event: Event, kinds: Mapping[str, UUID], people: Iterator[dict[str, Any]], *, by: Viewer,
    now: datetime,
) -> None:  # fmt: skip
    rows = [_read_person(next(people), kinds[key]) for key, number in BROUGHT_IN.items() for _one in range(number)]
    for day in range(DAYS):
        add_people(session, event, rows[day::DAYS], by=by, now=now - timedelta(days=DAYS - day))
        session.flush()  # seats are counted by what is written


def _read_person(row: Mapping[str, Any], kind: UUID) -> Person:
    words = {name: value for name, value in row.items() if name != "answers"}
    return Person(AddedForm(type=kind, **words), row["answers"])


def _register_partner(session: Session, event: Event, kind: UUID, email: str, *, now: datetime) -> None:
    user = find_user(session, email)
    if user is None:
        return
    viewer = snapshot_viewer(session, user, session_id=user.id)
    body = queries.find_organization_of(session, viewer)
    form = RegistrationForm(
        type=kind, name=user.name, language=user.language, organization=body.name if body else "",
        country=body.country if body else "",
    )  # fmt: skip
    _register(session, event, form, {}, by=viewer, now=now)


def _register_press(
    session: Session, event: Event, kind: UUID, row: Mapping[str, Any], *, number: int, now: datetime
) -> None:
    """Somebody with an account of the own, which nobody signs in to."""
    user = create_user(
        session, email=f"press{number + 1}@demo.example", name=row["name"], password=new_token(),
        language=row["language"], now=now, confirmed=True, demo=True,
    )  # fmt: skip
    form = RegistrationForm(
        type=kind, name=row["name"], language=row["language"], organization=row["organization"], country=row["country"]
    )
    viewer = snapshot_viewer(session, user, session_id=user.id)
    _register(session, event, form, row["answers"], by=viewer, now=now - timedelta(hours=number))


def _register(
    session: Session, event: Event, form: RegistrationForm, answers: Mapping[str, str], *, by: Viewer, now: datetime
) -> None:
    participant = service.register(session, event, form, answers, by=by, now=now)
    session.flush()  # the fact is looked up
    outbox.keep_from_handlers(session, participant.id, now=now)
