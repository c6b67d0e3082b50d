"""The way of a mail through TLS, and what happens where the mail server refuses us: a real conversation each time."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market.kernel.clock import utc_now
from market.kernel.outbox import Delivery, DeliveryState
from market.kernel.work import Lane, Work
from market.notifications import service
from market.notifications.models import Mail, MailState
from market.worker import Worker
from tests.make.certificates import Certificate, make_certificate
from tests.make.mail_server import Encryption, MailServer, make_mail_server
from tests.make.stored import read_stored

ENCRYPTED = [Encryption.STARTTLS, Encryption.FROM_THE_START]
SENT = (MailState.SENT, DeliveryState.DONE)
KEPT = (MailState.WAITING, DeliveryState.WAITING)


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return make_certificate(tmp_path)


@pytest.fixture
def trusted(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """As where an operator names the authority of a mail server of one's own."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
    return certificate


@pytest.fixture
def send(db: Session, work: Work) -> Callable[[str], tuple[MailState, DeliveryState]]:
    """Write a mail, or take the one that waits, and try once to send it; what became of it."""

    def send_one(url: str) -> tuple[MailState, DeliveryState]:
        if not read_stored(work.database, select(Mail.id)):
            now = utc_now()
            service.write_mail(db, recipient="lan@example.org", language="vi", subject="Xin", body="Chào\n", now=now)
            db.commit()
        with work.database.transaction() as session:
            session.execute(update(Delivery).values(due_at=utc_now()))
        settings = work.settings.model_copy(update={"mail_url": url})
        Worker(replace(work, settings=settings)).drain(lanes=(Lane.MAIL,))
        (state,) = read_stored(work.database, select(Mail.state))
        (delivery,) = read_stored(work.database, select(Delivery.state))
        return state, delivery

    return send_one


@pytest.fixture
def reasons(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """What the worker's log says of mails that did not go."""
    return lambda: [r.getMessage() for r in caplog.records if r.name == "market.worker" and r.levelno > logging.INFO]


Send = Callable[[str], tuple[MailState, DeliveryState]]
Reasons = Callable[[], list[str]]


def with_login(server: MailServer, password: str) -> str:
    return server.url.replace("://", f"://market:{password}@")


@pytest.mark.parametrize("encryption", ENCRYPTED)
def test_a_mail_goes_encrypted_to_a_server_with_a_trusted_certificate(
    send: Send, trusted: Certificate, encryption: Encryption
) -> None:
    server = make_mail_server(encryption=encryption, certificate=trusted)

    with server.running():
        outcome = send(with_login(server, "s3cret"))

    assert (outcome, server.encrypted, server.signed_in) == (SENT, [True], [("market", "s3cret")])
    assert [message.get_content() for message in server.received] == ["Chào\n"]


@pytest.mark.parametrize("encryption", ENCRYPTED)
def test_a_certificate_that_nobody_vouches_for_gets_no_mail_and_no_password(
    send: Send, reasons: Reasons, certificate: Certificate, encryption: Encryption
) -> None:
    server = make_mail_server(encryption=encryption, certificate=certificate)

    with server.running():
        outcome = send(with_login(server, "s3cret"))

    assert (outcome, server.received, server.signed_in) == (KEPT, [], [])
    assert ["CERTIFICATE_VERIFY_FAILED" in reason for reason in reasons()] == [True]
    assert "s3cret" not in "".join(reasons())


@pytest.mark.parametrize("encryption", ENCRYPTED)
def test_the_certificate_of_another_server_gets_no_mail(
    send: Send, reasons: Reasons, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encryption: Encryption
) -> None:
    others = make_certificate(tmp_path, name="DNS:mail.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(others.file))
    server = make_mail_server(encryption=encryption, certificate=others)

    with server.running():
        outcome = send(server.url)

    assert (outcome, server.received) == (KEPT, [])
    assert ["IP address mismatch" in reason for reason in reasons()] == [True]


@pytest.mark.parametrize("encryption", ENCRYPTED)
def test_a_mail_kept_for_its_servers_certificate_goes_when_that_is_trusted(
    send: Send, certificate: Certificate, monkeypatch: pytest.MonkeyPatch, encryption: Encryption
) -> None:
    server = make_mail_server(encryption=encryption, certificate=certificate)

    with server.running():
        before = send(server.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
        after = send(server.url)

    assert (before, after, len(server.received)) == (KEPT, SENT, 1)


def test_a_server_without_the_encryption_that_is_asked_for_gets_no_mail(send: Send, reasons: Reasons) -> None:
    plain = make_mail_server()

    with plain.running():
        outcome = send(with_login(plain, "s3cret").replace("smtp://", "smtp+starttls://"))

    assert (outcome, plain.received, plain.signed_in) == (KEPT, [], [])
    assert ["STARTTLS" in reason for reason in reasons()] == [True]


def test_a_server_that_wants_encryption_refuses_a_plain_mail_which_is_kept(
    send: Send, reasons: Reasons, trusted: Certificate
) -> None:
    server = make_mail_server(encryption=Encryption.STARTTLS, certificate=trusted)

    with server.running():
        outcome = send(server.url.replace("smtp+starttls://", "smtp://"))

    assert (outcome, server.received) == (KEPT, [])
    assert ["STARTTLS" in reason for reason in reasons()] == [True]


def test_a_refused_password_keeps_the_mail_and_is_told_in_the_log(send: Send, reasons: Reasons) -> None:
    server = make_mail_server()
    server.password = "the right one"

    with server.running():
        refused = send(with_login(server, "s3cret"))
        told = reasons()
        accepted = send(with_login(server, "the%20right%20one"))

    assert (refused, accepted, len(server.received)) == (KEPT, SENT, 1)
    assert ["SMTPAuthenticationError(535" in reason for reason in told] == [True]
    assert "s3cret" not in "".join(told)
