"""From runs and their problems to what a template shows, in the reader's language."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Final

from locales import LANGUAGES, resolve_language
from market.exchange.enums import Change, FileFormat, RunState, Verdict
from market.exchange.formats.columns import COLUMN_LABELS, TRANSLATED, TRANSLATION_COLUMNS, guess_columns
from market.exchange.formats.encodings import ENCODINGS
from market.exchange.models import ImportProblem, ImportRun
from market.exchange.queries import StagedRow
from market.kernel.errors import N_, Fault
from market.kernel.text import UNSTORABLE
from market.web.rendering import Reader

MAX_MAPPED: Final = 100
"""Columns of a file that a page offers to name. Wider tables hold them among their first ones."""

VERDICTS: Final[Mapping[Verdict, str]] = {
    # Translators: of rows of a file; also the heading of their number.
    Verdict.REFUSED: N_("Rows left out"),
    Verdict.REPAIRED: N_("Rows repaired"),
}
OUTCOMES: Final[Mapping[Verdict, str]] = {
    # Translators: what was done with a row of a file.
    Verdict.REFUSED: N_("left out"),
    Verdict.REPAIRED: N_("repaired"),
}
CHANGES: Final[Mapping[Change, str]] = {
    # Translators: what an import does with a row of a file, and the heading of their number.
    Change.NEW: N_("New listings"),
    Change.CHANGED: N_("Changed listings"),
    Change.UNCHANGED: N_("Nothing to change"),
}
MOVING: Final = (RunState.RECEIVED, RunState.CHECKING, RunState.TAKING_OVER)
"""States that pass by themselves: their page looks again every few seconds."""

_SAME_AS: Final = {
    "price": "price.amount",
    "price_amount": "price.amount",
    "price_currency": "price.currency",
    "price_basis": "price.basis",
    "expires_on": "expires_at",
}
_PROVENANCE: Final = N_("Where the translation comes from")


@dataclass(frozen=True, slots=True)
class ShownProblem:
    """`column` is empty where the row as a whole is meant."""

    line: int
    row_id: str
    column: str
    sentence: str
    excerpt: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A row of the file with all that was wrong with it."""

    line: int
    row_id: str
    outcome: str
    verdict: Verdict
    problems: Sequence[ShownProblem]


