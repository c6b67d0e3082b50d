"""Listings out by the page: one's own in every state, and for who is signed in what the browse page shows."""

import json
from collections.abc import Callable
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.organizations.models import Organization
from tests.make.accounts import make_user
from tests.make.imports import make_row
from tests.make.listings import make_draft, make_listing
from tests.make.organizations import make_organization
from tests.make.uploads import upload, write_file
from tests.make.visitor import Visitor

Deliver = Callable[[], None]


@pytest.fixture
def owner(db: Session) -> User:
    return make_user(db)


@pytest.fixture
def works(db: Session, owner: User) -> Organization:
    return make_organization(db, by=owner)


def read_rows(browser: Visitor, address: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in browser.get(address).text.splitlines()]


def test_ones_own_export_has_every_state_and_nobody_elses(
    db: Session, owner: User, works: Organization, sign_in: Callable[..., Visitor]
) -> None:
    other = make_user(db)
    elsewhere = make_organization(db, by=other, name="Mekong Works")
    make_draft(db, by=owner, organization=works, texts={"en": "Own draft"})
    make_listing(db, by=owner, organization=works, texts={"en": "Own kiln"}, contact_email="ask@example.org")
    make_listing(db, by=other, organization=elsewhere, texts={"en": "Their kiln"})

    rows = read_rows(sign_in(owner), "/en/account/listings/export?format=jsonl")

    assert sorted((row["title"], row.get("contact_email")) for row in rows) == [
        ("Own draft", None),
        ("Own kiln", "ask@example.org"),
    ]


def test_the_browse_pages_export_follows_its_filters_and_tells_nothing_private(
    db: Session, owner: User, works: Organization, sign_in: Callable[..., Visitor], deliver: Deliver
) -> None:
    make_draft(db, by=owner, organization=works, texts={"en": "Own draft"})
    kiln = make_listing(db, by=owner, organization=works, texts={"en": "Kiln"}, contact_email="ask@example.org")
    pump = make_listing(db, by=owner, organization=works, kind="demand", texts={"en": "Pump"})
    deliver()
    browser = sign_in(owner)

    everything = read_rows(browser, "/en/listings/export?format=jsonl")
    demands = read_rows(browser, "/en/listings/export?format=jsonl&kind=demand")
    found = read_rows(browser, "/en/listings/export?format=jsonl&q=kiln")

    assert {row["id"] for row in everything} == {kiln.reference, pump.reference}
    assert [row["id"] for row in demands] == [pump.reference]
    assert [row["id"] for row in found] == [kiln.reference]
    assert "contact_email" not in everything[0] | everything[1]


def test_a_visitor_has_to_sign_in_to_download(visitor: Visitor) -> None:
    answer = visitor.get("/en/listings/export?format=csv", follow=False)

    assert (answer.status_code, answer.headers["location"][:12]) == (303, "/en/sign-in?")


def test_an_export_ends_at_the_limit(
    db: Session, owner: User, works: Organization, sign_in: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("market.exchange.pages.exports.MOST_ROWS", 2)
    for number in range(3):
        make_listing(db, by=owner, organization=works, texts={"en": f"Kiln {number}"})
    browser = sign_in(owner)

    numbers = [len(read_rows(browser, f"/en/{page}/export?format=jsonl")) for page in ("listings", "account/listings")]

    assert numbers == [2, 3]


def test_downloads_are_counted_and_have_to_wait(
    owner: User, works: Organization, sign_in: Callable[..., Visitor]
) -> None:
    assert works
    browser = sign_in(owner)

    statuses = [browser.get("/en/account/listings/export?format=jsonl").status_code for _time in range(31)]

    assert statuses == [200] * 30 + [429]


def test_another_format_than_ours_is_refused(owner: User, sign_in: Callable[..., Visitor]) -> None:
    assert sign_in(owner).get("/en/account/listings/export?format=pdf").status_code == 400


@pytest.mark.parametrize("file_format", ["xlsx", "csv", "jsonl"])
def test_what_goes_out_comes_in_unchanged(
    db: Session, owner: User, works: Organization, sign_in: Callable[..., Visitor], deliver: Deliver, file_format: str
) -> None:
    make_listing(
        db, by=owner, organization=works, texts={"en": "=Kiln; with, signs", "vi": "Lò sấy"}, price_amount="12000",
        price_currency="CNY", price_basis="total",
    )  # fmt: skip
    browser = sign_in(owner)
    content = browser.get(f"/en/account/listings/export?format={file_format}").content

    address = upload(browser, content, name=f"a.{file_format}", organization=works.slug).headers["location"]
    deliver()

    assert "Nothing to change" in browser.get(address).text


def test_a_workbook_is_named_by_its_day_and_kept_from_search_engines(
    owner: User, works: Organization, sign_in: Callable[..., Visitor], deliver: Deliver
) -> None:
    browser = sign_in(owner)
    address = upload(browser, write_file([make_row(1)]), organization=works.slug).headers["location"]
    deliver()
    browser.post(f"{address}/confirm")
    deliver()

    answer = browser.get("/en/account/listings/export?format=xlsx")

    assert answer.headers["content-disposition"].startswith('attachment; filename="listings-20')
    assert answer.headers["x-robots-tag"] == "noindex"
    sheet = load_workbook(BytesIO(answer.content)).worksheets[0]
    assert [cell.value for cell in sheet[2]][:2] == ["row-1", "offer"]
