"""Who comes: the team's list, one participant, and what is decided of them."""

from typing import Any

from fastapi import APIRouter, Response

from market.events.models import Event
from market.events.presenting import choose_words
from market.events.queries import get_organized
from market.kernel.errors import BadInput, Fault, Faulty
from market.registration import queries, service
from market.registration.enums import PARTICIPANT_STATES, Decision, ParticipantState
from market.registration.forms import AddedForm, read_registration
from market.registration.presenting import (
    CHOICES,
    ask,
    name_in,
    name_types,
    read_list_address,
    say_answers,
    sent_values,
)
from market.web.deps import Db, Now, Page, SignedIn
from market.web.forms import Sent
from market.web.page import PageRefused
from market.web.paging import read_cursor, write_cursor

router = APIRouter()

PAGE_SIZE = 50


@router.get("/manage/events/{slug}/participants", name="registration.participants")
def list_participants(
    slug: str, db: Db, viewer: SignedIn, page: Page, type: str = "", state: str = "", country: str = "", q: str = "",  # noqa: A002 - the query key
    cursor: str = "",
) -> Response:  # fmt: skip
    event = get_organized(db, slug, viewer)
    address = read_list_address(type, state, country, q)
    after = queries.read_key(*map(str, read_cursor(cursor, str, str))) if cursor else None
    rows = queries.list_participants(db, event.id, address.filters, after=after, limit=PAGE_SIZE + 1)
    shown_rows = rows[:PAGE_SIZE]
    following = write_cursor(*queries.write_key(shown_rows[-1])) if len(rows) > PAGE_SIZE else ""
    kinds = queries.list_types(db, event.id)
    return page.render(
        "registration/participants.html",
        event=event,
        shown=choose_words(event, page.language),
        address=address,
        rows=shown_rows,
        next_address=address.write(cursor=following) if following else None,
        kinds=kinds,
        names=name_types(kinds, page.language),
        counts=queries.count_participants(db, event.id),
        states=PARTICIPANT_STATES,
        all_states=list(ParticipantState),
        **CHOICES,
    )


@router.post("/manage/events/{slug}/participants", name="registration.decide")
def decide(slug: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    """Of those that are ticked, or the one whose page this comes from."""
    event = get_organized(db, slug, viewer)
    asked = sent.first("_decision")
    if asked not in set(Decision):
        raise BadInput
    service.decide(db, event, sent.all("participant"), Decision(asked), by=viewer, now=now)
    return page.redirect("registration.participants", slug=slug, notice="saved")


@router.get("/manage/events/{slug}/participants/new", name="registration.new_participant")
def show_new_participant(slug: str, db: Db, viewer: SignedIn, page: Page) -> Response:
    event = get_organized(db, slug, viewer)
    return _new_page(db, page, event, values={"language": event.language}, faults={})


@router.post("/manage/events/{slug}/participants/new", name="registration.add_participant")
def add_participant(slug: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    event = get_organized(db, slug, viewer)
    try:
        form, answers = read_registration(AddedForm, sent, queries.list_questions(db, event.id))
        service.add_participant(db, event, form, answers, by=viewer, now=now)
    except Faulty as problem:
        refused = _new_page(db, page, event, values=sent_values(sent), faults=problem.faults, status=422)
        raise PageRefused(refused) from problem
    return page.redirect("registration.participants", slug=slug, notice="saved")


@router.get("/manage/events/{slug}/participants/{participant}", name="registration.participant")
def show_participant(slug: str, participant: str, db: Db, viewer: SignedIn, page: Page) -> Response:
    event = get_organized(db, slug, viewer)
    one = queries.get_participant(db, event.id, participant)
    return page.render(
        "registration/participant.html",
        event=event,
        shown=choose_words(event, page.language),
        one=one,
        kind=name_in(one.type, page.language),
        answers=say_answers(queries.list_questions(db, event.id), one.answers, page.reader),
        states=PARTICIPANT_STATES,
    )


def _new_page(
    db: Db, page: Page, event: Event, *, values: dict[str, Any], faults: dict[str, Fault], status: int = 200
) -> Response:
    return page.render(
        "registration/new_participant.html",
        status=status,
        event=event,
        shown=choose_words(event, page.language),
        names=name_types(queries.list_types(db, event.id), page.language),
        questions=ask(queries.list_questions(db, event.id), page.reader),
        values=values,
        faults=faults,
        **CHOICES,
    )
