"""Importing by the page: send a file, see what would come of it, decide; for whoever writes for the organization."""

import csv
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from io import StringIO
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.accounts.models import User
from market.exchange.enums import FileFormat, RunState
from market.exchange.files import place_of
from market.exchange.models import ImportProblem, ImportRun, StagedListing
from market.exchange.upkeep import clear_old_imports
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.work import Work
from market.listings.enums import ListingState
from market.listings.models import Listing
from market.organizations.models import Organization
from tests.make.accounts import make_user
from tests.make.imports import add_problem, make_row, make_run
from tests.make.organizations import let_act, make_centre, make_organization
from tests.make.stored import count_stored
from tests.make.uploads import fill_template, read_sentences, upload, write_file, write_table
from tests.make.visitor import Visitor

Deliver = Callable[[], None]
SignIn = Callable[..., Visitor]

COMPLETE = {
    "advantages": "Needs half of the wood.", "stage": "on_the_market", "ipr_status": "patent_granted",
    "partnership_types": ["licence"], "fields": ["18"], "industries": ["fruit_vegetables"], "sdgs": ["12"],
    "target_countries": ["VN"],
}  # fmt: skip


@pytest.fixture
def owner(db: Session) -> User:
    return make_user(db)


@pytest.fixture
def works(db: Session, owner: User) -> Organization:
    return make_organization(db, by=owner)


@pytest.fixture
def browser(owner: User, works: Organization, sign_in: SignIn) -> Visitor:
    assert works
    return sign_in(owner)


def run_of(database: Database, address: str) -> ImportRun:
    with database.reading() as session:
        return session.get_one(ImportRun, UUID(address.rsplit("/", 1)[1]))


def list_states(database: Database) -> list[tuple[str | None, str]]:
    with database.reading() as session:
        rows = session.execute(select(Listing.external_id, Listing.state).order_by(Listing.external_id))
        return [(external_id, state.value) for external_id, state in rows]


def test_a_file_is_checked_shown_and_then_imported(
    browser: Visitor, works: Organization, deliver: Deliver, database: Database
) -> None:
    rows = [make_row(1, **COMPLETE), make_row(2), make_row(3, title="")]

    sent = upload(browser, write_file(rows), organization=works.slug)
    address = sent.headers["location"]
    waiting = browser.get(address).text
    deliver()
    preview = read_sentences(browser.get(address).text)
    before = list_states(database)
    browser.post(f"{address}/confirm", {"_skip": "1"})
    deliver()

    assert sent.status_code == 303
    assert 'http-equiv="refresh"' in waiting
    assert "1 listing becomes public at once." in preview
    assert "1 new listing becomes a draft" in preview
    assert "Import the 2 good rows and leave 1 out" in preview
    assert "Title: The title is missing." in preview
    assert before == []
    assert list_states(database) == [("row-1", "published"), ("row-2", "draft")]
    assert "The listings are in the market." in browser.get(address).text


@pytest.mark.parametrize("language", ["zh-Hans", "vi"])
def test_the_filled_in_template_goes_in_in_the_readers_language(
    browser: Visitor, works: Organization, deliver: Deliver, database: Database, language: str
) -> None:
    template = browser.get(f"/{language}/account/imports/template.xlsx").content
    filled = fill_template(template, {0: "A-1", 1: 0, 2: 0, 3: 0, 4: "木薯烘干机 Máy sấy sắn", 5: "烘干木薯。"})

    address = upload(browser, filled, name="表格.xlsx", language=language, organization=works.slug).headers["location"]
    deliver()
    browser.post(f"{address}/confirm")
    deliver()

    run = run_of(database, address)
    assert (run.file_name, run.state, run.counts["new"], run.counts.get("refused")) == (
        "表格.xlsx",
        RunState.DONE,
        1,
        0,
    )
    assert list_states(database) == [("A-1", "draft")]


def test_columns_of_other_names_are_named_by_a_person(
    browser: Visitor, works: Organization, deliver: Deliver, database: Database
) -> None:
    table = write_table(["Bezeichnung", "Worum es geht", "Nummer"], ["Kiln", "Dries roots", "7"])

    address = upload(browser, table, name="x.xlsx", organization=works.slug).headers["location"]
    deliver()
    asked = browser.get(address).text
    form = browser.get(f"{address}/columns").text
    twice = browser.post(f"{address}/columns", {"column-0": "title", "column-1": "title"})
    without = browser.post(f"{address}/columns", {"column-1": "summary"})
    browser.post(
        f"{address}/columns",
        {"column-0": "title", "column-1": "summary", "column-2": "id", "language": "en", "kind": "demand"},
    )
    deliver()
    browser.post(f"{address}/confirm")
    deliver()

    assert "Please say which column is which." in asked
    assert "Dries roots" in form
    assert (twice.status_code, without.status_code) == (422, 422)
    assert "This column of ours is chosen twice." in twice.text
    assert "Please say which column is the title." in without.text
    with database.reading() as session:
        assert [(one.external_id, one.kind) for one in session.scalars(select(Listing))] == [("7", "demand")]