@dataclass(frozen=True, slots=True)
class ShownEffects:
    """What confirming a checked run will do. `good` rows can be imported. Drafts that are here already are among the
    `changed`, and where they become public among the `public` ones, too.
    """

    good: int
    refused: int
    public: int
    drafts: int
    changed: int


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column of the file: its place, name, first values, and which of ours it is taken for."""

    place: int
    name: str
    values: Sequence[str]
    chosen: str


def label_column(column: str, reader: Reader) -> str:
    """What a column of the import format is called; one that is none of ours by its own name."""
    known = _SAME_AS.get(column, column)
    if known in COLUMN_LABELS:
        return reader.gettext(COLUMN_LABELS[known][0])
    outer, _, rest = known.partition(".")
    code, _, name = rest.partition(".")
    language = resolve_language(code)
    if outer != "translations" or language is None:
        return clean(column)
    named = reader.format.language(language)
    return f"{_label_translated(name, reader)} · {named}" if name in TRANSLATED else named


def _label_translated(name: str, reader: Reader) -> str:
    label = _PROVENANCE if name == "provenance" else COLUMN_LABELS[name][0]
    return reader.gettext(label)


def say(message: str, values: Mapping[str, Any], reader: Reader) -> str:
    """A message of the engine with its figures as the reader writes them."""
    written = {
        name: reader.format.number(value) if isinstance(value, int | float) else clean(str(value))
        for name, value in values.items()
    }
    return reader.say(Fault(message, **written))


def clean(text: str) -> str:
    """What cannot be stored or sent is shown as browsers show it."""
    return UNSTORABLE.sub("\ufffd", text)


def present_problem(problem: ImportProblem, reader: Reader) -> ShownProblem:
    return ShownProblem(
        line=problem.line,
        row_id=problem.row_id,
        column=label_column(problem.column, reader) if problem.column else "",
        sentence=say(problem.message, problem.values, reader),
        excerpt=clean(problem.excerpt),
        verdict=problem.verdict,
    )


def present_lines(problems: Iterable[ImportProblem], reader: Reader) -> list[ShownLine]:
    """Problems in the order of the file, each row once; columns that lack the same are said together."""
    lines = []
    for (line, row_id), group in groupby(problems, key=lambda problem: (problem.line, problem.row_id)):
        shown = [present_problem(problem, reader) for problem in group]
        verdict = shown[0].verdict
        lines.append(ShownLine(line, row_id, reader.gettext(OUTCOMES[verdict]), verdict, _join_columns(shown, reader)))
    return lines


def _join_columns(problems: Iterable[ShownProblem], reader: Reader) -> list[ShownProblem]:
    joined: dict[tuple[str, str], list[ShownProblem]] = {}
    for problem in problems:
        joined.setdefault((problem.sentence, problem.excerpt), []).append(problem)
    return [
        replace(group[0], column=reader.format.join(filter(None, (problem.column for problem in group))))
        for group in joined.values()
    ]


def present_effects(run: ImportRun, effects: Mapping[tuple[Change, bool], int]) -> ShownEffects:
    refused = int(run.counts.get("refused", 0))
    return ShownEffects(
        good=int(run.counts.get("rows", 0)) - refused,
        refused=refused,
        public=effects.get((Change.NEW, True), 0) + effects.get((Change.CHANGED, True), 0),
        drafts=effects.get((Change.NEW, False), 0),
        changed=int(run.counts.get(Change.CHANGED, 0)),
    )


def list_counts(run: ImportRun) -> list[tuple[str, int]]:
    """Label and number of what came of the rows; what is zero goes unsaid, save the new ones."""
    labels = [*CHANGES.items(), *VERDICTS.items()]
    counts = [(label, int(run.counts.get(name.value, 0))) for name, label in labels]
    return [(label, number) for label, number in counts if number or label == CHANGES[Change.NEW]]


def list_left_out(run: ImportRun) -> list[str]:
    """Columns of the file that are none of ours."""
    return [clean(str(name)) for name in sorted(run.counts.get("extras", {}))][:MAX_MAPPED]


def list_languages(rows: Sequence[StagedRow], reader: Reader) -> dict[str, str]:
    return {row.language: reader.format.language(row.language) for row in rows}


def present_columns(run: ImportRun, chosen: Mapping[int, str] | None = None) -> list[ShownColumn]:
    """`chosen`: what somebody has just said, by place."""
    columns = list(run.layout.get("columns", []))[:MAX_MAPPED]
    names = [name for name, _values in columns]
    known = run.columns or guess_columns(names)
    return [
        ShownColumn(
            place=place,
            name=clean(name),
            values=[clean(value) for value in values if value],
            chosen=chosen.get(place, "") if chosen is not None else known.get(name, ""),
        )
        for place, (name, values) in enumerate(columns)
    ]


def list_column_codes() -> frozenset[str]:
    """What a column of a file may be taken for."""
    return frozenset((*COLUMN_LABELS, *TRANSLATION_COLUMNS))


def list_column_groups(reader: Reader) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Our columns, then those of translations by language."""
    yield "", [(column, reader.gettext(labels[0])) for column, labels in COLUMN_LABELS.items()]
    for code in LANGUAGES:
        columns = [f"translations.{code}.{name}" for name in TRANSLATED]
        yield reader.format.language(code), [(column, label_column(column, reader)) for column in columns]


def list_encodings(reader: Reader) -> list[tuple[str, str]]:
    names = {name: name.upper().replace("WINDOWS", "Windows") for name in ENCODINGS}
    return [(name, f"{names[name]} · {reader.gettext(label)}") for name, label in ENCODINGS.items()]


def has_encoding(run: ImportRun) -> bool:
    """A workbook's is XML's own business."""
    return run.file_format is not FileFormat.XLSX
