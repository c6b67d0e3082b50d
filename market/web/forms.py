"""From what a browser sent to a checked form, or to faults beside the fields in the reader's language."""

import re
import types
from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from fastapi import Depends, Request
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError
from starlette.datastructures import FormData as StarletteFormData
from starlette.exceptions import HTTPException

from locales import LANGUAGES
from market.kernel.errors import N_, BadInput, Fault, Faulty
from market.kernel.text import UNSTORABLE, clean_line, clean_text, says_something
from market.web.resources import resources_of
from market.web.tokens import FORM_TOKEN, is_form_token_right

MAX_FIELDS = 400
LONGEST_NUMBER = 9
SENT = "sent_fields"
"""Key of a request's state: what was typed, for the error page that may come of it."""

_NAME = re.compile(r"[!-~]+")
"""Without a space or a letter beyond ASCII: an identifier of ours, or an address."""

ONE_CLICK = {"List-Unsubscribe": ["One-Click"]}
"""All that a mail program sends when its reader wants no more of such mails (RFC 8058 §3.2)."""

WORTH_KEEPING = 30
"""Characters of a field from which on nobody likes to type it again."""

FormT = TypeVar("FormT", bound="Form")

MESSAGES = {
    "missing": N_("Please fill in this field."),
    "string_too_short": N_("Please write at least %(min_length)s characters."),
    "string_too_long": N_("Please shorten this to at most %(max_length)s characters."),
    "too_long": N_("Please choose at most %(max_length)s."),
    "too_short": N_("Please choose at least %(min_length)s."),
    "enum": N_("Please choose one of the values offered."),
    "literal_error": N_("Please choose one of the values offered."),
    "string_unicode": N_("Please check this field."),
    "int_parsing": N_("Please write a whole number."),
    "int_parsing_size": N_("Please write a whole number."),
    "int_type": N_("Please write a whole number."),
    "greater_than_equal": N_("This must be at least %(ge)s."),
    "less_than_equal": N_("This must be at most %(le)s."),
    "date_from_datetime_inexact": N_("Please write a date like 2027-03-31."),
    "date_from_datetime_parsing": N_("Please write a date like 2027-03-31."),
    "date_parsing": N_("Please write a date like 2027-03-31."),
    "uuid_parsing": N_("Please reload the page and try again."),
    "extra_forbidden": N_("Please reload the page and try again."),
}
"""pydantic's kind of error → our words. `tests/house` proves that every kind a form can raise stands here."""

FALLBACK = N_("Please check this field.")
NO_CLOCK_TIME = N_("Please write a time like 09:30.")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


class Form(BaseModel):
    """Base of all forms. What no field asks for is refused, so nothing can be slipped in."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class FieldProblem(ValueError):
    """Raised by a validator of a form: a marked message with its values."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message)
        self.fault = Fault(message, **values)


def check_readable(text: str) -> str:
    """Refuse a name or title in which there is nothing to read: zero widths, marks or fillers alone."""
    if not says_something(text):
        raise FieldProblem(MESSAGES["missing"])
    return text


def check_offered(value: str, offered: Collection[str]) -> str:
    """Refuse what is no value of the list that the form offers."""
    if value not in offered:
        raise FieldProblem(MESSAGES["enum"])
    return value


def _when_text(clean: Callable[[str], str]) -> BeforeValidator:
    return BeforeValidator(lambda value: clean(value) if isinstance(value, str) else value)


LINE = _when_text(clean_line)
"""Behind the bounds of a field, which then measure what is stored: `Annotated[str, Field(max_length=80), LINE]`."""

PARAGRAPHS = _when_text(clean_text)
READABLE_LINE = _when_text(lambda text: check_readable(clean_line(text)))


def _check_clock(text: str) -> str:
    if not _CLOCK.fullmatch(text):
        raise FieldProblem(NO_CLOCK_TIME)
    return text.zfill(5)


CLOCK_TIME = AfterValidator(_check_clock)
"""Like 09:30; an hour of one digit gets its zero, so that times are in order as texts are."""

KNOWN_LANGUAGE = AfterValidator(lambda code: check_offered(code, LANGUAGES))


