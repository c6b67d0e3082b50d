"""What pages of registration show: names in the reader's language, answers as a person reads them, form values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from locales import LANGUAGES
from market.kernel.errors import BadInput
from market.registration.enums import YES_OR_NO, ParticipantState, QuestionKind
from market.registration.forms import ANSWER, ParticipantForm
from market.registration.models import Participant, Question, RegistrationType
from market.registration.queries import ParticipantFilters
from market.taxonomy.values import COUNTRIES
from market.web.forms import SentForm
from market.web.rendering import Reader

LONGEST_WORDS: Final = 200


@dataclass(frozen=True, slots=True)
class ListAddress:
    """The address of the team's list, taken apart."""

    type: str = ""
    state: str = ""
    country: str = ""
    q: str = ""

    @property
    def query(self) -> dict[str, str]:
        parts = {"type": self.type, "state": self.state, "country": self.country, "q": self.q}
        return {name: value for name, value in parts.items() if value}

    @property
    def is_filtered(self) -> bool:
        return bool(self.query)

    @property
    def filters(self) -> ParticipantFilters:
        type_id = UUID(self.type) if self.type else None
        return ParticipantFilters(type_id, (ParticipantState(self.state),) if self.state else (), self.country, self.q)

    def write(self, **more: str) -> str:
        return "?" + urlencode(self.query | more)


def read_list_address(kind: str, state: str, country: str, words: str) -> ListAddress:
    """What no form of ours would send is refused."""
    if (state and state not in set(ParticipantState)) or (country and country not in COUNTRIES):
        raise BadInput
    try:
        UUID(kind or str(UUID(int=0)))
    except ValueError as problem:
        raise BadInput from problem
    return ListAddress(kind, state, country, words.strip()[:LONGEST_WORDS])


def name_in(named: RegistrationType | Question, language: str) -> str:
    return named.names.get(language) or named.name


def name_types(kinds: Sequence[RegistrationType], language: str) -> dict[UUID, str]:
    return {kind.id: name_in(kind, language) for kind in kinds}


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question as a form shows it. `options`: pairs of what is kept and what is read."""

    field: str
    label: str
    kind: QuestionKind
    is_required: bool
    options: list[tuple[str, str]]


def ask(questions: Sequence[Question], reader: Reader) -> list[AskedQuestion]:
    return [
        AskedQuestion(
            f"{ANSWER}{one.id}", name_in(one, reader.code), one.kind, one.is_required, _list_options(one, reader)
        )
        for one in questions
    ]


def _list_options(question: Question, reader: Reader) -> list[tuple[str, str]]:
    if question.kind is QuestionKind.YES_NO:
        return [(code.value, reader.gettext(label)) for code, label in YES_OR_NO.items()]
    return [(choice["value"], choice.get(reader.code) or choice["value"]) for choice in question.choices]


def say_answers(questions: Sequence[Question], answers: Mapping[str, str], reader: Reader) -> list[tuple[str, str]]:
    """Question and answer in the reader's language, as far as there are words in it."""
    answered = [(one, answers[str(one.id)]) for one in questions if str(one.id) in answers]
    return [
        (name_in(one, reader.code), dict(_list_options(one, reader)).get(answer, answer)) for one, answer in answered
    ]


def stored_values(participant: Participant) -> dict[str, str]:
    values = {name: getattr(participant, name) or "" for name in ParticipantForm.model_fields}
    return values | {f"{ANSWER}{question}": answer for question, answer in participant.answers.items()}


def sent_values(sent: SentForm) -> dict[str, str]:
    return {name: texts[0] for name, texts in sent.fields.items() if texts}


def type_values(kind: RegistrationType) -> dict[str, str]:
    days = {name: day.isoformat() if (day := getattr(kind, name)) else "" for name in ("opens_on", "closes_on")}
    boxes = {name: "1" if getattr(kind, name) else "" for name in ("needs_approval", "is_open")}
    capacity = "" if kind.capacity is None else str(kind.capacity)
    return {"name": kind.name, "capacity": capacity, **days, **boxes, **_spread(kind.names)}


def question_values(question: Question) -> dict[str, str]:
    choices = {
        f"choices-{code}": "\n".join(choice.get(code, "") for choice in question.choices)
        for code in LANGUAGES
        if any(code in choice for choice in question.choices)
    }
    own = "\n".join(choice["value"] for choice in question.choices)
    return {
        "name": question.name, "kind": question.kind.value, "is_required": "1" if question.is_required else "",
        "choices": own, **choices, **_spread(question.names),
    }  # fmt: skip


def _spread(names: Mapping[str, str]) -> dict[str, str]:
    return {f"names-{code}": name for code, name in names.items()}


CHOICES: Final[dict[str, Any]] = {"countries": COUNTRIES}
