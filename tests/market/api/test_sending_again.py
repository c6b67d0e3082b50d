"""`Idempotency-Key`: what is sent again has its effect once, whatever happened to the first answer."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient, Response
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.kernel import idempotency
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.idempotency import KeyedRequest
from market.kernel.upkeep import clear_keyed_requests
from market.kernel.work import Work
from market.listings import service
from market.listings.models import Listing
from tests.make.accounts import make_user
from tests.make.organizations import make_organization
from tests.make.programs import V1, Program, make_sent_listing
from tests.make.visitor import Visitor

KEY = {"idempotency_key": "e4b2-7"}
Count = Callable[[], int]


@pytest.fixture
def mai(db: Session) -> User:
    mai = make_user(db)
    make_organization(db, by=mai)
    return mai


@pytest.fixture
def program(mai: User, program_of: Callable[..., Program]) -> Program:
    return program_of(mai)


@pytest.fixture
def count(database: Database) -> Count:
    def count_listings() -> int:
        with database.reading() as session:
            return len(session.scalars(select(Listing.id)).all())

    return count_listings


def test_the_same_request_again_answers_the_same_and_does_nothing(program: Program, count: Count) -> None:
    first = program.post("/listings", make_sent_listing(), **KEY)
    second = program.post("/listings", make_sent_listing(), **KEY)

    assert (first.status_code, second.status_code, count()) == (201, 201, 1)
    assert second.content == first.content
    kept = ("etag", "location", "content-language", "content-type", "cache-control")
    assert [second.headers[name] for name in kept] == [first.headers[name] for name in kept]
    assert [response.headers.get("idempotent-replayed") for response in (first, second)] == [None, "true"]


def test_without_a_key_it_is_done_twice(program: Program, count: Count) -> None:
    """The control: nothing else would have made one of two."""
    for _time in range(2):
        program.post("/listings", make_sent_listing())

    assert count() == 2


def test_a_change_sent_again_is_not_refused_for_its_tag(program: Program) -> None:
    made = program.post("/listings", make_sent_listing())
    address, headers = f"/listings/{made.json()['reference']}", {"if_match": made.headers["etag"], **KEY}

    answers = [program.patch(address, {"title": "Better kiln"}, **headers) for _time in range(2)]

    assert [(answer.status_code, answer.json()["version"]) for answer in answers] == [(200, 2), (200, 2)]


@pytest.mark.parametrize("other", ["body", "address", "verb"])
def test_a_key_stands_for_one_request(program: Program, count: Count, other: str) -> None:
    made = program.post("/listings", make_sent_listing(), **KEY)
    address = f"/listings/{made.json()['reference']}"

    match other:
        case "body":
            answer = program.post("/listings", make_sent_listing(title="Another kiln"), **KEY)
        case "address":
            answer = program.post(f"{address}/publish", **KEY)
        case _:
            answer = program.patch(address, make_sent_listing(), if_match="*", **KEY)

    assert (answer.status_code, answer.json()["type"], count()) == (422, "/api/docs#key-used-otherwise", 1)


def test_two_people_may_choose_the_same_key(
    db: Session, program: Program, program_of: Callable[..., Program], count: Count
) -> None:
    lan = make_user(db)
    make_organization(db, by=lan, name="Mekong Works")

    statuses = [each.post("/listings", make_sent_listing(), **KEY).status_code for each in (program, program_of(lan))]

    assert (statuses, count()) == ([201, 201], 2)


def test_a_refusal_frees_the_key(program: Program, count: Count) -> None:
    refused = program.post("/listings", make_sent_listing(title=""), **KEY)
    right = program.post("/listings", make_sent_listing(), **KEY)

    assert (refused.status_code, right.status_code, count()) == (422, 201, 1)


def test_a_crash_frees_the_key(
    program: Program, count: Count, monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    def crash(*_anything: object, **_more: object) -> None:
        raise RuntimeError("a fault of the tests")

    with monkeypatch.context() as patch:
        patch.setattr(service, "identify_listing", crash)
        with pytest.raises(RuntimeError):
            program.post("/listings", make_sent_listing(), **KEY)
    with database.reading() as session:
        assert session.scalars(select(KeyedRequest)).all() == []

    assert (program.post("/listings", make_sent_listing(), **KEY).status_code, count()) == (201, 1)


def hold_key(database: Database, user: User, *, seconds: int) -> None:
    """As a server does that was killed, or is still at it."""
    with database.transaction() as session:
        session.execute(
            update(KeyedRequest)
            .where(KeyedRequest.owner_id == user.id)
            .values(status=None, body=None, headers=None, leased_until=utc_now() + timedelta(seconds=seconds))
        )


def test_while_it_is_under_way_the_second_waits(program: Program, mai: User, database: Database, count: Count) -> None:
    program.post("/listings", make_sent_listing(), **KEY)
    hold_key(database, mai, seconds=30)

    answer = program.post("/listings", make_sent_listing(), **KEY)

    assert (answer.status_code, count()) == (409, 1)
    assert 1 <= int(answer.headers["retry-after"]) <= 31


def test_what_a_killed_server_left_is_taken_up_after_its_lease(
    program: Program, mai: User, database: Database, count: Count
) -> None:
    program.post("/listings", make_sent_listing(), **KEY)
    hold_key(database, mai, seconds=-1)

    answer = program.post("/listings", make_sent_listing(), **KEY)

    assert (answer.status_code, count()) == (201, 2)
    assert program.post("/listings", make_sent_listing(), **KEY).headers["idempotent-replayed"] == "true"


def test_who_lost_the_lease_meanwhile_leaves_no_effect(
    program: Program, mai: User, database: Database, count: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that stood still, and wakes up when another has taken over."""
    keep_answer = idempotency.keep_answer

    def keep_late(session: Session, reservation: Any, answer: Any) -> None:
        late = idempotency.Reservation(reservation.owner_id, reservation.key, utc_now() - timedelta(hours=1))
        keep_answer(session, late, answer)

    monkeypatch.setattr("market.web.apikit.keys.keep_answer", keep_late)

    answer = program.post("/listings", make_sent_listing(), **KEY)

    assert (answer.status_code, count()) == (409, 0)


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 101, '""', '"a b"'])
def test_a_key_that_is_none_is_refused(program: Program, count: Count, key: str) -> None:
    answer = program.post("/listings", make_sent_listing(), idempotency_key=key)

    assert (answer.status_code, count()) == (400, 0)


