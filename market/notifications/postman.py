"""Handing mails to a mail server (SMTP)."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import SplitResult, unquote, urlsplit

from market.notifications.models import Mail

TIMEOUT_SECONDS = 20


def compose_message(mail: Mail, *, sender: str) -> EmailMessage:
    """The same Message-ID at every attempt, so that a server that got it twice can tell."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = f"<{mail.id}@{sender.rsplit('@', 1)[-1]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body, charset="utf-8", cte="base64")
    message["Content-Language"] = mail.language  # set_content drops every Content- header that is there before it
    return message


class Postman:
    """`url`: `smtp://user:password@host:port?from=address` (`smtps://` for TLS from the first byte, `smtp+starttls://`)."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps", "smtp+starttls") or not parts.hostname or not _has_port(parts):
            raise ValueError("MARKET_MAIL_URL must look like smtp://host:25?from=address")
        self._scheme = parts.scheme
        self._host = parts.hostname
        self._port = parts.port or {"smtp": 25, "smtps": 465, "smtp+starttls": 587}[parts.scheme]
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        options = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
        self.sender = unquote(options.get("from", f"market@{self._host}"))

    def send(self, mail: Mail) -> None:
        """Raises what `smtplib` raises; the caller tries again later."""
        message = compose_message(mail, sender=self.sender)
        with self._connect() as server:
            if self._user:
                server.login(self._user, self._password)
            server.send_message(message)

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._scheme == "smtps":
            return smtplib.SMTP_SSL(self._host, self._port, timeout=TIMEOUT_SECONDS, context=context)
        server = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT_SECONDS)
        if self._scheme == "smtp+starttls":
            try:
                server.starttls(context=context)
            except BaseException:
                server.close()
                raise
        return server


def _has_port(parts: SplitResult) -> bool:
    """A number or none. Python's own complaint would show what stands there, which may be part of a password."""
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False
