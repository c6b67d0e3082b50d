"""What one may register as for an event, and what is asked."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from market.events.models import Event
from market.events.presenting import choose_words
from market.events.queries import get_organized
from market.kernel.errors import Fault, Faulty
from market.registration import offering, queries
from market.registration.enums import QUESTION_KINDS
from market.registration.forms import QuestionForm, TypeForm, gather_languages
from market.registration.models import Question, RegistrationType
from market.registration.presenting import name_in, name_types, question_values, sent_values, type_values
from market.web.deps import Db, Now, Page, SignedIn
from market.web.forms import Sent, parse_form
from market.web.page import PageRefused

router = APIRouter()

TYPE_INPUTS = {"names": "names"}
QUESTION_INPUTS = {"names": "names", "choices": "other_choices"}
"""How inputs of a language begin → the field of the form that gathers them."""


@router.get("/manage/events/{slug}/registration", name="registration.setup")
def show_setup(slug: str, db: Db, viewer: SignedIn, page: Page) -> Response:
    event = get_organized(db, slug, viewer)
    kinds, questions = queries.list_types(db, event.id), queries.list_questions(db, event.id)
    return page.render(
        "registration/setup.html",
        event=event,
        shown=choose_words(event, page.language),
        kinds=kinds,
        questions=questions,
        names=name_types(kinds, page.language) | {one.id: name_in(one, page.language) for one in questions},
        question_kinds=QUESTION_KINDS,
    )


@router.get("/manage/events/{slug}/registration/types/new", name="registration.new_type")
def show_new_type(slug: str, db: Db, viewer: SignedIn, page: Page) -> Response:
    event = get_organized(db, slug, viewer)
    return _type_page(page, event, None, values={"is_open": "1"}, faults={})


@router.post("/manage/events/{slug}/registration/types/new", name="registration.add_type")
def add_type(slug: str, sent: Sent, db: Db, viewer: SignedIn, page: Page) -> Response:
    event = get_organized(db, slug, viewer)
    try:
        offering.add_type(db, event, parse_form(TypeForm, gather_languages(sent, TYPE_INPUTS)), by=viewer)
    except Faulty as problem:
        refused = _type_page(page, event, None, values=sent_values(sent), faults=problem.faults, status=422)
        raise PageRefused(refused) from problem
    return page.redirect("registration.setup", slug=slug, notice="saved")


@router.get("/manage/events/{slug}/registration/types/{type_id}", name="registration.edit_type")
def show_type(slug: str, type_id: UUID, db: Db, viewer: SignedIn, page: Page) -> Response:
    event = get_organized(db, slug, viewer)
    kind = queries.get_type(db, event.id, type_id)
    return _type_page(page, event, kind, values=type_values(kind), faults={})


@router.post("/manage/events/{slug}/registration/types/{type_id}", name="registration.do_edit_type")
def edit_type(slug: str, type_id: UUID, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    event = get_organized(db, slug, viewer)
    kind = queries.get_type(db, event.id, type_id)
    try:
        form = parse_form(TypeForm, gather_languages(sent, TYPE_INPUTS))
        offering.edit_type(db, event, kind.id, form, by=viewer, now=now)
    except Faulty as problem:
        refused = _type_page(page, event, kind, values=sent_values(sent), faults=problem.faults, status=422)
        raise PageRefused(refused) from problem
    return page.redirect("registration.setup", slug=slug, notice="saved")


@router.post("/manage/events/{slug}/registration/types/{type_id}/remove", name="registration.remove_type")
def remove_type(slug: str, type_id: UUID, _sent: Sent, db: Db, viewer: SignedIn, page: Page) -> Response:
    offering.remove_type(db, get_organized(db, slug, viewer), type_id, by=viewer)
    return page.redirect("registration.setup", slug=slug, notice="saved")


@router.get("/manage/events/{slug}/registration/questions/new", name="registration.new_question")
def show_new_question(slug: str, db: Db, viewer: SignedIn, page: Page) -> Response:
    return _question_page(page, get_organized(db, slug, viewer), None, values={}, faults={})


@router.post("/manage/events/{slug}/registration/questions/new", name="registration.add_question")
def add_question(slug: str, sent: Sent, db: Db, viewer: SignedIn, page: Page) -> Response:
    event = get_organized(db, slug, viewer)
    try:
        offering.add_question(db, event, parse_form(QuestionForm, gather_languages(sent, QUESTION_INPUTS)), by=viewer)
    except Faulty as problem:
        refused = _question_page(page, event, None, values=sent_values(sent), faults=problem.faults, status=422)
        raise PageRefused(refused) from problem
    return page.redirect("registration.setup", slug=slug, notice="saved")


@router.get("/manage/events/{slug}/registration/questions/{question_id}", name="registration.edit_question")
def show_question(slug: str, question_id: UUID, db: Db, viewer: SignedIn, page: Page) -> Response:
    event = get_organized(db, slug, viewer)
    question = queries.get_question(db, event.id, question_id)
    return _question_page(page, event, question, values=question_values(question), faults={})


@router.post("/manage/events/{slug}/registration/questions/{question_id}", name="registration.do_edit_question")
def edit_question(slug: str, question_id: UUID, sent: Sent, db: Db, viewer: SignedIn, page: Page) -> Response:
    event = get_organized(db, slug, viewer)
    question = queries.get_question(db, event.id, question_id)
    try:
        form = parse_form(QuestionForm, gather_languages(sent, QUESTION_INPUTS))
        offering.edit_question(db, event, question.id, form, by=viewer)
    except Faulty as problem:
        refused = _question_page(page, event, question, values=sent_values(sent), faults=problem.faults, status=422)
        raise PageRefused(refused) from problem
    return page.redirect("registration.setup", slug=slug, notice="saved")


@router.post("/manage/events/{slug}/registration/questions/{question_id}/remove", name="registration.remove_question")
def remove_question(slug: str, question_id: UUID, _sent: Sent, db: Db, viewer: SignedIn, page: Page) -> Response:
    offering.remove_question(db, get_organized(db, slug, viewer), question_id, by=viewer)
    return page.redirect("registration.setup", slug=slug, notice="saved")


def _type_page(
    page: Page, event: Event, kind: RegistrationType | None, *, values: dict[str, Any], faults: dict[str, Fault],
    status: int = 200,
) -> Response:  # fmt: skip
    return page.render(
        "registration/type_form.html", status=status, event=event, shown=choose_words(event, page.language), kind=kind,
        values=values, faults=faults,
    )  # fmt: skip


def _question_page(
    page: Page, event: Event, question: Question | None, *, values: dict[str, Any], faults: dict[str, Fault],
    status: int = 200,
) -> Response:  # fmt: skip
    return page.render(
        "registration/question_form.html", status=status, event=event, shown=choose_words(event, page.language),
        question=question, values=values, faults=faults, kinds=QUESTION_KINDS,
    )  # fmt: skip
