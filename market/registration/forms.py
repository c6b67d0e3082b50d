"""What somebody who registers may send, and what organizers may ask."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Final, Literal, TypeVar
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator

from locales import LANGUAGES
from market.accounts.forms import MAIL_ADDRESS
from market.kernel.errors import N_, Fault, Faulty
from market.kernel.text import clean_line, clean_text
from market.registration.enums import QuestionKind, YesNo
from market.registration.models import Question
from market.taxonomy.countries import is_country
from market.web.forms import (
    KNOWN_LANGUAGE,
    LINE,
    MESSAGES,
    PARAGRAPHS,
    READABLE_LINE,
    FieldProblem,
    Form,
    SentForm,
    check_offered,
    parse_form,
)

MAX_NAME: Final = 120
MAX_PERSON: Final = 100
MAX_ORGANIZATION: Final = 200
MAX_LABEL: Final = 200
MAX_LINE: Final = 200
MAX_TEXT: Final = 2_000
CHOICES: Final = range(2, 31)
LARGEST_CAPACITY: Final = 100_000
ANSWER: Final = "answer-"
"""How the name of an answer's field begins; the id of its question follows."""

ENDS_TOO_SOON = N_("The last day is not before the first.")
NEEDS_CHOICES = N_("Please write at least two choices, one a line.")
UNLIKE_CHOICES = N_("Please write as many choices in every language, in the same order.")

Checked = Literal["", "1"]
"""A box that may be ticked."""

FormT = TypeVar("FormT", bound=Form)


class ParticipantForm(Form):
    """What everybody is asked."""

    name: Annotated[str, Field(min_length=2, max_length=MAX_PERSON), READABLE_LINE]
    organization: Annotated[str, Field(max_length=MAX_ORGANIZATION), LINE] = ""
    country: str = ""
    language: Annotated[str, KNOWN_LANGUAGE]

    @field_validator("country")
    @classmethod
    def _known_country(cls, value: str) -> str:
        """Any: our forms offer those of the market, tables bring in others."""
        if value and not is_country(value):
            raise FieldProblem(MESSAGES["enum"])
        return value


class RegistrationForm(ParticipantForm):
    type: UUID


class AddedForm(RegistrationForm):
    """By an organizer, for somebody else."""

    email: Annotated[str, Field(max_length=254), MAIL_ADDRESS]


class _NamedForm(Form):
    """`names`: the name in other languages, each `code:name` (`gather_languages`)."""

    name: Annotated[str, Field(min_length=1, max_length=MAX_LABEL), READABLE_LINE]
    names: Annotated[list[str], Field(default_factory=list, max_length=len(LANGUAGES))]

    @field_validator("names")
    @classmethod
    def _short_names(cls, value: list[str]) -> list[str]:
        for text in split_languages(value).values():
            if len(clean_line(text)) > MAX_LABEL:
                raise FieldProblem(MESSAGES["string_too_long"], max_length=MAX_LABEL)
        return value

    @property
    def other_names(self) -> dict[str, str]:
        return {code: clean_line(text) for code, text in split_languages(self.names).items()}


class TypeForm(_NamedForm):
    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME), READABLE_LINE]
    capacity: Annotated[int, Field(ge=0, le=LARGEST_CAPACITY)] | None = None
    needs_approval: Checked = ""
    is_open: Checked = ""
    opens_on: date | None = None
    closes_on: date | None = None

    @field_validator("closes_on")
    @classmethod
    def _after_opening(cls, value: date | None, info: ValidationInfo) -> date | None:
        opens_on = info.data.get("opens_on")
        if value is not None and opens_on is not None and value < opens_on:
            raise FieldProblem(ENDS_TOO_SOON)
        return value


