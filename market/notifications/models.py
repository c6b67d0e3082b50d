from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from market.kernel.db import Base


class MailState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    KEPT = "kept"  # development: shown at /dev/mail and never sent


class Mail(Base):
    """One mail to one person. The body is erased once it is sent: it may hold a link that signs in. So is the address
    that stops such mails.
    """

    __tablename__ = "mail"
    __table_args__ = (Index("ix_mail_created_at_id", "created_at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    recipient: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(12))
    subject: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    unsubscribe: Mapped[str | None] = mapped_column(String(500))  # the address that stops such mails, if there is one
    state: Mapped[MailState] = mapped_column(default=MailState.WAITING)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
