"""What a program writes: drafts, changes, publication; and what it may not."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.kernel.viewer import Scope
from market.listings.models import Listing
from tests.make.accounts import make_user
from tests.make.listings import make_draft, make_listing
from tests.make.organizations import make_organization
from tests.make.programs import Program, make_sent_listing


@pytest.fixture
def mai(db: Session) -> User:
    """Owns one organization."""
    mai = make_user(db)
    make_organization(db, by=mai)
    return mai


@pytest.fixture
def program(mai: User, program_of: Callable[..., Program]) -> Program:
    return program_of(mai)


def test_a_program_writes_a_draft(db: Session, program: Program, facts: Callable[[], list[str]]) -> None:
    sent = make_sent_listing(
        external_id="kiln-7", contact_email="Mai@Example.org", keywords=["kiln", "root"], ipc=["a23b 7/154"],
        price={"amount": 1500.5, "currency": "CNY", "basis": "total"}, expires_at="2027-05-01",
    )  # fmt: skip

    response = program.post("/listings", sent)

    answer = response.json()
    assert response.status_code == 201
    assert response.headers["location"] == f"/api/v1/listings/{answer['reference']}"
    assert {name: answer[name] for name in ("state", "version", "external_id", "contact_email", "keywords", "ipc")} == {
        "state": "draft", "version": 1, "external_id": "kiln-7", "contact_email": "mai@example.org",
        "keywords": ["kiln", "root"], "ipc": ["A23B 7/154"],
    }  # fmt: skip
    assert answer["price"] == {"amount": "1500.50", "currency": "CNY", "basis": "total"}
    assert program.get(f"/listings/{answer['reference']}").headers["etag"] == response.headers["etag"]
    assert "ListingDrafted" in facts()


def test_what_was_read_can_be_sent_back(program: Program) -> None:
    """Nothing changes: names and forms of values are the same in both directions."""
    whole = make_sent_listing(keywords=["kiln"], ipc=["A23B 7/154"], price={"amount": "120000", "currency": "VND"})
    first = program.post("/listings", whole)
    answer = first.json()
    sent = {name: answer[name] for name in answer if name in {*whole, "expires_at", "external_id", "contact_email"}}
    sent.pop("kind")

    second = program.patch(f"/listings/{answer['reference']}", sent, if_match=first.headers["etag"])

    assert second.json() == answer
    assert second.headers["etag"] == first.headers["etag"]


def test_publishing_at_once_is_all_or_nothing(db: Session, program: Program) -> None:
    published = program.post("/listings", make_sent_listing(publish=True))
    refused = program.post("/listings", make_sent_listing(publish=True, industries=[]))

    assert (published.status_code, published.json()["state"]) == (201, "published")
    assert (refused.status_code, refused.json()["faults"]) == (
        422, {"industries": "Needed before this can be published."},
    )  # fmt: skip
    assert len(db.scalars(select(Listing)).all()) == 1


def test_a_number_of_the_senders_own_is_taken_once(program: Program) -> None:
    first = program.post("/listings", make_sent_listing(external_id="kiln-7")).json()

    second = program.post("/listings", make_sent_listing(external_id="kiln-7"))

    assert second.status_code == 409
    assert first["reference"] in second.json()["detail"]


def test_a_change_leaves_what_it_does_not_name(program: Program) -> None:
    made = program.post("/listings", make_sent_listing(external_id="kiln-7", price={"amount": "7", "currency": "USD"}))
    address, before = f"/listings/{made.json()['reference']}", made.json()

    changed = program.patch(address, {"title": "Better kiln", "price": None}, if_match=made.headers["etag"])

    after = changed.json()
    assert {name for name in before if before[name] != after[name]} == {"title", "price", "version", "changed_at"}
    assert (after["title"], after["price"], after["version"]) == ("Better kiln", None, 2)


STORED = {"amount": "120000.00", "currency": "CNY", "basis": "total"}


@pytest.mark.parametrize(
    ("price", "becomes"),
    [
        ({"currency": "USD"}, STORED | {"currency": "USD"}),
        ({"amount": 7}, STORED | {"amount": "7.00"}),
        ({"basis": None}, STORED | {"basis": None}),
        ({"amount": None}, {"amount": None, "currency": None, "basis": "total"}),
        ({}, STORED),
        (None, None),
    ],
    ids=str,
)
def test_of_a_price_too_only_what_is_given_changes(
    program: Program, price: dict[str, Any] | None, becomes: dict[str, Any] | None
) -> None:
    made = program.post("/listings", make_sent_listing(price=STORED))

    changed = program.patch(f"/listings/{made.json()['reference']}", {"price": price}, if_match="*")

    assert (changed.status_code, changed.json()["price"]) == (200, becomes)


@pytest.mark.parametrize(
    ("stored", "price"),
    [(None, {"currency": "CNY"}), (STORED, {"currency": None}), (STORED, {"amount": None, "currency": "USD"})],
    ids=["a currency and no amount", "an amount and no currency", "both in one"],
)
def test_half_a_price_is_refused(program: Program, stored: dict[str, Any] | None, price: dict[str, Any]) -> None:
    made = program.post("/listings", make_sent_listing(price=stored))
    address = f"/listings/{made.json()['reference']}"

    changed = program.patch(address, {"price": price}, if_match="*")

    assert (changed.status_code, set(changed.json()["faults"])) == (422, {"price"})
    assert program.get(address).json()["price"] == stored


@pytest.mark.parametrize(
    ("match", "status"),
    [
        (None, 428), ('"99.1.0.1-en"', 412), ("W/{tag}", 412), ("{tag}", 200), ('"0", {tag}', 200), ("*", 200),
        ("", 428), ("nonsense", 412), ('""', 412),
    ],
)  # fmt: skip
def test_a_change_needs_the_tag_of_what_was_read(program: Program, match: str | None, status: int) -> None:
    made = program.post("/listings", make_sent_listing())
    tag = made.headers["etag"]
    headers = {} if match is None else {"if_match": match.format(tag=tag)}

    changed = program.patch(f"/listings/{made.json()['reference']}", {"title": "Better kiln"}, **headers)

    assert changed.status_code == status
    if status == 412:
        assert changed.headers["etag"] == tag


def test_of_two_editors_the_second_is_told(program: Program, mai: User, program_of: Callable[..., Program]) -> None:
    made = program.post("/listings", make_sent_listing())
    address, tag = f"/listings/{made.json()['reference']}", made.headers["etag"]

    first = program.patch(address, {"title": "The first one's"}, if_match=tag)
    second = program_of(mai).patch(address, {"title": "The second one's"}, if_match=tag)

    assert (first.status_code, second.status_code) == (200, 412)
    assert second.headers["etag"] == first.headers["etag"]
    assert program.get(address).json()["title"] == "The first one's"


def test_a_listing_goes_its_way(program: Program, anybody: Program) -> None:
    address = f"/listings/{program.post('/listings', make_sent_listing()).json()['reference']}"
    states = []

    for action in ("renew", "publish", "publish", "withdraw", "withdraw", "publish", "renew"):
        response = program.post(f"{address}/{action}")
        states.append((response.status_code, response.json().get("state"), anybody.get(address).status_code))

    assert states == [
        (409, None, 404), (200, "published", 200), (200, "published", 200), (200, "withdrawn", 404),
        (200, "withdrawn", 404), (200, "published", 200), (200, "published", 200),
    ]  # fmt: skip


def test_an_action_heeds_the_tag_if_there_is_one(program: Program) -> None:
    made = program.post("/listings", make_sent_listing())

    response = program.post(f"/listings/{made.json()['reference']}/publish", if_match='"7.1.1.1-en"')

    assert response.status_code == 412


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"title": None}, {"title"}),
        ({"title": 7}, {"title"}),
        ({"title": ["a"]}, {"title"}),
        ({"title": " \u200b \u3164 "}, {"title"}),
        ({"summary": "\u200b\u2060\u3164", "publish": True}, {"summary"}),
        ({"colour": "red"}, {"colour"}),
        ({"kind": "opera"}, {"kind"}),
        ({"kind": None}, {"kind"}),
        ({"language": "xx"}, {"language"}),
        ({"fields": [99]}, {"fields"}),
        ({"fields": "29"}, {"fields"}),
        ({"fields": [True]}, {"fields"}),
        ({"fields": ["29"]}, {"fields"}),
        ({"trl": True}, {"trl"}),
        ({"trl": "5"}, {"trl"}),
        ({"trl": 5.5}, {"trl"}),
        ({"price": {"currency": "CNY"}}, {"price"}),
        ({"price": {"amount": None, "currency": "CNY"}}, {"price"}),
        ({"price": {"amount": "5", "currency": None}}, {"price"}),
        ({"keywords": [1]}, {"keywords"}),
        ({"price": 5}, {"price"}),
        ({"price": {"amount": "1.500", "currency": "CNY"}}, {"price"}),
        ({"price": {"amount": "1", "currency": "XXX"}}, {"price"}),
        ({"price": {"amount": True}}, {"price"}),
        ({"expires_at": "soon"}, {"expires_at"}),
        ({"expires_at": 1}, {"expires_at"}),
        ({"contact_email": "nobody"}, {"contact_email"}),
        ({"external_id": "x" * 201}, {"external_id"}),
        ({"organization": "nobody"}, {"organization"}),
        ({"organization": "a\x00"}, {"organization"}),
        ({"publish": "yes"}, {"publish"}),
        ({"trl": 10, "stage": "far"}, {"trl", "stage"}),
    ],
    ids=lambda one: str(sorted(one)) if isinstance(one, set) else str(one)[:60],
)
def test_what_no_form_would_send_is_refused_by_name(
    db: Session, program: Program, changes: dict[str, Any], faults: set[str]
) -> None:
    response = program.post("/listings", make_sent_listing(**changes))

    assert (response.status_code, set(response.json()["faults"])) == (422, faults)
    assert db.scalars(select(Listing)).all() == []


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{}", "text/plain", 415),
        (b"{}", "", 415),
        (b"title=Kiln", "application/x-www-form-urlencoded", 415),
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"null", "application/json", 400),
        (b'{"title": NaN}', "application/json", 400),
        (b'{"title": "\\ud800"}', "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"", "application/json", 400),
        (b"{}", "application/json; charset=utf-8", 422),
        (b" " * 1_000_001, "application/json", 413),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_body_that_is_no_json_object_is_refused(
    program: Program, body: bytes, content_type: str, status: int
) -> None:
    response = program.post("/listings", body, content_type=content_type)

    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")


def test_nobody_writes_for_others(db: Session, program_of: Callable[..., Program], anybody: Program, mai: User) -> None:
    body = make_organization(db, by=mai, name="Liujiang Mills")
    listing, draft = make_listing(db, by=mai, organization=body), make_draft(db, by=mai, organization=body)
    stranger = program_of(make_user(db))
    reader = program_of(mai, Scope.LISTINGS_READ, Scope.EVENTS_WRITE)
    statuses = {}

    for name, program in (("anybody", anybody), ("stranger", stranger), ("reader", reader)):
        statuses[name] = [
            program.post("/listings", make_sent_listing(organization=body.slug)).status_code,
            *(
                call.status_code
                for reference in (listing.reference, draft.reference)
                for call in (
                    program.patch(f"/listings/{reference}", {"title": "Mine"}, if_match="*"),
                    program.post(f"/listings/{reference}/publish"),
                    program.post(f"/listings/{reference}/withdraw"),
                )
            ),
        ]

    assert statuses == {
        "anybody": [401] * 7,
        "stranger": [403, 403, 403, 403, 404, 404, 404],
        "reader": [403] * 7,
    }


def test_who_acts_for_several_organizations_names_one(db: Session, program: Program, mai: User) -> None:
    other = make_organization(db, by=mai, name="Liujiang Mills")

    unnamed = program.post("/listings", make_sent_listing())
    named = program.post("/listings", make_sent_listing(organization=other.slug))

    assert (unnamed.status_code, set(unnamed.json()["faults"])) == (422, {"organization"})
    assert named.json()["organization"]["slug"] == other.slug
