"""A real mail server (SMTP) on this machine that keeps what it gets, and refuses where a test says so."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

ACCEPTED = "250 Message accepted"


@dataclass
class MailServer:
    """`answers` are given to the next mails, one each; then all are accepted. Refused ones are kept too."""

    port: int
    answers: list[str] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    received: list[EmailMessage] = field(default_factory=list)
    signed_in: list[tuple[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?from=market@fair.example"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        assert isinstance(envelope.content, bytes)
        self.recipients.append(list(envelope.rcpt_tos))
        self.received.append(message_from_bytes(envelope.content, EmailMessage, policy=policy.default))
        return self.answers.pop(0) if self.answers else ACCEPTED

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: LoginPassword
    ) -> AuthResult:
        self.signed_in.append((login.login.decode(), login.password.decode()))
        return AuthResult(success=True)

    @contextmanager
    def running(self) -> Iterator[None]:
        controller = Controller(
            self, hostname="127.0.0.1", port=self.port, server_hostname="fair.example",
            authenticator=self.authenticate, auth_require_tls=False,
        )  # fmt: skip
        controller.start()
        try:
            yield
        finally:
            controller.stop()


def make_mail_server() -> MailServer:
    """Not started yet; nobody listens at its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return MailServer(probe.getsockname()[1])