class QuestionForm(_NamedForm):
    """`choices` stand one a line; `other_choices` in other languages, each `code:choices`."""

    kind: QuestionKind
    is_required: Checked = ""
    choices: Annotated[str, Field(max_length=MAX_TEXT), PARAGRAPHS] = ""
    other_choices: Annotated[list[str], Field(default_factory=list, max_length=len(LANGUAGES), validate_default=True)]

    @field_validator("other_choices")
    @classmethod
    def _like_choices(cls, value: list[str], info: ValidationInfo) -> list[str]:
        own = _split_lines(info.data.get("choices", ""))
        is_choice = info.data.get("kind") is QuestionKind.CHOICE
        if is_choice and (len(own) not in CHOICES or len(set(own)) != len(own)):
            raise FieldProblem(NEEDS_CHOICES)
        if any(len(_split_lines(text)) != len(own) for text in split_languages(value).values()):
            raise FieldProblem(UNLIKE_CHOICES)
        return value

    @property
    def list_of_choices(self) -> list[dict[str, str]]:
        others = {code: _split_lines(text) for code, text in split_languages(self.other_choices).items()}
        own = _split_lines(self.choices) if self.kind is QuestionKind.CHOICE else []
        return [{"value": text, **{code: texts[at] for code, texts in others.items()}} for at, text in enumerate(own)]


def split_languages(texts: Sequence[str]) -> dict[str, str]:
    """`code:text` → by code; what is empty says nothing."""
    pairs = (text.partition(":") for text in texts)
    return {check_offered(code, LANGUAGES): text for code, _colon, text in pairs if text.strip()}


def gather_languages(sent: SentForm, fields: Mapping[str, str]) -> SentForm:
    """The form with the inputs of all languages (`names-vi`) under one name. `fields`: how these begin → that name."""
    inputs = {f"{begin}-{code}": (name, code) for begin, name in fields.items() for code in LANGUAGES}
    gathered = {name: texts for name, texts in sent.fields.items() if name not in inputs}
    for field, (name, code) in inputs.items():
        if text := sent.first(field):
            gathered.setdefault(name, []).append(f"{code}:{text}")
    return SentForm(gathered)


def read_registration(form: type[FormT], sent: SentForm, questions: Sequence[Question]) -> tuple[FormT, dict[str, str]]:
    """The form and the answers, or `Faulty` with what is wrong in either."""
    faults: dict[str, Fault] = {}
    checked: FormT | None = None
    own = {name: texts for name, texts in sent.fields.items() if not name.startswith(ANSWER)}
    try:
        checked = parse_form(form, SentForm(own))
    except Faulty as problem:
        faults |= problem.faults
    sent_answers = {str(one.id): sent.first(f"{ANSWER}{one.id}") for one in questions}
    answers, wrong = check_answers(questions, sent_answers)
    faults |= {f"{ANSWER}{question}": fault for question, fault in wrong.items()}
    if checked is None or faults:
        raise Faulty(faults)
    return checked, answers


def check_answers(questions: Sequence[Question], sent: Mapping[str, str]) -> tuple[dict[str, str], dict[str, Fault]]:
    """Id of a question → what is kept, and what is wrong."""
    answers: dict[str, str] = {}
    faults: dict[str, Fault] = {}
    for question in questions:
        answer = _clean_answer(question, sent.get(str(question.id), ""))
        if fault := _find_fault(question, answer):
            faults[str(question.id)] = fault
        elif answer:
            answers[str(question.id)] = answer
    return answers, faults


def _clean_answer(question: Question, text: str) -> str:
    return clean_text(text) if question.kind is QuestionKind.TEXT else clean_line(text)


def _find_fault(question: Question, answer: str) -> Fault | None:
    if not answer:
        return Fault(MESSAGES["missing"]) if question.is_required else None
    if question.kind in (QuestionKind.CHOICE, QuestionKind.YES_NO):
        offered = [choice["value"] for choice in question.choices] if question.choices else list(YesNo)
        return None if answer in offered else Fault(MESSAGES["enum"])
    longest = MAX_TEXT if question.kind is QuestionKind.TEXT else MAX_LINE
    return Fault(MESSAGES["string_too_long"], max_length=longest) if len(answer) > longest else None


def _split_lines(text: str) -> list[str]:
    return [line for one in text.splitlines() if (line := clean_line(one))]