def test_a_key_may_stand_in_quotes(program: Program, count: Count) -> None:
    program.post("/listings", make_sent_listing(), **KEY)

    answer = program.post("/listings", make_sent_listing(), idempotency_key='"e4b2-7"')

    assert (answer.headers["idempotent-replayed"], count()) == ("true", 1)


def test_answers_are_forgotten_after_a_day(program: Program, work: Work, db: Session) -> None:
    program.post("/listings", make_sent_listing(), **KEY)

    rests = []
    for hours in (23, 25):
        clear_keyed_requests(work, utc_now() + timedelta(hours=hours))
        db.expire_all()
        rests.append(len(db.scalars(select(KeyedRequest)).all()))
        db.rollback()

    assert rests == [1, 0]


def test_twenty_at_once_make_one(visitor: Visitor, program: Program, count: Count) -> None:
    headers = {"authorization": f"Bearer {program.token}", "idempotency-key": "at-once"}

    async def send_all() -> list[Response]:
        transport = ASGITransport(app=visitor.app)
        async with AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            calls = [client.post(f"{V1}/listings", json=make_sent_listing(), headers=headers) for _ in range(20)]
            return list(await asyncio.gather(*calls))

    answers = asyncio.run(send_all())

    assert {answer.status_code for answer in answers} <= {201, 409}
    made = [answer for answer in answers if answer.status_code == 201]
    assert made
    assert (len({answer.json()["reference"] for answer in made}), count()) == (1, 1)
