from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from market.accounts.models import MailToken, MailTokenPurpose, SignInSession, User
from market.accounts.rules import fold_email
from market.kernel.ids import hash_token


def find_user(session: Session, email: str) -> User | None:
    return session.scalar(select(User).where(User.email == fold_email(email)))


def get_user(session: Session, user_id: UUID) -> User:
    return session.scalars(select(User).where(User.id == user_id)).one()


def lock_user(session: Session, user_id: UUID) -> None:
    """Of two forms that a person sends at once the second waits, then finds what the first one made."""
    session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))


def find_sign_in(session: Session, token: str, *, now: datetime) -> SignInSession | None:
    """A live session of an account that is not disabled."""
    return session.scalar(
        select(SignInSession)
        .join(SignInSession.user)
        .options(joinedload(SignInSession.user))
        .where(
            SignInSession.token_hash == hash_token(token), SignInSession.expires_at > now, User.disabled_at.is_(None)
        )
    )


def list_sign_ins(session: Session, user_id: UUID, *, now: datetime) -> list[SignInSession]:
    return list(
        session.scalars(
            select(SignInSession)
            .where(SignInSession.user_id == user_id, SignInSession.expires_at > now)
            .order_by(SignInSession.created_at.desc(), SignInSession.id)
        )
    )


def find_mail_token(session: Session, token: str, purpose: MailTokenPurpose, *, now: datetime) -> MailToken | None:
    return session.scalar(
        select(MailToken).where(
            MailToken.token_hash == hash_token(token),
            MailToken.purpose == purpose,
            MailToken.used_at.is_(None),
            MailToken.expires_at > now,
        )
    )


def has_demo_accounts(session: Session) -> bool:
    return session.scalar(select(User.id).where(User.is_demo).limit(1)) is not None