class SentForm:
    """The fields of a sent form as they came: names → values in order."""

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        self.fields = fields

    def first(self, name: str) -> str:
        return self.fields.get(name, [""])[0]

    def all(self, name: str) -> list[str]:
        return self.fields.get(name, [])

    def number(self, name: str) -> int:
        """A hidden number that our own form carries (a version); anything else is no form of ours."""
        text = self.first(name)
        if not text.isascii() or not text.isdigit() or len(text) > LONGEST_NUMBER:
            raise BadInput
        return int(text)


async def read_sent_form(request: Request) -> SentForm:
    """The body of a form, its token proved. Every route that changes something through a page asks for this."""
    fields = await _read_fields(request)
    _prove_token(request, fields)
    return SentForm(fields)


async def read_one_click(request: Request) -> SentForm:
    """As `read_sent_form`; or the one field that a mail program sends for its reader, to an address that holds a secret
    of its own (RFC 8058). It has no page of ours open, and so no token.
    """
    fields = await _read_fields(request)
    if fields != ONE_CLICK:
        _prove_token(request, fields)
    return SentForm(fields)


async def _read_fields(request: Request) -> dict[str, list[str]]:
    try:
        sent = await request.form(max_files=0, max_fields=MAX_FIELDS)
    except (HTTPException, ValueError) as problem:
        raise BadInput from problem
    return read_text_fields(sent)


def _prove_token(request: Request, fields: dict[str, list[str]]) -> None:
    token = fields.pop(FORM_TOKEN, [""])[0]
    request.scope.setdefault("state", {})[SENT] = fields
    if not is_form_token_right(resources_of(request).settings, request, token):
        raise FormTokenWrong


class FormTokenWrong(BadInput):
    status = 403
    message = N_("This form is too old or was not made by us. Please go back, reload the page and send it again.")


def list_typed(request: Request) -> list[str]:
    """The longer texts of the form that this request sent; passwords are never among them."""
    fields: Mapping[str, list[str]] = request.scope.get("state", {}).get(SENT, {})
    typed = [text for name, texts in fields.items() if "password" not in name for text in texts]
    return [text for text in typed if len(text.strip()) >= WORTH_KEEPING and not _NAME.fullmatch(text)]


Sent = Annotated[SentForm, Depends(read_sent_form)]
SentOrOneClick = Annotated[SentForm, Depends(read_one_click)]


def parse_form(form: type[FormT], sent: SentForm) -> FormT:
    """The checked form, or `Faulty` with the faults of all fields. Empty fields count as not filled in.

    Names that start with `_` (token, version, button) belong to the page and not to the form.
    """
    values: dict[str, Any] = {}
    for name, texts in sent.fields.items():
        if name.startswith("_"):
            continue
        field = form.model_fields.get(name)
        if field is not None and _is_list(field.annotation):
            values[name] = [text for text in texts if text.strip()]
        elif texts and texts[-1].strip():
            values[name] = texts[-1]
        elif field is None:
            values[name] = ""
    try:
        return form.model_validate(values)
    except ValidationError as problem:
        raise Faulty(collect_faults(problem)) from problem


def collect_faults(problem: ValidationError) -> dict[str, Fault]:
    """The first fault of each field."""
    faults: dict[str, Fault] = {}
    for error in problem.errors(include_url=False, include_input=False):
        name = str(error["loc"][0]) if error["loc"] else ""
        context = error.get("ctx", {})
        own = context.get("error")
        if isinstance(own, FieldProblem):
            fault = own.fault
        else:
            message = MESSAGES.get(error["type"], FALLBACK)
            fault = Fault(message, **{key: value for key, value in context.items() if isinstance(value, int | str)})
        faults.setdefault(name, fault)
    return faults


def read_text_fields(sent: StarletteFormData) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in sent.multi_items():
        if not isinstance(value, str):
            raise BadInput
        fields.setdefault(_replace_unstorable(name), []).append(_replace_unstorable(value))
    return fields


def _replace_unstorable(text: str) -> str:
    """What cannot be stored comes as browsers show it."""
    return UNSTORABLE.sub("\ufffd", text)


def _is_list(annotation: Any) -> bool:
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        return any(_is_list(part) for part in get_args(annotation))
    return origin in (list, tuple, set, frozenset)
