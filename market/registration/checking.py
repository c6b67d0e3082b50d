"""From the cells of a table to people who can be taken over, or to what is wrong in which line and column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from market.exchange.formats.columns import find_column, know_labels, make_key
from market.exchange.formats.tables import make_reader
from market.kernel.errors import N_, Fault, Faulty
from market.registration.enums import YES_OR_NO, QuestionKind, YesNo
from market.registration.forms import ANSWER, AddedForm, check_answers
from market.registration.models import ParticipantImport, Question, RegistrationType
from market.web.forms import MESSAGES, SentForm, parse_form

FIELDS: Final[Mapping[str, str]] = {
    "name": N_("Name"),
    "email": N_("Mail address"),
    "type": N_("Register as"),
    "organization": N_("Organization"),
    "country": N_("Country"),
    "language": N_("Language of our mails"),
}
"""What a column can be, beside the answer to a question, and what it is called."""

NEEDED: Final = ("name", "email")
TWICE = N_("This address stands in line %(line)s already.")

_OF_LISTINGS: Final = {"title": "name", "contact_email": "email", "country": "country", "language": "language"}
"""Names that tables of listings have for what we ask too."""


@dataclass(frozen=True, slots=True)
class Problem:
    """`column` is the file's own name of it; empty where it is the whole row."""

    line: int
    column: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class Person:
    """A row that was checked."""

    form: AddedForm
    answers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """What rows are checked against. `type_id` and `language` are for rows that name none."""

    kinds: Sequence[RegistrationType]
    questions: Sequence[Question]
    type_id: str
    language: str


def guess_fields(names: Sequence[str], questions: Sequence[Question]) -> dict[int, str]:
    """Place of a column → what it most likely is. Of two that would be the same the first is taken."""
    known = dict(_known_fields())
    for question in questions:
        for words in (question.name, *question.names.values()):
            known.setdefault(make_key(words), f"{ANSWER}{question.id}")
    guessed: dict[int, str] = {}
    for place, name in enumerate(names):
        field = known.get(make_key(name)) or _OF_LISTINGS.get(find_column(name) or "")
        if field and field not in guessed.values():
            guessed[place] = field
    return guessed


@cache
def _known_fields() -> Mapping[str, str]:
    labels = know_labels({field: [label] for field, label in FIELDS.items()})
    return {key: field for key, field in labels.items() if field} | {make_key(field): field for field in FIELDS}


def check_rows(table: ParticipantImport, chosen: Mapping[int, str], asked: Asked) -> tuple[list[Person], list[Problem]]:
    """`chosen`: place of a column → what it is."""
    names = [column["name"] for column in table.columns]
    read_cells = make_reader(names, {names[place]: field for place, field in chosen.items()})
    columns = {field: names[place] for place, field in chosen.items()}
    people: list[Person] = []
    problems: list[Problem] = []
    lines: dict[str, int] = {}
    for row in table.rows:
        line = int(row["line"])
        values = read_cells([row.get(str(place), "") for place in range(len(names))])
        person, faults = _check_row(values, asked)
        if person is not None and person.form.email in lines:
            faults = {"email": Fault(TWICE, line=lines[person.form.email])}
        problems += [Problem(line, columns.get(field, ""), fault) for field, fault in faults.items()]
        if person is not None and not faults:
            people.append(person)
            lines[person.form.email] = line
    return people, problems


def _check_row(values: Mapping[str, str], asked: Asked) -> tuple[Person | None, dict[str, Fault]]:
    own = {field: text for field, text in values.items() if field in FIELDS}
    faults: dict[str, Fault] = {}
    own["type"] = _find_type(own.get("type", ""), asked)
    if not own["type"]:
        faults["type"] = Fault(MESSAGES["enum"])
    own.setdefault("language", asked.language)
    form: AddedForm | None = None
    try:
        form = parse_form(AddedForm, SentForm({field: [text] for field, text in own.items()}))
    except Faulty as problem:
        faults = dict(problem.faults) | faults
    sent = {str(one.id): _find_choice(one, values.get(f"{ANSWER}{one.id}", "")) for one in asked.questions}
    # What nobody asked them elsewhere is not required of them here.
    answers, wrong = check_answers([one for one in asked.questions if sent[str(one.id)]], sent)
    faults |= {f"{ANSWER}{question}": fault for question, fault in wrong.items()}
    return (Person(form, answers) if form is not None and not faults else None), faults


def _find_type(text: str, asked: Asked) -> str:
    """Its id, by its name in any language."""
    named = {str(kind.id): [kind.name, *kind.names.values()] for kind in asked.kinds}
    if not text:
        return asked.type_id if asked.type_id in named else ""
    return _find_by_words(text, named)


def _find_choice(question: Question, text: str) -> str:
    """What is kept of a choice, by its words in any language."""
    if not text:
        return ""
    if question.kind is QuestionKind.YES_NO:
        return _know_yes_and_no().get(make_key(text)) or text
    return _find_by_words(text, {choice["value"]: list(choice.values()) for choice in question.choices}) or text


def _find_by_words(text: str, named: Mapping[str, Sequence[str]]) -> str:
    """What is called just so; else what is, but for capitals and marks, and nothing else."""
    exact = [value for value, words in named.items() if text in words]
    key = make_key(text)
    alike = exact or [value for value, words in named.items() if key and key in map(make_key, words)]
    return alike[0] if len(alike) == 1 or exact else ""


@cache
def _know_yes_and_no() -> Mapping[str, str]:
    labels = know_labels({value.value: [label] for value, label in YES_OR_NO.items()})
    return {key: value for key, value in labels.items() if value} | {make_key(value): value.value for value in YesNo}


def find_missing(chosen: Mapping[int, str]) -> list[str]:
    """Fields that every table has to have."""
    return [field for field in NEEDED if field not in chosen.values()]
