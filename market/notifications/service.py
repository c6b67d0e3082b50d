from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from market.kernel import outbox
from market.kernel.text import clean_line
from market.notifications.facts import MailWritten
from market.notifications.models import Mail, MailState


def write_mail(
    session: Session, *, recipient: str, language: str, subject: str, body: str, now: datetime,
    mail_id: UUID | None = None, unsubscribe: str | None = None,
) -> Mail:  # fmt: skip
    """Put a mail into the outbox; it leaves after the commit. A line break in the subject cannot start a header.

    `unsubscribe` is the address at which the recipient stops mails of this kind: a page, and by POST at once.
    """
    mail = Mail(
        id=mail_id or uuid4(),
        recipient=recipient,
        language=language,
        body=body,
        unsubscribe=unsubscribe,
        created_at=now,
    )
    mail.subject = clean_line(subject)[:300]
    session.add(mail)
    session.flush()  # the fact needs its id
    outbox.record(session, MailWritten(mail.id), by=None)
    return mail


def mark_sent(session: Session, mail_id: UUID, *, now: datetime) -> None:
    mail = session.get_one(Mail, mail_id)
    mail.state, mail.sent_at, mail.body, mail.unsubscribe = MailState.SENT, now, "", None


def mark_kept(session: Session, mail_id: UUID) -> None:
    session.get_one(Mail, mail_id).state = MailState.KEPT
