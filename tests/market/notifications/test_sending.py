"""A real conversation with a mail server on this machine."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from market.kernel import outbox
from market.kernel import work as kernel_work
from market.kernel.clock import utc_now
from market.kernel.outbox import Delivery, DeliveryState
from market.kernel.work import Lane, Work
from market.notifications import service
from market.notifications.facts import MailWritten
from market.notifications.models import Mail, MailState
from market.notifications.postman import Postman, compose_message
from market.worker import Worker
from tests.make.mail_server import MailServer, make_mail_server
from tests.make.stored import read_stored

BODY = "เรียน หลาน\n\nhttps://fair.example/th/reset/a-secret-token\n" + "ក្រុមហ៊ុន" * 200 + "\n"


class Killed(BaseException):
    """What a worker does not survive."""


@pytest.fixture
def server() -> MailServer:
    """A mail server that is down."""
    return make_mail_server()


@pytest.fixture
def running_server(server: MailServer) -> Iterator[MailServer]:
    with server.running():
        yield server


@pytest.fixture
def deliver(work: Work, server: MailServer) -> Callable[..., None]:
    """Everything about mails is delivered, what waits for its next attempt too."""

    def deliver_mails(*, url: str = server.url) -> None:
        with work.database.transaction() as session:
            session.execute(update(Delivery).values(due_at=utc_now()))
        settings = work.settings.model_copy(update={"mail_url": url})
        Worker(replace(work, settings=settings)).drain(lanes=(Lane.MAIL,))

    return deliver_mails


def write(
    db: Session, *, recipient: str = "lan@example.org", subject: str = "ตั้งรหัสผ่านใหม่", now: datetime | None = None
) -> Mail:
    mail = service.write_mail(db, recipient=recipient, language="th", subject=subject, body=BODY, now=now or utc_now())
    db.commit()
    return mail


def read_state(work: Work) -> tuple[MailState, str, DeliveryState, int]:
    (mail,) = read_stored(work.database, select(Mail))
    (delivery,) = read_stored(work.database, select(Delivery))
    return mail.state, mail.body, delivery.state, delivery.attempts


def test_a_mail_reaches_its_recipient_whole_and_its_body_is_erased(
    db: Session, work: Work, deliver: Callable[..., None], running_server: MailServer
) -> None:
    mail = write(db, now=datetime(2026, 11, 23, 4, 0, tzinfo=UTC))

    deliver()

    (message,) = running_server.received
    assert running_server.recipients == [["lan@example.org"]]
    assert message.get_content() == BODY
    headers = {name: value for name, value in message.items() if name not in ("MIME-Version", "X-Peer")}
    assert headers == {
        "From": "market@fair.example",
        "To": "lan@example.org",
        "Subject": "ตั้งรหัสผ่านใหม่",
        "Date": "Mon, 23 Nov 2026 04:00:00 +0000",
        "Message-ID": f"<{mail.id}@fair.example>",
        "Content-Language": "th",
        "Auto-Submitted": "auto-generated",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "base64",
    }
    assert read_state(work) == (MailState.SENT, "", DeliveryState.DONE, 1)
    assert [sent is not None for sent in read_stored(work.database, select(Mail.sent_at))] == [True]


def test_while_the_server_is_down_the_mail_waits_and_then_goes(
    db: Session, work: Work, deliver: Callable[..., None], server: MailServer
) -> None:
    write(db)

    deliver()
    waiting = read_state(work)
    with server.running():
        deliver()

    assert waiting == (MailState.WAITING, BODY, DeliveryState.WAITING, 1)
    assert read_state(work) == (MailState.SENT, "", DeliveryState.DONE, 2)
    assert len(server.received) == 1


def test_a_mail_sent_while_the_database_takes_no_note_is_sent_once(
    db: Session, work: Work, deliver: Callable[..., None], running_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(db)
    locked = iter([OperationalError("UPDATE", {}, Exception("database is locked"))] * 2)
    mark_sent = service.mark_sent

    def mark_when_unlocked(session: Session, mail_id: UUID, *, now: datetime) -> None:
        for problem in locked:
            raise problem
        mark_sent(session, mail_id, now=now)

    monkeypatch.setattr(kernel_work, "NOTE_SECONDS", 0.01)
    monkeypatch.setattr(service, "mark_sent", mark_when_unlocked)

    deliver()

    assert len(running_server.received) == 1
    assert read_state(work) == (MailState.SENT, "", DeliveryState.DONE, 1)


def test_a_mail_that_is_sent_again_has_the_same_message_id(
    db: Session, work: Work, deliver: Callable[..., None], running_server: MailServer
) -> None:
    mail = write(db)
    running_server.answers = ["451 Try again later"]

    deliver()
    deliver()

    first, second = running_server.received
    assert first["Message-ID"] == second["Message-ID"] == f"<{mail.id}@fair.example>"
    assert read_state(work) == (MailState.SENT, "", DeliveryState.DONE, 2)


def test_a_worker_that_dies_between_the_servers_yes_and_ours_sends_it_again_with_the_same_message_id(
    db: Session,
    work: Work,
    deliver: Callable[..., None],
    running_server: MailServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def die(*_arguments: object, **_named: object) -> None:
        raise Killed

    write(db)
    with monkeypatch.context() as dying:
        dying.setattr(service, "mark_sent", die)
        with pytest.raises(Killed):
            deliver()

    deliver()

    first, second = running_server.received
    assert first["Message-ID"] == second["Message-ID"]
    assert read_state(work)[0] is MailState.SENT


def test_a_mail_that_was_sent_is_not_sent_when_its_fact_comes_again(
    db: Session, deliver: Callable[..., None], running_server: MailServer
) -> None:
    mail = write(db)
    deliver()
    outbox.record(db, MailWritten(mail.id), by=None)
    db.commit()

    deliver()

    assert len(running_server.received) == 1


def test_a_mail_that_the_server_refuses_holds_up_no_other(
    db: Session, work: Work, deliver: Callable[..., None], running_server: MailServer
) -> None:
    write(db, recipient="gone@example.org")
    write(db, recipient="lan@example.org")
    running_server.answers = ["550 Nobody of this name"]

    deliver()

    assert sorted(running_server.recipients) == [["gone@example.org"], ["lan@example.org"]]
    states = read_stored(work.database, select(Mail.state).order_by(Mail.state))
    assert states == [MailState.SENT, MailState.WAITING]


@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r", "\u2028", "\x85", "\x0b", "\x0c", "\x1e"], ids=ascii)
def test_a_line_end_in_a_subject_starts_no_header(
    db: Session, deliver: Callable[..., None], running_server: MailServer, line_end: str
) -> None:
    write(db, subject=f"Your offer{line_end}Bcc: thief@example.org{line_end}{line_end}Pay here")

    deliver()

    (message,) = running_server.received
    assert running_server.recipients == [["lan@example.org"]]
    assert (message["Bcc"], message["To"]) == (None, "lan@example.org")
    assert message.get_content() == BODY
    assert message["Subject"].replace(" ", "") == "YourofferBcc:thief@example.orgPayhere"


def test_a_line_end_that_got_into_a_header_all_the_same_sends_nothing(now: datetime) -> None:
    mail = Mail(
        recipient="lan@example.org\r\nBcc: thief@example.org", language="en", subject="Offer", body="", created_at=now
    )

    with pytest.raises(ValueError, match="linefeed or carriage return"):
        compose_message(mail, sender="market@fair.example")


def test_a_long_subject_in_any_script_arrives_whole(
    db: Session, deliver: Callable[..., None], running_server: MailServer
) -> None:
    subject = ("ម៉ាស៊ីនសម្ងួតដំឡូងមី 木薯干燥机 เครื่องอบมันสำปะหลัง " * 10)[:300].strip()
    write(db, subject=subject)

    deliver()

    assert [message["Subject"] for message in running_server.received] == [subject]


def test_an_address_beyond_ascii_is_reached_where_the_server_can(
    db: Session, deliver: Callable[..., None], running_server: MailServer
) -> None:
    write(db, recipient="梅@例子.example")

    deliver()

    assert running_server.recipients == [["梅@例子.example"]]


def test_the_mail_server_is_told_user_and_password(
    db: Session, deliver: Callable[..., None], running_server: MailServer
) -> None:
    write(db)

    deliver(url=running_server.url.replace("smtp://", "smtp://market%40fair:s%2Fecret%3A@"))

    assert running_server.signed_in == [("market@fair", "s/ecret:")]
    assert len(running_server.received) == 1


@pytest.mark.parametrize("scheme", ["smtp+starttls", "smtps"])
def test_a_password_is_not_sent_in_the_clear_where_encryption_is_asked_for(
    db: Session, work: Work, deliver: Callable[..., None], running_server: MailServer, scheme: str
) -> None:
    """The server offers none: rather no mail than a mail anybody on the way can read."""
    write(db)

    deliver(url=running_server.url.replace("smtp://", f"{scheme}://market:secret@"))

    assert (running_server.signed_in, running_server.received) == ([], [])
    assert read_state(work) == (MailState.WAITING, BODY, DeliveryState.WAITING, 1)


@pytest.mark.parametrize(
    ("url", "sender"),
    [
        ("smtp://mail.example", "market@mail.example"),
        ("smtps://user:word@mail.example:465?from=fair@site.example", "fair@site.example"),
        ("smtp+starttls://mail.example?from=fair%2Bmarket@site.example", "fair+market@site.example"),
    ],
)
def test_the_address_of_the_mail_server_names_the_sender(url: str, sender: str) -> None:
    assert Postman(url).sender == sender


@pytest.mark.parametrize(
    "url",
    ["mail.example", "http://mail.example", "smtp://", "smtp:mail.example", "smtp://lan:se?cret@mail.example", " "],
)
def test_what_is_no_address_of_a_mail_server_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="MAIL_URL") as problem:
        Postman(url)

    assert str(problem.value) == "MARKET_MAIL_URL must look like smtp://host:25?from=address"