def test_an_encoding_that_is_not_recognised_is_asked_for_without_sending_the_file_again(
    browser: Visitor, works: Organization, deliver: Deliver, database: Database
) -> None:
    content = "id,title,summary,kind,language\n1,Secador p\xe3o,Seca,offer,pt\n".encode("cp1252")

    address = upload(browser, content, name="a.csv", organization=works.slug).headers["location"]
    deliver()
    asked = browser.get(address).text
    fields = {f"column-{place}": name for place, name in enumerate(["id", "title", "summary", "kind", "language"])}
    browser.post(f"{address}/columns", {**fields, "encoding": "windows-1252"})
    deliver()

    assert "The encoding of this file was not recognised." in asked
    assert run_of(database, address).state is RunState.CHECKED
    assert "Secador pão" in browser.get(address).text


def test_naming_columns_anew_checks_every_row_anew(
    browser: Visitor, works: Organization, deliver: Deliver, database: Database
) -> None:
    content = b"id,title,summary,kind,language\n1,Kiln,Dries,offer,en\n"
    address = upload(browser, content, name="a.csv", organization=works.slug).headers["location"]
    deliver()

    browser.post(
        f"{address}/columns", {"column-0": "id", "column-1": "summary", "column-2": "title", "column-3": "kind",
        "column-4": "language"},
    )  # fmt: skip
    deliver()

    run = run_of(database, address)
    assert (run.state, run.counts["rows"], run.counts["new"]) == (RunState.CHECKED, 1, 1)
    assert 'lang="en">Dries</td>' in browser.get(address).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_wrong_is_said_in_the_readers_language(
    browser: Visitor, works: Organization, deliver: Deliver, language: str
) -> None:
    rows = [make_row(1, title="", kind="gift", language="xx"), make_row(2, trl="99", expires_at="soon"), make_row(2)]
    address = upload(browser, write_file(rows), organization=works.slug).headers["location"]
    deliver()
    page = address.replace("/en/", f"/{language}/")

    english = [read_sentences(browser.get(address).text), *read_report(browser, address)]
    own = [read_sentences(browser.get(page).text), *read_report(browser, page)]

    assert "The title is missing." in english[0]
    assert [row[0] for row in own[1:]] == [row[0] for row in english[1:]]
    assert {row[4] for row in english[1:]} & {row[4] for row in own[1:]} == (
        set() if language != "en" else {row[4] for row in own[1:]}
    )


def read_report(browser: Visitor, address: str) -> list[list[str]]:
    text = browser.get(f"{address}/problems.csv").text.removeprefix("\ufeff")
    return list(csv.reader(StringIO(text)))[1:]


def test_the_report_neutralises_formulas(browser: Visitor, works: Organization, deliver: Deliver) -> None:
    rows = [make_row(1, id="=1+1", trl="=HYPERLINK(1)")]
    address = upload(browser, write_file(rows), organization=works.slug).headers["location"]
    deliver()

    report = read_report(browser, address)

    assert {row[1] for row in report} == {"'=1+1"}
    assert "'=HYPERLINK(1)" in {row[5] for row in report}


def test_the_same_file_sent_twice_is_one_run(browser: Visitor, works: Organization, database: Database) -> None:
    content = write_file([make_row(1)])

    addresses = [upload(browser, content, organization=works.slug).headers["location"] for _time in range(2)]

    assert len(set(addresses)) == 1
    assert count_stored(database, ImportRun) == [1]


def test_a_second_click_imports_nothing_twice(
    browser: Visitor, works: Organization, deliver: Deliver, database: Database
) -> None:
    address = upload(browser, write_file([make_row(1)]), organization=works.slug).headers["location"]
    deliver()

    statuses = [browser.post(f"{address}/confirm", follow=False).status_code for _click in range(2)]
    deliver()
    statuses.append(browser.post(f"{address}/confirm", follow=False).status_code)
    deliver()

    assert statuses == [303, 303, 303]
    assert list_states(database) == [("row-1", "draft")]


def test_refused_rows_are_left_out_only_by_the_button_that_says_so(
    browser: Visitor, works: Organization, deliver: Deliver, database: Database
) -> None:
    address = upload(browser, write_file([make_row(1), make_row(2, title="")]), organization=works.slug).headers[
        "location"
    ]
    deliver()

    answer = browser.post(f"{address}/confirm")

    assert answer.status_code == 409
    assert "This cannot be done in the import&#39;s present state." in answer.text
    assert list_states(database) == []


def test_a_discarded_import_leaves_nothing(
    browser: Visitor, works: Organization, deliver: Deliver, database: Database, work: Work
) -> None:
    address = upload(browser, write_file([make_row(1)]), organization=works.slug).headers["location"]
    deliver()

    browser.post(f"{address}/stop")
    deliver()

    run = run_of(database, address)
    assert run.state is RunState.STOPPED
    assert not place_of(work.settings, run.id).exists()
    with database.reading() as session:
        assert session.scalars(select(StagedListing)).all() == []
    assert browser.post(f"{address}/confirm").status_code == 409


