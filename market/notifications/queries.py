from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.notifications.models import Mail


def find_mail(session: Session, mail_id: UUID) -> Mail | None:
    return session.get(Mail, mail_id)


def list_latest_mails(session: Session, *, limit: int = 100) -> list[Mail]:
    return list(session.scalars(select(Mail).order_by(Mail.created_at.desc(), Mail.id).limit(limit)))
