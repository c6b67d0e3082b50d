"""What is put right in a row, what refuses it, and how the report says so."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.exchange.checking import (
    INCOMPLETE,
    LONG_ID,
    NO_COUNTRY,
    NO_KIND,
    NO_LANGUAGE,
    NO_TITLE,
    NO_WORDS,
    TRANSLATION_LEFT_OUT,
    TWICE,
)
from market.exchange.enums import RunState
from market.exchange.forms import ImportOptions
from market.exchange.models import ImportProblem, StagedCode, StagedListing, StagedText
from market.exchange.repairing import (
    CHARACTERS,
    CUT,
    DATE_LEFT_OUT,
    DAY_PASSED,
    LEFT_OUT,
    SHORTENED,
    TOO_MANY,
    cut_summary,
)
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.listings.enums import ListingKind
from market.listings.forms import MAX_SUMMARY
from market.listings.rules import LONGEST_LIFE
from market.organizations.models import Organization
from tests.make.imports import PUBLISHES, begin_import, check, make_row, write_lines
from tests.make.listings import STRUCTURE
from tests.make.organizations import make_organization
from tests.make.stored import read_stored

TODAY = utc_now().date()
TOO_LONG = "Please shorten this to at most %(max_length)s characters."


@pytest.fixture
def works(db: Session) -> Organization:
    return make_organization(db, country="TH")


@pytest.fixture
def examine(db: Session, database: Database, works: Organization, tmp_path: Path) -> Any:
    """Check rows and answer (verdict, column, message) of each problem."""

    def run(*rows: dict[str, Any], options: ImportOptions = PUBLISHES) -> list[tuple[str, str, str]]:
        path = write_lines(tmp_path, rows)
        ended = check(database, begin_import(db, works, path, options), path)
        assert ended.state is RunState.CHECKED
        problems = read_stored(database, select(ImportProblem).order_by(ImportProblem.line, ImportProblem.number))
        return [(problem.verdict.value, problem.column, problem.message) for problem in problems]

    return run


REFUSED = {
    "no title": ({"title": " "}, "title", NO_TITLE),
    "a title of fillers": ({"title": " \u200b \u3164 "}, "title", NO_TITLE),
    "words of fillers": ({"summary": "\u200b\u2060\u3164", "description": "\u2800"}, "summary", NO_WORDS),
    "no words": ({"summary": "", "description": None}, "summary", NO_WORDS),
    "a kind of others": ({"kind": "paper"}, "kind", NO_KIND),
    "a language of others": ({"language": "de"}, "language", NO_LANGUAGE),
    "no country": ({"country": "XX"}, "country", NO_COUNTRY),
    "a long title": ({"title": "t" * 301}, "title", TOO_LONG),
    "a long text": (
        {"advantages": "a" * 4001},
        "advantages",
        "Please shorten this to at most %(max_length)s characters.",
    ),
    "a truth for a title": ({"title": True}, "title", LEFT_OUT),
    "a list for a title": ({"title": ["Kiln"]}, "title", LEFT_OUT),
    "a list for an id": ({"id": [1]}, "id", LEFT_OUT),
    "an object for an id": ({"id": {"a": 1}}, "id", LEFT_OUT),
    "a long id": ({"id": "i" * 201}, "id", LONG_ID),
}


@pytest.mark.parametrize(("changes", "column", "message"), REFUSED.values(), ids=REFUSED)
def test_a_row_without_what_is_needed_is_refused_with_its_reason(
    examine: Any, database: Database, changes: dict[str, Any], column: str, message: str
) -> None:
    assert examine(make_row(1, **changes), make_row(2)) == [("refused", column, message)]
    assert read_stored(database, select(StagedListing.external_id)) == ["row-2"]


REPAIRED = {
    "unknown stage": ({"stage": "nearly"}, "stage", LEFT_OUT),
    "TRL off the scale": ({"trl": 12}, "trl", LEFT_OUT),
    "an unknown field": ({"fields": [1, 99]}, "fields", LEFT_OUT),
    "many partnership types": (
        {"partnership_types": ["licence", "joint_venture", "joint_rd", "technical_service"]}, "partnership_types", None,
    ),
    "many keywords": ({"keywords": [f"word {number}" for number in range(15)]}, "keywords", TOO_MANY),
    "no IPC symbol": ({"ipc": ["A23B", "drying"]}, "ipc", LEFT_OUT),
    "a price in words": ({"price": {"amount": "cheap", "currency": "USD"}}, "price", LEFT_OUT),
    "a price in another money": ({"price": {"amount": "5", "currency": "XTS"}}, "price", LEFT_OUT),
    "no date": ({"expires_at": "soon"}, "expires_at", DATE_LEFT_OUT),
    "a day that has passed": ({"expires_at": "2020-01-01"}, "expires_at", DAY_PASSED),
    "a day years ahead": ({"expires_at": "2099-01-01"}, "expires_at", SHORTENED),
    "no mail address": ({"contact_email": "ask us"}, "contact_email", LEFT_OUT),
    "a translation of others": ({"translations": {"de": {"title": "Ofen"}}}, "translations.de", TRANSLATION_LEFT_OUT),
    "one without title": ({"translations": {"vi": {"summary": "Sấy"}}}, "translations.vi", TRANSLATION_LEFT_OUT),
    "one with a title of fillers": (
        {"translations": {"vi": {"title": "\u3164\u3164", "summary": "Sấy"}}}, "translations.vi", TRANSLATION_LEFT_OUT,
    ),
    "a truth for a summary": ({"summary": True}, "summary", LEFT_OUT),
    "a list for a stage": ({"stage": ["on_the_market"]}, "stage", LEFT_OUT),
    "an object among keywords": ({"keywords": ["drying", {"a": 1}]}, "keywords", LEFT_OUT),
    "a list for an amount": ({"price": {"amount": [5], "basis": "total"}}, "price.amount", LEFT_OUT),
    "a text for translations": ({"translations": "vi"}, "translations", LEFT_OUT),
    "a truth in a translation": (
        {"translations": {"vi": {"title": "Máy sấy", "summary": True}}}, "translations.vi.summary", LEFT_OUT,
    ),
    "half a character in a title": ({"title": "Kiln \ud800"}, "title", CHARACTERS),
    "half a character in an id": ({"id": "row-\udfff1"}, "id", CHARACTERS),
    "half a character in a code": ({"translations": {"\ud800": {}}}, "translations.\ufffd", TRANSLATION_LEFT_OUT),
    "no character in a description": ({"description": "Dries\x00."}, "description", CHARACTERS),
    "a long summary": ({"summary": "Dries well. " * 60}, "summary", CUT),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "column", "message"), REPAIRED.values(), ids=REPAIRED)
def test_what_can_be_put_right_is_and_is_told(
    examine: Any, database: Database, changes: dict[str, Any], column: str, message: str | None
) -> None:
    [(verdict, where, said)] = examine(make_row(1, **changes))

    assert (verdict, where) == ("repaired", column)
    assert said == (message or said)
    assert read_stored(database, select(StagedListing.external_id)) == ["row-1"]


def test_an_id_counts_once_in_a_file(examine: Any, database: Database) -> None:
    assert examine(make_row(1), make_row(2), make_row(1)) == [("refused", "id", TWICE)]
    [problem] = read_stored(database, select(ImportProblem))
    assert (problem.line, problem.values) == (3, {"first": 1})


def test_a_line_that_is_no_json_is_a_refused_row(
    db: Session, database: Database, works: Organization, tmp_path: Path
) -> None:
    path = write_lines(tmp_path, [make_row(1), make_row(2)])
    path.write_bytes(path.read_bytes()[:-30])

    run = check(database, begin_import(db, works, path), path)

    assert (run.counts["rows"], run.counts["new"], run.counts["refused"]) == (2, 1, 1)
    assert read_stored(database, select(ImportProblem.line)) == [2]


def test_a_file_that_breaks_off_is_refused_whole(
    db: Session, database: Database, works: Organization, tmp_path: Path
) -> None:
    path = write_lines(tmp_path, [make_row(number) for number in range(500)], "rows.jsonl.gz")
    path.write_bytes(path.read_bytes()[:-400])

    run = check(database, begin_import(db, works, path), path)

    assert run.state is RunState.FAILED
    assert run.failure
    assert read_stored(database, select(StagedListing.line)) == []


def test_the_sender_chooses_kind_and_language_for_rows_that_name_none(examine: Any, database: Database) -> None:
    options = PUBLISHES.model_copy(update={"kind": ListingKind.DEMAND, "language": "zh-Hans"})
    rows = [make_row(1, kind="paper", language=None), make_row(2), make_row(3, kind="", language="zh", country=None)]

    assert examine(*rows, options=options) == []
    stored = read_stored(database, select(StagedListing).order_by(StagedListing.line))
    assert [(row.kind.value, row.language, row.country) for row in stored] == [
        ("demand", "zh-Hans", "CN"),
        ("offer", "en", "CN"),
        ("demand", "zh-Hans", "TH"),
    ]


def test_columns_of_others_are_counted_and_kept_out(
    db: Session, database: Database, works: Organization, tmp_path: Path
) -> None:
    path = write_lines(tmp_path, [make_row(1, agency="x", codes=[]), make_row(2, agency="y")])

    run = check(database, begin_import(db, works, path), path)

    assert run.counts["extras"] == {"agency": 2, "codes": 1}


def test_example_rows_of_the_template_are_passed_over(examine: Any, database: Database) -> None:
    assert examine(make_row(1, id="example-1"), make_row(2)) == []
    assert read_stored(database, select(StagedListing.external_id)) == ["row-2"]


def test_ipc_symbols_tell_the_fields(examine: Any, database: Database) -> None:
    assert examine(make_row(1, ipc=["A23B 7/154"])) == []
    codes = read_stored(database, select(StagedCode.code).order_by(StagedCode.vocabulary))
    assert codes == ["18", "A23B 7/154"]


def test_a_firm_publishes_what_is_complete_and_the_rest_stays_drafts(examine: Any, database: Database) -> None:
    options = ImportOptions(publishes=True)
    whole = {**STRUCTURE, "advantages": "Uses half the fuel."}

    problems = examine(make_row(1, **whole), make_row(2, **whole | {"sdgs": []}), options=options)

    assert problems == [("repaired", "sdgs", INCOMPLETE)]
    assert read_stored(database, select(StagedListing.publishes).order_by(StagedListing.line)) == [True, False]


def test_translations_carry_where_they_come_from(examine: Any, database: Database) -> None:
    translations = {"vi": {"title": "Máy sấy", "provenance": "machine"}, "th": {"title": "เครื่องอบ", "keywords": ["อบ"]}}

    assert examine(make_row(1, translations=translations)) == []
    texts = read_stored(database, select(StagedText).order_by(StagedText.language))
    assert [(text.language, text.provenance.value, text.keywords) for text in texts] == [
        ("en", "author", ""),
        ("th", "human", "อบ"),
        ("vi", "machine", ""),
    ]
    assert len({text.source_hash for text in texts}) == 2


def test_an_expiry_beyond_a_year_is_moved_forward(examine: Any, database: Database) -> None:
    examine(make_row(1, expires_at="2099-01-01"))

    assert read_stored(database, select(StagedListing.expires_on)) == [TODAY + LONGEST_LIFE]


def test_a_moment_is_taken_as_its_day(examine: Any, database: Database) -> None:
    day = TODAY + timedelta(days=30)
    assert examine(make_row(1, expires_at=f"{day.isoformat()}T08:00:00+07:00")) == []
    assert read_stored(database, select(StagedListing.expires_on)) == [day]


@pytest.mark.parametrize(
    ("summary", "description", "kept", "rest"),
    [
        ("One sentence. " + "x" * 600, "", "x" * 487, None),
        ("A. " * 10 + "b" * 130 + ". " + "c" * 600, "More.", None, None),
        ("字" * 300 + "。" + "句" * 300, "", "字" * 300 + "。", "句" * 300),
        ("word " * 200, "Text.", None, None),
    ],
    ids=["no end of a sentence far enough", "an end", "Chinese", "words alone"],
)
def test_a_summary_is_cut_where_it_reads_well_and_nothing_is_lost(
    summary: str, description: str, kept: str | None, rest: str | None
) -> None:
    short, longer = cut_summary(summary, description)

    assert 0 < len(short) <= MAX_SUMMARY
    assert "".join((short + longer).split()) == "".join((summary + description).split())
    assert rest is None or (short, longer) == (kept, rest)


def test_a_description_that_begins_with_the_summary_is_left_as_it_is() -> None:
    text = "Dries cassava. " * 60

    short, longer = cut_summary(text, text + "And more.")

    assert short.endswith(".")
    assert longer == text + "And more."


def test_what_cannot_be_shown_is_taken_out_of_the_words_and_nothing_stands_in_its_place(
    examine: Any, database: Database
) -> None:
    examine(make_row(1, title="Ki\ud800ln", translations={"vi": {"title": "Máy\udc00", "keywords": "sấy; sắn"}}))

    texts = read_stored(database, select(StagedText).order_by(StagedText.language))
    assert [(text.title, text.keywords) for text in texts] == [("Kiln", ""), ("Máy", "sấy\nsắn")]


def test_figures_are_taken_as_they_are_written(examine: Any, database: Database) -> None:
    assert examine(make_row(1, id=7, title=2030)) == []
    assert read_stored(database, select(StagedListing.external_id)) == ["7"]