def test_of_two_imports_of_one_organization_the_second_waits(
    browser: Visitor, works: Organization, deliver: Deliver, database: Database
) -> None:
    addresses = [
        upload(browser, write_file([make_row(number)]), organization=works.slug).headers["location"]
        for number in (1, 2)
    ]
    deliver()

    answers = [browser.post(f"{address}/confirm", follow=False) for address in addresses]
    states = [run_of(database, address).state for address in addresses]
    deliver()
    browser.post(f"{addresses[1]}/confirm")
    deliver()

    assert [answer.status_code for answer in answers] == [303, 409]
    assert "Another import of this organization is under way." in answers[1].text
    assert states == [RunState.TAKING_OVER, RunState.CHECKED]
    assert list_states(database) == [("row-1", "draft"), ("row-2", "draft")]


def test_a_listing_edited_between_check_and_import_is_shown_once_more(
    browser: Visitor, works: Organization, deliver: Deliver, database: Database
) -> None:
    first = upload(browser, write_file([make_row(1)]), organization=works.slug).headers["location"]
    deliver()
    browser.post(f"{first}/confirm")
    deliver()
    second = upload(browser, write_file([make_row(1, title="Another")]), organization=works.slug).headers["location"]
    deliver()
    with database.transaction() as session:
        session.scalars(select(Listing)).one().version += 1

    browser.post(f"{second}/confirm")
    deliver()

    assert run_of(database, second).state is RunState.CHECKED
    assert "Listings were changed since this file was checked." in browser.get(second).text


def test_a_centre_imports_for_its_client(
    db: Session, works: Organization, owner: User, sign_in: SignIn, deliver: Deliver, database: Database
) -> None:
    broker = make_user(db)
    centre = make_centre(db, by=broker)
    let_act(db, centre, client=works, by=owner)
    browser = sign_in(broker)

    address = upload(browser, write_file([make_row(1, **COMPLETE)]), organization=works.slug).headers["location"]
    deliver()
    browser.post(f"{address}/confirm")
    deliver()

    with database.reading() as session:
        listing = session.scalars(select(Listing)).one()
    assert (listing.organization_id, listing.state) == (works.id, ListingState.PUBLISHED)
    assert "rows.jsonl" in sign_in(owner).get("/en/account/imports").text


def test_somebody_elses_import_is_not_there(
    db: Session, browser: Visitor, works: Organization, owner: User, sign_in: SignIn
) -> None:
    run = make_run(db, works, by=owner)
    address = f"/en/account/imports/{run.id}"
    other_owner, staff = make_user(db), make_user(db, staff=True)
    make_organization(db, by=other_owner, name="Mekong Works")

    for stranger in (sign_in(other_owner), sign_in(staff)):
        statuses = [stranger.get(address + part).status_code for part in ("", "/columns", "/problems.csv")]
        statuses += [stranger.post(address + part).status_code for part in ("/confirm", "/stop", "/columns")]
        assert statuses == [404] * 6
        assert upload(stranger, b"{}", organization=works.slug).status_code == 403
    assert browser.get(address).status_code == 200


def test_problems_are_filtered_and_paged(
    db: Session, browser: Visitor, works: Organization, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("market.exchange.pages.imports.PROBLEMS_AT_ONCE", 2)
    run = make_run(db, works, by=owner)
    for _row in range(3):
        add_problem(db, run.id)
    address = f"/en/account/imports/{run.id}"

    first = browser.get(address).text
    next_address = unescape(first.split('rel="next" href="')[1].split('"')[0])
    following = browser.get(next_address)
    none = read_sentences(browser.get(f"{address}?only=repaired").text)

    assert ("Line 3" in first, "Line 4" in first) == (True, False)
    assert ("Line 3" in following.text, "Line 4" in following.text) == (False, True)
    assert "None." in none
    assert browser.get(f"{address}?only=odd").status_code == 400


def test_imports_nobody_came_back_for_are_let_go(
    browser: Visitor, works: Organization, deliver: Deliver, database: Database, work: Work
) -> None:
    address = upload(browser, write_file([make_row(1, title="")]), organization=works.slug).headers["location"]
    deliver()
    now = utc_now()

    clear_old_imports(work, now + timedelta(days=13))
    kept = run_of(database, address).state
    clear_old_imports(work, now + timedelta(days=15))
    deliver()
    gone = run_of(database, address)
    problems = count_stored(database, ImportProblem)
    clear_old_imports(work, now + timedelta(days=91))

    assert (kept, gone.state) == (RunState.CHECKED, RunState.STOPPED)
    assert not place_of(work.settings, gone.id).exists()
    assert problems == [1]
    assert count_stored(database, ImportProblem) == [0]


def test_a_table_out_of_a_spreadsheet_goes_through_every_format(
    browser: Visitor, works: Organization, deliver: Deliver, database: Database
) -> None:
    for number, file_format in enumerate(FileFormat):
        content = write_file([make_row(number)], file_format)
        address = upload(browser, content, name=f"a.{file_format}", organization=works.slug).headers["location"]
        deliver()
        browser.post(f"{address}/confirm")
        deliver()

    assert list_states(database) == [(f"row-{number}", "draft") for number in range(3)]
