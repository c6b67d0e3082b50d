"""Handing mails to a mail server (SMTP)."""

import re
import smtplib
import ssl
from contextlib import suppress
from email.headerregistry import HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from urllib.parse import SplitResult, unquote, urlsplit

from market.notifications.models import Mail

TIMEOUT_SECONDS = 20
SCHEMES = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
"""How to speak → the usual port."""


class _Unfolded(UnstructuredHeader):
    """An address that no program may find cut into pieces, as the standard library does with what is long."""

    def fold(self, *, policy: EmailPolicy) -> str:
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined] # the registry makes a header of it


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _Unfolded)  # type: ignore[arg-type] # it adds the base itself
_POLICY = EmailPolicy(header_factory=_HEADERS)

_SENDER = re.compile(r"[^\x00-\x1f\x7f]*[^\x00-\x20\x7f@<>]@[^\x00-\x20\x7f@<>]+>?")
"""A mail address, perhaps with a name before it; no line end, which would begin another header."""

_QUERY = re.compile(r"(?:from=[^&=]*)?")


def compose_message(mail: Mail, *, sender: str) -> EmailMessage:
    """The same Message-ID at every attempt, so that a server that got it twice can tell."""
    message = EmailMessage(_POLICY)
    message["From"] = sender
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = f"<{mail.id}@{sender.rsplit('@', 1)[-1].rstrip('>')}>"
    message["Auto-Submitted"] = "auto-generated"
    if mail.unsubscribe:  # mail programs then show a button of their own (RFC 8058)
        message["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.body, charset="utf-8", cte="base64")
    message["Content-Language"] = mail.language  # set_content drops every Content- header that is there before it
    return message


class Postman:
    """`url`: `smtp://user:password@host:port?from=address` (`smtps://` for TLS from the first byte, `smtp+starttls://`)."""

    def __init__(self, url: str) -> None:
        parts = _split(url)
        self._scheme = parts.scheme
        self._host = parts.hostname or ""
        self._port = parts.port or SCHEMES[parts.scheme]
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self.sender = unquote(parts.query.removeprefix("from=")) or f"market@{self._host}"
        if not _SENDER.fullmatch(self.sender):
            raise ValueError("MARKET_MAIL_URL names no mail address behind from=")

    def send(self, mail: Mail) -> None:
        """Raises what `smtplib` raises; the caller tries again later."""
        message = compose_message(mail, sender=self.sender)
        server = self._connect(TIMEOUT_SECONDS)
        try:
            self._sign_in(server)
            server.send_message(message)
            with suppress(OSError):  # whatever they answer to the farewell: they have taken the mail
                server.quit()
        finally:
            server.close()

    def knock(self, *, seconds: float = 5) -> None:
        """Everything up to the mail itself: connect, encrypt, sign in. Raises what `send` would raise so far."""
        with self._connect(seconds) as server:
            self._sign_in(server)
            server.noop()

    def _sign_in(self, server: smtplib.SMTP) -> None:
        if self._user:
            server.login(self._user, self._password)

    def _connect(self, seconds: float) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._scheme == "smtps":
            return smtplib.SMTP_SSL(self._host, self._port, timeout=seconds, context=context)
        server = smtplib.SMTP(self._host, self._port, timeout=seconds)
        if self._scheme == "smtp+starttls":
            try:
                server.starttls(context=context)
            except BaseException:
                server.close()
                raise
        return server


def _split(url: str) -> SplitResult:
    """Nothing may be left over: what stands behind a `#`, `/` or `?` is most likely the rest of a password. Python's
    own complaints would show what stands there.
    """
    try:
        parts = urlsplit(url)
        has_server = parts.scheme in SCHEMES and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        has_server = False
    if not has_server or parts.path.strip("/") or parts.fragment or not _QUERY.fullmatch(parts.query):
        raise ValueError("MARKET_MAIL_URL must look like smtp://host:25?from=address")
    return parts
