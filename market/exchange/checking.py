"""Rows of a file become staged listings, or problems with their reasons. A batch is one short transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from locales import resolve_language
from market.exchange.comparing import DESCRIBED, Stored
from market.exchange.enums import Change, Verdict
from market.exchange.formats.rows import Row, RowFault
from market.exchange.forms import ImportOptions
from market.exchange.repairing import (
    DAY_PASSED,
    LEFT_OUT,
    Problem,
    Repair,
    choose_kind,
    repair_row,
    shorten,
    take_words,
)
from market.exchange.sifting import name_column, read_id, sift_row
from market.kernel.errors import N_, Fault
from market.kernel.ids import new_ordered_id, new_reference_code
from market.kernel.text import hash_texts
from market.listings.enums import ListingKind, ListingState, Provenance
from market.listings.forms import ListingForm, TextForm
from market.listings.models import Listing, ListingCode, ListingText
from market.listings.rules import missing_for_publication
from market.listings.service import TEXT_FIELDS, list_codes, list_columns
from market.taxonomy.countries import is_country
from market.web.forms import collect_faults

KNOWN: Final = frozenset(
    {
        "id", "kind", "language", "country", "title", "summary", "description", "advantages", "technical_specification",
        "stage", "trl", "ipr_status", "ipr_notes", "partnership_types", "expected_partner", "fields", "ipc",
        "industries", "keywords", "sdgs", "target_countries", "price", "expires_at", "translations", "contact_email",
    }
)  # fmt: skip
"""Columns of the import format. Others are kept out and counted."""

LONGEST_ID: Final = 200
EXAMPLE_PREFIX: Final = "example-"

NO_TITLE = N_("The title is missing.")
NO_WORDS = N_("There is neither a summary nor a description.")
NO_KIND = N_("The kind must be 'offer' or 'demand', or be chosen for the whole file.")
NO_LANGUAGE = N_("The language must be one of ours, or be chosen for the whole file.")
NO_COUNTRY = N_("The country must be a code of two letters, such as CN or VN.")
TWICE = N_("This id stands in line %(first)s already.")
LONG_ID = N_("An id has at most %(max_length)s characters.")
INCOMPLETE = N_("Needed before this can be published. The listing stays a draft.")
TRANSLATION_LEFT_OUT = N_("This translation could not be read and was left out.")


@dataclass(slots=True)
class Staged:
    """A row that passed: what goes into the three staging tables."""

    line: int
    row_id: str | None
    listing: dict[str, Any]
    texts: list[dict[str, Any]]
    codes: list[dict[str, Any]]
    verdict: Verdict


@dataclass(slots=True)
class Checked:
    """What came of some rows."""

    staged: list[Staged] = field(default_factory=list)
    problems: list[tuple[int, str, Problem]] = field(default_factory=list)
    extras: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    last_line: int = 0


class Checker:
    """Checks the rows of one file. `seen` are the ids of lines before."""

    def __init__(self, options: ImportOptions, *, country: str, today: date, seen: dict[str, int]) -> None:
        self._options = options
        self._country = country
        self._today = today
        self._seen = seen

    def check(self, rows: Iterable[Row | RowFault], stored: Mapping[str, Stored]) -> Checked:
        """`stored` holds what is known of these rows' ids: id → the listing as it is."""
        checked = Checked()
        for row in rows:
            checked.last_line = row.line
            if isinstance(row, RowFault):
                problem = Problem("", Verdict.REFUSED, Fault(row.message, **row.values), shorten(row.excerpt))
                self._refuse(checked, row.line, "", [problem])
            elif not str(row.values.get("id") or "").startswith(EXAMPLE_PREFIX):
                self._check_row(checked, row, stored)
        return checked

    def _check_row(self, checked: Checked, row: Row, stored: Mapping[str, Stored]) -> None:
        for name in row.values.keys() - KNOWN:
            checked.extras[name] = checked.extras.get(name, 0) + 1
        given, problems = sift_row(row.values)
        row_id = read_id(given)
        known = stored.get(row_id) if row_id else None
        values = known.fill(given) if known else given
        refusals = [problem for problem in problems if problem.verdict is Verdict.REFUSED]
        told = {problem.column for problem in refusals}
        found = self._find_refusals(row.line, row_id, values)
        refusals += [problem for problem in found if problem.column not in told]
        if refusals:
            self._refuse(checked, row.line, row_id or "", refusals)
            return
        language = resolve_language(str(values.get("language") or self._options.language)) or ""
        repair = repair_row(values, language=language, today=self._today)
        repair.problems[:0] = problems
        if known and known.state is not ListingState.DRAFT and repair.values.get("expires_on") == known.expires_on:
            repair.forget(DAY_PASSED)  # it has expired, and the row does not say otherwise
        form, faults = _validate(repair)
        if form is None:
            self._refuse(checked, row.line, row_id or "", faults)
            return
        staged = self._stage(row, row_id, values, form, repair, known)
        checked.staged.append(staged)
        checked.problems.extend((row.line, row_id or "", problem) for problem in repair.problems)

    def _find_refusals(self, line: int, row_id: str | None, values: Mapping[str, Any]) -> list[Problem]:
        found: list[tuple[str, Fault]] = []
        if row_id and len(row_id) > LONGEST_ID:
            found.append(("id", Fault(LONG_ID, max_length=LONGEST_ID)))
        elif row_id and row_id in self._seen:
            found.append(("id", Fault(TWICE, first=self._seen[row_id])))
        elif row_id:
            self._seen[row_id] = line
        if choose_kind(values, self._options) is None:
            found.append(("kind", Fault(NO_KIND)))
        if resolve_language(str(values.get("language") or self._options.language)) is None:
            found.append(("language", Fault(NO_LANGUAGE)))
        if (country := values.get("country")) and not is_country(str(country).strip().upper()):
            found.append(("country", Fault(NO_COUNTRY)))
        words = take_words(values)
        if not words["title"]:
            found.append(("title", Fault(NO_TITLE)))
        if not words["summary"] and not words["description"]:
            found.append(("summary", Fault(NO_WORDS)))
        return [Problem(column, Verdict.REFUSED, fault, shorten(values.get(column) or "")) for column, fault in found]

    def _refuse(self, checked: Checked, line: int, row_id: str, problems: Sequence[Problem]) -> None:
        checked.refused += 1
        checked.problems.extend((line, row_id[:LONGEST_ID], problem) for problem in problems)

    def _stage(
        self, row: Row, row_id: str | None, values: Mapping[str, Any], form: ListingForm, repair: Repair,
        known: Stored | None,
    ) -> Staged:  # fmt: skip
        kind = choose_kind(values, self._options)
        assert kind is not None  # noqa: S101 - a row without one was refused
        country = str(values.get("country") or self._country).strip().upper()
        original = {name: getattr(form, name) for name in TEXT_FIELDS}
        texts = [{"language": form.language, "provenance": Provenance.AUTHOR, "source_hash": None, **original}]
        texts += _take_translations(repair, values.get("translations"), form.language, hash_texts(*original.values()))
        listing = {
            "kind": kind,
            "language": form.language,
            "country": country,
            # A row may name a listing by our reference: that is no id of the importer's.
            "external_id": known.columns["external_id"] if known else row_id,
            **list_columns(form),
        }
        codes = [
            {"vocabulary": vocabulary, "code": code, "position": position}
            for vocabulary, wanted in list_codes(form).items()
            for position, code in enumerate(wanted)
        ]
        listing["publishes"] = self._becomes_public(repair, listing, texts, codes, known)
        verdict = Verdict.REPAIRED if repair.problems else Verdict.TAKEN
        return Staged(row.line, row_id, listing, texts, codes, verdict)

    def _becomes_public(
        self, repair: Repair, columns: Mapping[str, Any], texts: Sequence[Mapping[str, Any]],
        codes: Sequence[Mapping[str, Any]], known: Stored | None,
    ) -> bool:  # fmt: skip
        """Whether taking over the row makes it public. Of known listings only drafts may: one that was withdrawn was so
        by somebody who meant it. An author's draft moreover only where the row says something new: whoever sends their
        own export back publishes nothing.
        """
        if not self._options.publishes or repair.stays_draft or (known and known.state is not ListingState.DRAFT):
            return False
        if self._options.publishes_incomplete:
            return True
        if known and known.equals(columns, texts, codes):
            return False
        return self._note_missing(repair, columns, texts[0], codes)

    def _note_missing(
        self, repair: Repair, columns: Mapping[str, Any], text: Mapping[str, Any], codes: Sequence[Mapping[str, Any]]
    ) -> bool:
        """Whether it has all that publication asks of an author; what lacks is noted, and it stays a draft."""
        listing = Listing(**{name: columns[name] for name in DESCRIBED})
        listing.texts = {text["language"]: ListingText(**text)}
        listing.codes = [ListingCode(**code) for code in codes]
        missing = missing_for_publication(listing, today=self._today)
        for column in missing:
            repair.note(column, INCOMPLETE)
        return not missing


