"""One mail that joins what is due to a person: when, in which words, exactly once, and how it is stopped."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market.interests import digests, rules
from market.interests.digests import find_due_digests, write_digest, write_digests
from market.interests.enums import Often
from market.interests.models import Alert, AlertReader
from market.interests.rules import find_due
from market.interests.service import change_follow, delete_search, unfollow_organization
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.work import Work
from market.listings.models import Listing
from market.notifications.models import Mail
from market.notifications.postman import compose_message
from market.notifications.service import mark_sent
from tests.make.accounts import make_user
from tests.make.interests import (
    let_time_pass,
    list_alerts,
    list_bodies,
    make_follow,
    make_search,
    tell,
    write_due_digests,
)
from tests.make.listings import make_listing
from tests.make.mails import read_mails
from tests.make.organizations import make_organization, make_viewer
from tests.make.stored import count_stored, read_stored
from tests.make.visitor import Visitor

Deliver = Callable[[], None]
SignIn = Callable[..., Visitor]


def read_states(database: Database) -> list[str]:
    return [state for _email, _reference, state in list_alerts(database)]


@pytest.mark.parametrize(
    ("often", "now", "due"),
    [
        (Often.AT_ONCE, "2026-11-23T04:00", "2026-11-23T04:02"),
        (Often.DAILY, "2026-11-23T04:00", "2026-11-24T00:00"),
        (Often.DAILY, "2026-11-23T00:00", "2026-11-24T00:00"),
        (Often.WEEKLY, "2026-11-23T04:00", "2026-11-30T00:00"),  # from one Monday to the next
        (Often.WEEKLY, "2026-11-29T23:59", "2026-11-30T00:00"),
        (Often.WEEKLY, "2026-11-25T12:00", "2026-11-30T00:00"),
        (Often.NEVER, "2026-11-23T04:00", None),
    ],
)
def test_what_is_found_is_due_at_the_next_sensible_time(often: Often, now: str, due: str | None) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)

    expected = datetime.fromisoformat(due).replace(tzinfo=UTC) if due else None
    assert find_due(often, now=moment) == expected


def test_one_mail_joins_searches_and_what_is_followed_each_listing_once(
    db: Session, work: Work, deliver: Deliver, visitor: Visitor
) -> None:
    owner, lan = make_user(db), make_user(db, email="lan@example.org", name="Lan")
    organization = make_organization(db, by=owner, name="Liujiang Works")
    make_search(db, by=lan, words="kiln", name="Kilns")
    make_search(db, by=lan, words="cassava", name="Cassava")
    make_follow(db, organization, by=lan)
    texts = ("Drying kiln for cassava", "Brick kiln", "Peeler")
    both, kiln, peeler = (make_listing(db, by=owner, organization=organization, texts={"en": title}) for title in texts)
    deliver()

    (mail,) = tell(work)
    deliver()

    assert (mail.recipient, mail.language, mail.subject) == ("lan@example.org", "en", "3 new listings for you")
    assert [mail.body.count(listing.reference) for listing in (both, kiln, peeler)] == [1, 1, 1]
    places = [mail.body.index(text) for text in ("“Cassava”", both.reference, "“Kilns”", kiln.reference,
              "You follow Liujiang Works", peeler.reference)]  # fmt: skip
    assert places == sorted(places)
    (shown,) = read_mails(visitor)
    assert [visitor.get(link).status_code for link in shown.links[:3]] == [200, 200, 200]


def test_the_mail_is_in_the_persons_language_and_the_listing_in_the_one_it_has(
    db: Session, work: Work, deliver: Deliver
) -> None:
    make_search(db, by=make_user(db, language="vi"))
    make_listing(db, texts={"en": "Drying kiln", "vi": "Lò sấy"})
    make_listing(db, texts={"th": "เตาอบ"}, language="th")
    deliver()

    (mail,) = tell(work)

    assert mail.language == "vi"
    assert "Lò sấy\n" in mail.body
    assert "เตาอบ (Tiếng Thái)" in mail.body
    assert "Drying kiln" not in mail.body
    assert "/vi/listings/" in mail.body


def test_a_long_part_shows_the_newest_and_links_to_the_rest(
    db: Session, database: Database, work: Work, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "SHOWN", 2)
    make_search(db, by=make_user(db), words="kiln", kind=["offer"])
    listings = [make_listing(db, texts={"en": f"Kiln {number}"}) for number in range(5)]
    deliver()

    (mail,) = tell(work)

    assert [listing.reference in mail.body for listing in listings] == [False, False, False, True, True]
    assert "and 3 more:\nhttp://127.0.0.1:8000/en/listings?q=kiln&kind=offer" in mail.body
    assert read_states(database) == ["told"] * 5


def test_nothing_is_written_before_it_is_due(db: Session, database: Database, work: Work, deliver: Deliver) -> None:
    make_search(db, by=make_user(db), often=Often.DAILY)
    make_listing(db)
    deliver()

    assert write_due_digests(work) == []
    assert read_states(database) == ["waiting"]


def test_what_comes_within_a_few_minutes_is_one_mail_and_the_next_one_waits(
    db: Session, database: Database, work: Work, deliver: Deliver
) -> None:
    make_search(db, by=make_user(db))
    make_listing(db)
    deliver()
    let_time_pass(database, by=rules.GATHERED)
    make_listing(db)
    deliver()

    first = write_due_digests(work)
    make_listing(db)
    deliver()
    let_time_pass(database, by=rules.GATHERED)
    second = write_due_digests(work)
    let_time_pass(database, by=rules.BETWEEN_MAILS)
    third = write_due_digests(work)

    assert [[mail.subject for mail in mails] for mails in (first, second, third)] == [
        ["2 new listings for you"], [], ["1 new listing for you"],
    ]  # fmt: skip


def test_a_worker_killed_before_its_transaction_ends_has_told_nobody(
    db: Session, database: Database, work: Work, deliver: Deliver
) -> None:
    lan = make_user(db)
    make_search(db, by=lan)
    make_listing(db)
    deliver()
    let_time_pass(database)

    with database.writing() as session:  # ends without a commit
        write_digest(session, work, lan.id, now=utc_now())
        session.flush()
    killed = (read_states(database), count_stored(database, Mail))
    mails = write_due_digests(work)

    assert killed == (["waiting"], [0])
    assert len(mails) == 1
    assert write_due_digests(work) == []


def test_two_workers_write_one_mail(db: Session, database: Database, work: Work, deliver: Deliver) -> None:
    make_search(db, by=make_user(db))
    make_listing(db)
    deliver()
    let_time_pass(database)

    write_digests(work, ())
    write_digests(work, ())

    assert count_stored(database, Mail) == [1]


@pytest.mark.parametrize("why", ["deleted", "no-mails", "unfollowed", "no-mails-of-it"])
def test_what_nobody_wants_any_more_is_not_written(
    db: Session, database: Database, work: Work, deliver: Deliver, why: str
) -> None:
    owner, lan = make_user(db), make_user(db)
    organization = make_organization(db, by=owner)
    search = make_search(db, by=lan) if why in ("deleted", "no-mails") else None
    if search is None:
        make_follow(db, organization, by=lan)
    make_listing(db, by=owner, organization=organization)
    deliver()
    if why == "deleted" and search:
        delete_search(db, search)
    elif search:
        search.often = Often.NEVER
    elif why == "unfollowed":
        unfollow_organization(db, organization, by=make_viewer(db, lan))
    else:
        change_follow(db, organization, often=Often.NEVER, by=make_viewer(db, lan))
    db.commit()

    assert tell(work) == []
    assert read_states(database) == ["missed"]


def test_who_lost_the_account_meanwhile_is_not_written_to(db: Session, work: Work, deliver: Deliver) -> None:
    lan = make_user(db)
    make_search(db, by=lan)
    make_listing(db)
    deliver()
    lan.disabled_at = utc_now()
    db.commit()

    assert tell(work) == []


def test_an_expired_listing_is_not_written_of(db: Session, work: Work, deliver: Deliver) -> None:
    make_search(db, by=make_user(db))
    listing = make_listing(db)
    deliver()
    db.execute(update(Listing).where(Listing.id == listing.id).values(state="expired"))
    db.commit()

    assert tell(work) == []


def test_many_readers_take_turns_and_nobody_is_left_out(
    db: Session, database: Database, work: Work, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "TURN_SECONDS", 0.0)
    for _person in range(4):
        make_search(db, by=make_user(db))
    make_listing(db)
    deliver()
    let_time_pass(database)

    find_due_digests(work, utc_now())
    find_due_digests(work, utc_now())
    deliver()

    assert count_stored(database, Mail) == [4]
    assert read_states(database) == ["told"] * 4


# Stopping them -------------------------------------------------------------------------------------------------------


@pytest.fixture
def mail(db: Session, work: Work, deliver: Deliver) -> Mail:
    """A digest to Lan."""
    make_search(db, by=make_user(db, email="lan@example.org"))
    make_listing(db)
    deliver()
    (mail,) = tell(work)
    return mail


def stop_address(mail: Mail) -> str:
    assert mail.unsubscribe is not None
    return mail.unsubscribe.removeprefix("http://127.0.0.1:8000")


def test_the_link_in_the_mail_stops_them_without_signing_in(
    db: Session, work: Work, deliver: Deliver, visitor: Visitor, mail: Mail
) -> None:
    address = stop_address(mail)
    assert address in mail.body

    asked = visitor.get(address)
    response = visitor.post(address)
    make_listing(db)
    deliver()

    assert "Press the button" in asked.text
    assert "You get no more mails about new listings." in response.text
    assert "lan@example.org" not in asked.text + response.text
    assert tell(work) == []


def test_looking_at_the_link_changes_nothing(database: Database, visitor: Visitor, mail: Mail) -> None:
    visitor.get(stop_address(mail))

    assert read_stored(database, select(AlertReader.stopped_at)) == [None]


def test_a_mail_program_stops_them_by_one_post(database: Database, visitor: Visitor, mail: Mail) -> None:
    message = compose_message(mail, sender="market@example.org")
    field, _, value = message["List-Unsubscribe-Post"].partition("=")
    address = message["List-Unsubscribe"].strip("<>").removeprefix("http://127.0.0.1:8000")

    response = visitor.client.post(address, data={field: value}, follow_redirects=False)

    assert b"List-Unsubscribe: <http://127.0.0.1:8000/en/alerts/" in bytes(message)
    assert response.status_code == 200
    (stopped,) = read_stored(database, select(AlertReader.stopped_at))
    assert stopped is not None


@pytest.mark.parametrize(
    "fields", [{}, {"List-Unsubscribe": "Maybe"}, {"List-Unsubscribe": ["One-Click", "One-Click"]}], ids=str
)
def test_anything_else_without_a_form_token_is_refused(
    database: Database, visitor: Visitor, mail: Mail, fields: dict[str, str]
) -> None:
    response = visitor.client.post(stop_address(mail), data=fields, follow_redirects=False)

    assert response.status_code == 403
    assert read_stored(database, select(AlertReader.stopped_at)) == [None]


def test_one_click_opens_no_other_door(db: Session, database: Database, sign_in: SignIn) -> None:
    lan = sign_in(make_user(db))

    response = lan.client.post("/en/account/alerts/stop", data={"List-Unsubscribe": "One-Click"})

    assert response.status_code == 403
    assert count_stored(database, AlertReader) == [0]


@pytest.mark.parametrize(
    "spoil", [lambda t: t[:-1] + ("0" if t[-1] != "0" else "1"), lambda t: "x" + t, lambda t: t[:32]]
)
def test_a_link_that_we_did_not_sign_is_not_found(visitor: Visitor, mail: Mail, spoil: Callable[[str], str]) -> None:
    start, _, token = stop_address(mail).rpartition("/")

    answers = [visitor.get(f"{start}/{spoil(token)}"), visitor.post(f"{start}/{spoil(token)}")]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_in_the_account_they_are_stopped_and_come_again_with_what_is_published_then(
    db: Session, work: Work, deliver: Deliver, sign_in: SignIn
) -> None:
    lan = make_user(db)
    make_search(db, by=lan)
    browser = sign_in(lan)
    stopped = browser.post("/en/account/alerts/stop")
    make_listing(db, texts={"en": "Missed kiln"})
    deliver()
    resumed = browser.post("/en/account/alerts/resume")
    make_listing(db, texts={"en": "Next kiln"})
    deliver()

    (body,) = list_bodies(tell(work))

    assert "You have stopped all mails about new listings." in stopped.text
    assert "You have stopped" not in resumed.text
    assert "Next kiln" in body
    assert "Missed kiln" not in body


def test_a_mail_that_was_sent_keeps_neither_its_words_nor_its_link(
    db: Session, database: Database, work: Work, deliver: Deliver, mail: Mail
) -> None:
    with database.transaction() as session:
        mark_sent(session, mail.id, now=utc_now())

    (sent,) = read_stored(database, select(Mail))
    assert (sent.body, sent.unsubscribe) == ("", None)


def test_digests_wait_for_nobody_who_has_been_written_to_just_now(
    db: Session, work: Work, deliver: Deliver, mail: Mail
) -> None:
    make_search(db, by=make_user(db, email="mai@example.org"))
    make_listing(db)
    deliver()
    with work.database.transaction() as session:
        session.execute(update(Alert).values(due_at=utc_now() - timedelta(minutes=1)))

    assert [one.recipient for one in write_due_digests(work)] == ["mai@example.org"]
