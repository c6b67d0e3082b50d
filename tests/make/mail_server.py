"""A real mail server (SMTP) on this machine that keeps what it gets, and refuses where a test says so."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import StrEnum
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.make.certificates import Certificate

ACCEPTED = "250 Message accepted"


class Encryption(StrEnum):
    """How a server's addresses begin."""

    NONE = "smtp"
    STARTTLS = "smtp+starttls"
    FROM_THE_START = "smtps"


@dataclass
class MailServer:
    """`answers` are given to the next mails, one each; then all are accepted. Refused ones are kept too."""

    port: int
    encryption: Encryption = Encryption.NONE
    certificate: Certificate | None = None
    password: str | None = None
    """What it takes for right; any, if there is none."""
    answers: list[str] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    received: list[EmailMessage] = field(default_factory=list)
    signed_in: list[tuple[str, str]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.encryption}://127.0.0.1:{self.port}?from=market@fair.example"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        assert isinstance(envelope.content, bytes)
        self.recipients.append(list(envelope.rcpt_tos))
        self.received.append(message_from_bytes(envelope.content, EmailMessage, policy=policy.default))
        self.encrypted.append(session.ssl is not None or self.encryption is Encryption.FROM_THE_START)
        return self.answers.pop(0) if self.answers else ACCEPTED

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: LoginPassword
    ) -> AuthResult:
        self.signed_in.append((login.login.decode(), login.password.decode()))
        return AuthResult(success=self.password is None or login.password.decode() == self.password, handled=False)

    @contextmanager
    def running(self) -> Iterator[None]:
        controller = Controller(
            self, hostname="127.0.0.1", port=self.port, server_hostname="fair.example",
            authenticator=self.authenticate, auth_require_tls=False, **self._encrypt(),
        )  # fmt: skip
        controller.start()
        try:
            yield
        finally:
            controller.stop()

    def _encrypt(self) -> dict[str, Any]:
        if self.certificate is None:
            return {}
        context = self.certificate.make_server_context()
        if self.encryption is Encryption.FROM_THE_START:
            return {"ssl_context": context}
        return {"tls_context": context, "require_starttls": True}


def make_mail_server(*, encryption: Encryption = Encryption.NONE, certificate: Certificate | None = None) -> MailServer:
    """Not started yet; nobody listens at its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return MailServer(probe.getsockname()[1], encryption, certificate)
