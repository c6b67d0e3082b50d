from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session, joinedload

from market.accounts.models import ApiToken, MailToken, MailTokenPurpose, SignInSession, User
from market.accounts.rules import fold_email
from market.kernel.ids import hash_token, is_api_token
from market.kernel.viewer import Bearer


def find_user(session: Session, email: str) -> User | None:
    return session.scalar(select(User).where(User.email == fold_email(email)))


def find_account_id(session: Session, email: str) -> UUID | None:
    """Of the account that has confirmed this address; none where nothing was written."""
    user = find_user(session, email) if email else None
    return user.id if user is not None and user.confirmed_at is not None else None


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


def find_bearer(connection: Connection, token: str, *, now: datetime) -> Bearer | None:
    """Whom an API token speaks for, while it can be used and the account is not disabled."""
    if not is_api_token(token):
        return None
    found = connection.execute(_BEARER, {"token_hash": hash_token(token)}).one_or_none()
    if found is None or (found.expires_at is not None and found.expires_at <= now):
        return None
    return Bearer(found.user_id, found.id, frozenset(found.scopes.split()), found.last_used_at)


_BEARER = (
    select(ApiToken.user_id, ApiToken.id, ApiToken.scopes, ApiToken.last_used_at, ApiToken.expires_at)
    .join(User, User.id == ApiToken.user_id)
    .where(ApiToken.token_hash == bindparam("token_hash"), ApiToken.ended_at.is_(None), User.disabled_at.is_(None))
)
"""Built once: every request of a program asks it."""


def list_tokens(session: Session, user_id: UUID) -> list[ApiToken]:
    """Those that have not been ended, the newest first; expired ones stay until their owner has seen why it stopped."""
    chosen = select(ApiToken).where(ApiToken.user_id == user_id, ApiToken.ended_at.is_(None))
    return list(session.scalars(chosen.order_by(ApiToken.created_at.desc(), ApiToken.id)))


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