def _validate(repair: Repair) -> tuple[ListingForm | None, list[Problem]]:
    """The form; a price that it refuses is left out, any other fault refuses the row."""
    try:
        return ListingForm.model_validate(repair.values), []
    except ValidationError as problem:
        faults = collect_faults(problem)
    if faults.keys() <= {"price_amount", "price_currency"}:
        excerpt = " ".join(str(repair.values.pop(name, "")) for name in ("price_amount", "price_currency"))
        repair.values.pop("price_basis", None)
        repair.note("price", LEFT_OUT, excerpt)
        return _validate(repair)
    return None, [
        Problem(column, Verdict.REFUSED, fault, shorten(repair.values.get(column, "")))
        for column, fault in faults.items()
    ]


def _take_translations(repair: Repair, value: object, original: str, source_hash: str) -> list[dict[str, Any]]:
    texts: list[dict[str, Any]] = []
    for code, words in value.items() if isinstance(value, Mapping) else ():
        language = resolve_language(str(code))
        column = name_column(f"translations.{code}")
        if language is None or language == original or not isinstance(words, Mapping):
            repair.note(column, TRANSLATION_LEFT_OUT, words)
            continue
        try:
            given = {name: text for name, text in take_words(words).items() if text}
            form = TextForm.model_validate(given | _join_keywords(words.get("keywords")))
        except ValidationError:
            repair.note(column, TRANSLATION_LEFT_OUT, words.get("title", ""))
            continue
        machine = words.get("provenance") == Provenance.MACHINE
        provenance = Provenance.MACHINE if machine else Provenance.HUMAN
        texts.append({"language": language, "provenance": provenance, "source_hash": source_hash, **form.model_dump()})
    return texts


def _join_keywords(value: object) -> dict[str, str]:
    return {"keywords": "\n".join(str(word) for word in value)} if isinstance(value, list) else {}


def name_new(staged: Staged) -> tuple[UUID, str]:
    """Return the id and a reference for a listing that is new."""
    prefix = "TO" if staged.listing["kind"] is ListingKind.OFFER else "TD"
    return new_ordered_id(), f"{prefix}-{staged.listing['country']}-{new_reference_code()}"


def decide_change(staged: Staged, stored: Stored | None) -> Change:
    if stored is None:
        return Change.NEW
    if staged.listing["publishes"] or not stored.equals(staged.listing, staged.texts, staged.codes):
        return Change.CHANGED
    return Change.UNCHANGED
