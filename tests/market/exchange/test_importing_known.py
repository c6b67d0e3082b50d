"""Rows of listings that are here already: what says nothing new changes nothing, and nobody publishes by accident."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.exchange.enums import Change, FileFormat
from market.exchange.forms import ImportOptions
from market.exchange.models import ImportProblem
from market.exchange.queries import count_effects
from market.kernel.db import Database
from market.listings.enums import ListingState
from market.listings.models import Listing, ListingText
from market.organizations.models import Organization
from tests.make.accounts import make_user
from tests.make.imports import begin_import, check, import_rows, make_row, write_lines
from tests.make.listings import STRUCTURE, make_draft, make_in_state, make_listing
from tests.make.organizations import make_organization
from tests.make.stored import read_stored
from tests.make.uploads import read_sentences, upload
from tests.make.visitor import Visitor

COMPLETE = {**STRUCTURE, "advantages": "Half the fuel."}
ASKED = ImportOptions(publishes=True)
"""The page's form as it opens: publish what is complete."""


@pytest.fixture
def owner(db: Session) -> User:
    return make_user(db)


@pytest.fixture
def works(db: Session, owner: User) -> Organization:
    return make_organization(db, by=owner)


def list_states(database: Database) -> list[tuple[str, str]]:
    with database.reading() as session:
        rows = session.execute(
            select(ListingText.title, Listing.state)
            .join(Listing, (Listing.id == ListingText.listing_id) & (Listing.language == ListingText.language))
            .order_by(ListingText.title)
        )
        return [(title, state.value) for title, state in rows]


@pytest.mark.parametrize("file_format", FileFormat)
def test_ones_own_export_sent_back_changes_nothing(
    db: Session, database: Database, owner: User, works: Organization, sign_in: Callable[..., Visitor],
    deliver: Callable[[], None], file_format: FileFormat,
) -> None:  # fmt: skip
    make_draft(db, by=owner, texts={"en": "A draft", "vi": "Bản nháp"})
    make_draft(db, by=owner, texts={"en": "Incomplete"}, sdgs=[])
    make_listing(db, by=owner, texts={"en": "Published", "th": "เผยแพร่"})
    make_in_state(db, ListingState.WITHDRAWN, by=owner, texts={"en": "Withdrawn"})
    make_in_state(db, ListingState.EXPIRED, by=owner, texts={"en": "Expired"})
    # A translation that is older than its original, as after an edit.
    db.execute(update(ListingText).where(ListingText.language == "vi").values(source_hash="older"))
    db.commit()
    before = list_states(database), read_stored(database, select(Listing.version).order_by(Listing.id))
    browser = sign_in(owner)
    content = browser.get(f"/en/account/listings/export?format={file_format}").content

    address = upload(browser, content, name=f"own.{file_format}", organization=works.slug).headers["location"]
    deliver()
    preview = read_sentences(browser.get(address).text)
    browser.post(f"{address}/confirm")
    deliver()

    assert "Nothing to change 5" in preview
    assert "public at once" not in preview
    assert (list_states(database), read_stored(database, select(Listing.version).order_by(Listing.id))) == before
    assert read_stored(database, select(ImportProblem)) == []


@pytest.mark.parametrize("state", [ListingState.WITHDRAWN, ListingState.EXPIRED])
@pytest.mark.parametrize("options", [ASKED, ImportOptions(publishes=True, publishes_incomplete=True)])
def test_new_words_of_what_is_out_of_sight_bring_it_back_for_nobody(
    db: Session, database: Database, works: Organization, tmp_path: Path, state: ListingState, options: ImportOptions
) -> None:
    import_rows(db, database, works, write_lines(tmp_path, [make_row(1, **COMPLETE)]), ASKED)
    db.execute(update(Listing).values(state=state))
    db.commit()

    path = write_lines(tmp_path, [make_row(1, **COMPLETE, title="Other words")], "second.jsonl")
    run = import_rows(db, database, works, path, options)

    assert list_states(database) == [("Other words", state.value)]
    assert run.counts["changed"] == 1


DRAFTS = {
    "asked for": ({"title": "Other words"}, ASKED, "published", {(Change.CHANGED, True): 1}),
    "not asked for": ({"title": "Other words"}, ImportOptions(), "draft", {(Change.CHANGED, False): 1}),
    "incomplete": ({"title": "Other words", "sdgs": ["99"]}, ASKED, "draft", {(Change.CHANGED, False): 1}),
    "nothing new": ({}, ASKED, "draft", {(Change.UNCHANGED, False): 1}),
}


@pytest.mark.parametrize(("changes", "options", "state", "effects"), DRAFTS.values(), ids=DRAFTS)
def test_a_draft_becomes_public_where_that_was_asked_for_and_said(
    db: Session, database: Database, works: Organization, tmp_path: Path, changes: dict[str, object],
    options: ImportOptions, state: str, effects: dict[tuple[Change, bool], int],
) -> None:  # fmt: skip
    import_rows(db, database, works, write_lines(tmp_path, [make_row(1, **COMPLETE)]), ImportOptions())
    path = write_lines(tmp_path, [make_row(1, **COMPLETE) | changes], "second.jsonl")

    run_id = begin_import(db, works, path, options)
    run = check(database, run_id, path)
    with database.reading() as session:
        counted = count_effects(session, run)
    import_rows(db, database, works, path, options)

    assert counted == effects
    assert [listing_state for _title, listing_state in list_states(database)] == [state]


def test_the_preview_counts_a_draft_among_what_becomes_public(
    db: Session, database: Database, owner: User, works: Organization, tmp_path: Path,
    sign_in: Callable[..., Visitor], deliver: Callable[[], None],
) -> None:  # fmt: skip
    import_rows(db, database, works, write_lines(tmp_path, [make_row(1, **COMPLETE)]), ImportOptions())
    content = write_lines(tmp_path, [make_row(1, **COMPLETE, title="Other words")], "second.jsonl").read_bytes()
    browser = sign_in(owner)

    address = upload(browser, content, organization=works.slug).headers["location"]
    deliver()
    preview = read_sentences(browser.get(address).text)

    assert "1 listing becomes public at once." in preview
    assert "1 listing that is here already is changed." in preview
    assert "Changed listings · Published" in preview
