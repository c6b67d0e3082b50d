"""Whatever is sent as a file: a clear page in the reader's language, nothing in the market, never a crash."""

import gzip
from collections.abc import Callable
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.exchange.models import ImportRun, StagedListing
from market.kernel.db import Database
from market.listings.models import Listing
from market.organizations.models import Organization
from market.web.limits import Limits
from market.web.uploads import MAX_UPLOAD_BODY
from tests.make.accounts import make_user
from tests.make.imports import make_row
from tests.make.organizations import make_organization
from tests.make.stored import count_stored
from tests.make.uploads import read_sentences, upload, write_file, write_table
from tests.make.visitor import Visitor

Deliver = Callable[[], None]


@pytest.fixture
def owner(db: Session) -> User:
    return make_user(db)


@pytest.fixture
def works(db: Session, owner: User) -> Organization:
    return make_organization(db, by=owner)


@pytest.fixture
def browser(owner: User, works: Organization, sign_in: Callable[..., Visitor]) -> Visitor:
    assert works
    return sign_in(owner)


def make_bomb() -> bytes:
    """A workbook of a few kilobytes whose sheet would be a gigabyte."""
    file = BytesIO()
    with ZipFile(BytesIO(write_table(["title"], ["Kiln"]))) as workbook, ZipFile(file, "w", ZIP_DEFLATED) as bomb:
        for entry in workbook.infolist():
            padding = b" " * 300_000_000 if entry.filename == "xl/worksheets/sheet1.xml" else b""
            bomb.writestr(entry.filename, workbook.read(entry) + padding)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        pytest.param(b"", "a.csv", "This file is empty.", id="empty"),
        pytest.param(b"%PDF-1.7 \x00\x00", "a.csv", "neither JSON Lines nor CSV nor XLSX", id="a PDF"),
        pytest.param(b"\xd0\xcf\x11\xe0" + b"\x00" * 600, "a.xlsx", "This is an old Excel workbook", id="old Excel"),
        pytest.param(b'[{"id": 1}]', "a.json", "Please write JSON Lines", id="a JSON list"),
        pytest.param(gzip.compress(b"title\n" * 9000)[:-20], "a.csv.gz", "damaged or cut off", id="half a gzip"),
    ],
)
def test_a_file_that_is_none_is_refused_beside_its_field(
    browser: Visitor, works: Organization, database: Database, content: bytes, name: str, sentence: str
) -> None:
    answer = upload(browser, content, name=name, organization=works.slug)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert count_stored(database, ImportRun) == [0]


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        pytest.param(write_table(["title"], ["Kiln"])[:-900], "a.xlsx", "damaged or cut off", id="half a workbook"),
        pytest.param(make_bomb(), "a.xlsx", "holds more than we can take", id="a zip bomb"),
        pytest.param(b"PK\x03\x04" + b"x" * 900, "a.xlsx", "damaged or cut off", id="no zip"),
    ],
)
def test_what_turns_out_later_fails_the_run_with_its_reason(
    browser: Visitor,
    works: Organization,
    database: Database,
    deliver: Deliver,
    content: bytes,
    name: str,
    sentence: str,
) -> None:
    sent = upload(browser, content, name=name, organization=works.slug)
    deliver()
    shown = browser.get(sent.headers["location"])

    assert (sent.status_code, shown.status_code) == (303, 200)
    assert sentence in shown.text
    assert "Send another file" in shown.text
    assert count_stored(database, StagedListing, Listing) == [0, 0]


def test_no_file_is_asked_for(browser: Visitor, works: Organization) -> None:
    answer = browser.post("/en/account/imports/new", {"organization": works.slug})

    assert answer.status_code == 422
    assert "Please choose a file." in answer.text


@pytest.mark.parametrize("language", ["en", "km"])
def test_thirty_megabytes_are_too_large(
    browser: Visitor, works: Organization, database: Database, language: str
) -> None:
    answer = upload(browser, b"x" * 30_000_000, organization=works.slug, language=language)

    assert answer.status_code == 413
    assert f'<html lang="{language}">' in answer.text
    assert count_stored(database, ImportRun) == [0]


def test_more_than_a_megabyte_is_taken_by_the_page_of_imports_alone(browser: Visitor, works: Organization) -> None:
    content = write_file([make_row(1, description="x" * 1_500_000)])

    taken = upload(browser, content, organization=works.slug)
    elsewhere = browser.client.post("/en/sign-out", content=b"x" * 1_500_000)

    assert len(content) < MAX_UPLOAD_BODY
    assert (taken.status_code, elsewhere.status_code) == (303, 413)


def test_a_visitors_file_is_not_even_read(visitor: Visitor, works: Organization, database: Database) -> None:
    answer = upload(visitor, write_file([make_row(1)]), organization=works.slug)

    assert answer.status_code == 401
    assert count_stored(database, ImportRun) == [0]


def test_a_file_with_another_browsers_token_is_refused(
    browser: Visitor, works: Organization, database: Database
) -> None:
    answer = upload(browser, write_file([make_row(1)]), organization=works.slug, token="0" * 64)

    assert answer.status_code == 403
    assert count_stored(database, ImportRun) == [0]


def test_files_sent_again_and_again_have_to_wait(browser: Visitor, works: Organization) -> None:
    browser.app.state.resources.limits = Limits()  # type: ignore[attr-defined] # FastAPI's own

    statuses = [upload(browser, b"", organization=works.slug).status_code for _time in range(31)]

    assert statuses == [422] * 30 + [429]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.csv", "C:\\tables\\a.csv", "a\nb\x00.csv", "<b>.csv", "x" * 900 + ".csv"]
)
def test_a_files_name_is_only_a_name(browser: Visitor, works: Organization, deliver: Deliver, name: str) -> None:
    sent = upload(browser, b"title,summary,kind,language\nKiln,Dries,offer,en\n", name=name, organization=works.slug)
    deliver()

    shown = browser.get(sent.headers["location"])
    listed = browser.get("/en/account/imports").text

    assert "Kiln" in read_sentences(shown.text)
    assert "<b>.csv" not in shown.text + listed
    assert "/etc/" not in shown.text
    assert browser.get(f"{sent.headers['location']}/problems.csv").status_code == 200
