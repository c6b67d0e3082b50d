"""Whatever a form refuses, it says in words of ours and in every language: no kind of fault is left to chance."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

import market.wiring  # noqa: F401 - every room's forms are known once it is imported
from locales import LANGUAGES
from market.kernel.errors import Fault, Faulty
from market.web.forms import MESSAGES, FieldProblem, Form, SentForm, parse_form
from market.web.rendering import Renderer

KINDS_OF_A_FIELD: dict[str, set[str]] = {
    "date": {"date_from_datetime_parsing", "date_from_datetime_inexact"},
    "default": set(),
    "enum": {"enum"},
    "function-after": {"value_error"},
    "function-before": {"value_error"},
    "int": {"int_parsing", "int_parsing_size", "greater_than_equal", "less_than_equal"},
    "list": {"too_long", "too_short"},
    "literal": {"literal_error"},
    "model": set(),
    "model-field": set(),
    "model-fields": {"missing", "extra_forbidden"},
    "no-info": set(),
    "nullable": set(),
    "str": {"string_too_short", "string_too_long", "string_unicode"},
    "uuid": {"uuid_parsing"},
    "with-info": set(),
}
"""Part of a form, in pydantic's words → what can be wrong with a text sent for it. A form with a new kind of field
fails until its row stands here; `value_error` is what our own validators raise, in their own words."""

SENT = [
    "", " ", "x", "xx", "0", "10", "-1", "1.5", "1e400", "nan", "9" * 30, "9" * 5_000, "Ⅷ", "٣",
    "2027-03-31", "2027-13-41", "2027-03-31T10:00", "2027-03-31T00:00:00+07:00", "31/03/2027", "20270331", "0000-00-00",
    "9999999999999999999999", "-99999999999999", "2027-03-31T25:00", "inf",
    "a" * 20_000, "\x00", "\ud800", "\u202e", "<b>", "a@b", "a@example.org", "1234567890", "https://x",
    "zzz", "000000000000000000000000000000000", "urn:uuid:x", ",".join("abcdefghijklmnop"),
]  # fmt: skip


def list_forms(form: type[Form] = Form) -> Iterator[type[Form]]:
    for child in form.__subclasses__():
        yield child
        yield from list_forms(child)


FORMS = sorted({form for form in list_forms() if form.__module__.startswith("market.")}, key=lambda form: form.__name__)


def list_parts(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("type"), str):
            yield schema["type"]
        for part in schema.values():
            yield from list_parts(part)
    elif isinstance(schema, list | tuple):
        for part in schema:
            yield from list_parts(part)


def send_nonsense(form: type[Form]) -> Iterator[Faulty]:
    """The same nonsense in every field, once and many times, and in a field that the form has not."""
    names = [*form.model_fields, "surprise"]
    for text in SENT:
        for number in (1, 40):
            try:
                parse_form(
                    form,
                    SentForm({name: [f"{text}{'' if number == 1 else i}" for i in range(number)] for name in names}),
                )
            except Faulty as problem:
                yield problem


def list_errors(problem: Faulty) -> list[Any]:
    cause = problem.__cause__
    assert isinstance(cause, ValidationError)
    return list(cause.errors(include_url=False))


def test_every_kind_of_field_of_our_forms_is_known() -> None:
    parts = {part for form in FORMS for part in list_parts(form.__pydantic_core_schema__)}

    assert parts == set(KINDS_OF_A_FIELD)


def test_every_kind_of_fault_that_a_form_can_find_has_words() -> None:
    kinds = set().union(*KINDS_OF_A_FIELD.values()) - {"value_error"}

    assert kinds - set(MESSAGES) == set()


def test_nonsense_is_refused_for_the_known_reasons_and_each_of_them() -> None:
    kinds = {error["type"] for form in FORMS for problem in send_nonsense(form) for error in list_errors(problem)}

    assert kinds == set().union(*KINDS_OF_A_FIELD.values())


def test_validators_of_ours_refuse_in_their_own_words() -> None:
    reasons = {
        type(error["ctx"]["error"])
        for form in FORMS
        for problem in send_nonsense(form)
        for error in list_errors(problem)
        if error["type"] == "value_error"
    }

    assert reasons == {FieldProblem}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_what_a_form_refuses_is_said_in_every_language(form: type[Form], renderer: Renderer) -> None:
    faults: set[Fault] = {fault for problem in send_nonsense(form) for fault in problem.faults.values()}

    sentences = {code: [renderer.reader(code).say(fault) for fault in faults] for code in LANGUAGES}

    assert {
        code: [sentence for sentence in said if not sentence or "%(" in sentence] for code, said in sentences.items()
    } == {code: [] for code in LANGUAGES}
