"""Odd values in addresses, bodies and headers: they are refused, and break nothing."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from sqlalchemy.orm import Session

from market import wiring
from market.accounts.models import User
from tests.make.accounts import make_user
from tests.make.hostile import ODD_BYTES
from tests.make.listings import make_listing, make_words
from tests.make.organizations import make_organization
from tests.make.programs import V1, Program, make_sent_listing
from tests.make.visitor import Visitor

DOORS = {door.name: door for door in wiring.list_doors()}
PLACES = (
    *(f"/listings?{name}={{odd}}" for name in DOORS["api.list_listings"].parameters),
    "/listings?q=kiln&cursor={odd}", "/listings?modified_since=2026-11-01T00:00:00Z&cursor={odd}",
    "/listings?sort=expiring&cursor={odd}", "/listings/{odd}", "/organizations/{odd}", "/organizations?cursor={odd}",
    "/organizations?country={odd}", "/taxonomies/{odd}", "/taxonomies?{odd}=1", "/me?language={odd}",
)  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_nothing_odd_in_an_address_breaks_a_door(anybody: Program, place: str) -> None:
    statuses = {
        name: anybody.get(place.format(odd="".join(f"%{byte:02x}" for byte in odd))).status_code
        for name, odd in ODD_BYTES.items()
        if len(odd) < 5_000
    }

    assert {name: status for name, status in statuses.items() if status >= HTTPStatus.INTERNAL_SERVER_ERROR} == {}


ODD_VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 10**18, "", " ", "\x00", "\u202e", "x" * 20_000, "ก" * 4_000, [], [[]], ["\x00"], [None],
    {},
    {"a": {}}, {"amount": "x"}, {"amount": 10**17, "currency": "VND"}, {"amount": {}}, {"currency": []}, ["a"] * 500,
)  # fmt: skip


@pytest.mark.parametrize(
    "name", [*make_sent_listing(), "price", "expires_at", "keywords", "external_id", "organization"]
)
def test_no_odd_value_of_a_field_breaks_a_door(db: Session, program_of: Callable[..., Program], name: str) -> None:
    mai = make_user(db)
    make_organization(db, by=mai)
    program = program_of(mai)
    made = program.post("/listings", make_sent_listing())
    address = f"/listings/{made.json()['reference']}"

    statuses = set()
    for odd in ODD_VALUES:
        statuses.add(program.post("/listings", make_sent_listing(**{name: odd})).status_code)
        statuses.add(program.patch(address, {name: odd}, if_match="*").status_code)

    assert statuses <= {200, 201, 409, 422}


@pytest.mark.parametrize("name", [*make_words(), "technical_specification", "ipr_notes", "keywords"])
def test_no_odd_value_in_a_translation_breaks_a_door(
    db: Session, program_of: Callable[..., Program], name: str
) -> None:
    mai = make_user(db)
    address = f"/listings/{make_listing(db, by=mai).reference}/translations"
    program = program_of(mai)

    statuses = {
        program.put(f"{address}/{code}", make_words() | {name: odd}, if_match="*").status_code
        for odd in ODD_VALUES
        for code in ("vi", "my")
    }

    assert statuses <= {200, 422}


@pytest.mark.parametrize("odd", ODD_BYTES.values(), ids=ODD_BYTES)
def test_no_odd_code_of_a_language_breaks_a_door(mai_program: Program, odd: bytes) -> None:
    made = mai_program.post("/listings", make_sent_listing())
    code = "".join(f"%{byte:02x}" for byte in odd[:1_000])
    address = f"/listings/{made.json()['reference']}/translations/{code}"

    statuses = {
        mai_program.put(address, make_words(), if_match="*").status_code, mai_program.delete(address).status_code
    }  # fmt: skip

    assert statuses <= {400, 404, 405}


@pytest.mark.parametrize("header", ["accept-language", "authorization", "if-none-match", "if-match", "idempotency-key"])
def test_no_odd_header_breaks_a_door(db: Session, visitor: Visitor, mai_program: Program, header: str) -> None:
    listing = make_listing(db)
    statuses = set()
    for odd in ODD_BYTES.values():
        said = {b"authorization": f"Bearer {mai_program.token}".encode(), header.encode(): odd.replace(b"\0", b"")}
        if b"\r" in odd or len(odd) > 5_000:
            continue
        for verb, part in (("GET", ""), ("PATCH", ""), ("PUT", "/translations/vi"), ("DELETE", "/translations/vi")):
            address = f"{V1}/listings/{listing.reference}{part}"
            answer = visitor.client.request(verb, address, headers=said, content=b"{}")
            statuses.add(answer.status_code)

    assert max(statuses) < HTTPStatus.INTERNAL_SERVER_ERROR


@pytest.fixture
def mai_program(db: Session, program_of: Callable[..., Program]) -> Program:
    mai: User = make_user(db)
    make_organization(db, by=mai)
    return program_of(mai)
