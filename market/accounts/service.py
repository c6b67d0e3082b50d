"""Every change of an account. Whether an address has an account is told to its owner alone, by mail."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from market.accounts import passwords, queries, rules
from market.accounts.facts import (
    AccountChanged,
    AccountRegistered,
    AddressConfirmed,
    ConfirmationAsked,
    PasswordChanged,
    PasswordResetAsked,
    RegistrationRepeated,
    SignInHappened,
    TokenEnded,
    TokenMade,
)
from market.accounts.models import ApiToken, MailToken, MailTokenPurpose, SignInSession, User
from market.kernel import outbox
from market.kernel.errors import N_, NotAllowed, Refusal
from market.kernel.ids import hash_token, new_api_token, new_token
from market.kernel.text import clean_line
from market.kernel.viewer import Scope

CONFIRM_LIFETIME = timedelta(days=3)
RESET_LIFETIME = timedelta(hours=1)
SESSION_LIFETIME = timedelta(days=30)
MOST_TOKENS = 20
SHOWN_OF_TOKEN = 10
"""Characters of a token that its owner sees later: the prefix and some more."""

LONGEST_BROWSER = 120
"""Characters of what a browser says of itself: enough to tell one's own apart."""


class WrongCredentials(Refusal):
    status = 422
    message = N_("This address and password do not fit together.")


class TooManyTokens(Refusal):
    status = 409
    message = N_("You have %(most)s tokens already. Please end one of them first.")


class LinkExpired(Refusal):
    status = 410
    message = N_("This link has been used already or is too old. Please ask for a new one.")


def register_user(session: Session, *, email: str, name: str, password: str, language: str, now: datetime) -> None:
    """A new account, not yet confirmed; what comes of it is told by mail alone.

    An unconfirmed account of the same address is taken over by the newer registration: only who reads the mail can
    confirm it, so nobody can sit on somebody else's address. The owner of a confirmed one is told that somebody tried.
    """
    password_hash = passwords.hash_password(password)  # before the look-up: the time taken tells nothing
    new = User(email=rules.fold_email(email), name=name, password_hash=password_hash, language=language, created_at=now)
    user = queries.find_user(session, email) or _add_user(session, new)
    if user.confirmed_at is not None:
        outbox.record(session, RegistrationRepeated(user.id), by=None)
        return
    if user is not new:
        user.name, user.password_hash, user.language = name, password_hash, language
        end_sign_ins(session, user.id)
        end_tokens(session, user.id, now=now)
    ask_for_confirmation(session, user)


def ask_for_confirmation(session: Session, user: User) -> None:
    """A mail with a fresh link follows; nothing where the address is confirmed already."""
    if user.confirmed_at is None:
        outbox.record(session, ConfirmationAsked(user.id), by=user.id)


def ask_for_reset(session: Session, email: str) -> None:
    """A mail with a link follows where there is such an account; the asker is not told whether."""
    user = queries.find_user(session, email)
    if user is not None and user.disabled_at is None:
        outbox.record(session, PasswordResetAsked(user.id), by=None)


def issue_mail_token(session: Session, user: User, purpose: MailTokenPurpose, *, now: datetime) -> str:
    """A fresh token for a mail, made when the mail is written; earlier ones for the same purpose end."""
    _end_mail_tokens(session, user.id, purpose, now=now)
    token = new_token()
    lifetime = CONFIRM_LIFETIME if purpose is MailTokenPurpose.CONFIRM_ADDRESS else RESET_LIFETIME
    session.add(MailToken(user_id=user.id, purpose=purpose, token_hash=hash_token(token), expires_at=now + lifetime))
    return token


def confirm_address(session: Session, token: str, *, password: str, now: datetime) -> User:
    """The mail shows that the address is theirs, the password that the registration was: without it somebody could
    register with a stranger's address and wait for the stranger to confirm it.
    """
    user = queries.get_user(session, _use_up_mail_token(session, token, MailTokenPurpose.CONFIRM_ADDRESS, now=now))
    if not passwords.verify_password(password, user.password_hash):
        raise WrongCredentials  # which rolls back: the link can be used again
    if user.confirmed_at is None:
        user.confirmed_at = now
        outbox.record(session, AddressConfirmed(user.id), by=user.id)
    return user


def sign_in(session: Session, *, email: str, password: str, browser: str, now: datetime) -> tuple[User, str]:
    """The account and the token for its cookie. One answer for a wrong password, an unknown and a disabled account."""
    user = queries.find_user(session, email)
    usable = user is not None and user.disabled_at is None
    right = passwords.verify_password(password, user.password_hash if user and usable else None)
    if user is None or not right:
        raise WrongCredentials
    return user, start_sign_in(session, user, browser=browser, now=now)


def start_sign_in(session: Session, user: User, *, browser: str, now: datetime) -> str:
    token = new_token()
    signed_in = SignInSession(
        user_id=user.id,
        token_hash=hash_token(token),
        browser=clean_line(browser)[:LONGEST_BROWSER],
        created_at=now,
        expires_at=now + SESSION_LIFETIME,
    )
    session.add(signed_in)
    session.flush()  # the fact needs its id
    outbox.record(session, SignInHappened(user.id, signed_in.id), by=user.id)
    return token


def end_sign_in(session: Session, user_id: UUID, session_id: UUID) -> None:
    """Ending one that has ended is harmless; somebody else's is not touched."""
    session.execute(delete(SignInSession).where(SignInSession.id == session_id, SignInSession.user_id == user_id))


def end_sign_ins(session: Session, user_id: UUID, *, but: UUID | None = None) -> None:
    ends = delete(SignInSession).where(SignInSession.user_id == user_id)
    session.execute(ends.where(SignInSession.id != but) if but else ends)


def end_what_may_have_ended(session: Session, *, now: datetime) -> int:
    """For a market that was restored: everybody signs in anew and asks anew for a new password, since a session that
    was ended after the backup, or a link that was used, would count again. Returns how many API tokens count, which
    stay: programs have nobody at hand to make them new ones.
    """
    session.execute(delete(SignInSession))
    session.execute(
        update(MailToken)
        .where(MailToken.purpose == MailTokenPurpose.RESET_PASSWORD, MailToken.used_at.is_(None))
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    counts = ApiToken.ended_at.is_(None) & (ApiToken.expires_at.is_(None) | (ApiToken.expires_at > now))
    return session.scalar(select(func.count()).select_from(ApiToken).where(counts)) or 0


def reset_password(session: Session, token: str, *, password: str, now: datetime) -> User:
    """All sessions end and the other open links with them. Who got this mail has confirmed the address."""
    user = queries.get_user(session, _use_up_mail_token(session, token, MailTokenPurpose.RESET_PASSWORD, now=now))
    user.confirmed_at = user.confirmed_at or now
    _set_password(session, user, password, now=now)
    end_sign_ins(session, user.id)
    return user


def change_password(session: Session, user: User, *, old: str, new: str, keep: UUID, now: datetime) -> None:
    """Other sessions end, the one it is done in stays."""
    if not passwords.verify_password(old, user.password_hash):
        raise WrongCredentials
    _set_password(session, user, new, now=now)
    end_sign_ins(session, user.id, but=keep)


def make_token(
    session: Session, user: User, *, token_id: UUID, name: str, scopes: Iterable[Scope], now: datetime,
    lifetime: timedelta | None,
) -> str | None:  # fmt: skip
    """What a program signs in with, shown this once. The same `token_id` again makes none: a form sent twice."""
    if user.confirmed_at is None or user.disabled_at is not None:
        raise NotAllowed
    queries.lock_user(session, user.id)
    if session.get(ApiToken, token_id) is not None:
        return None
    if len(queries.list_tokens(session, user.id)) >= MOST_TOKENS:
        raise TooManyTokens(most=MOST_TOKENS)
    token = new_api_token()
    session.add(
        ApiToken(
            id=token_id,
            user_id=user.id,
            name=name,
            shown=token[:SHOWN_OF_TOKEN],
            token_hash=hash_token(token),
            scopes=" ".join(sorted(set(scopes))),
            created_at=now,
            expires_at=now + lifetime if lifetime else None,
        )
    )
    outbox.record(session, TokenMade(user.id, token_id), by=user.id)
    return token


def end_token(session: Session, user_id: UUID, token_id: UUID, *, now: datetime) -> bool:
    """Ending one that has ended is harmless; somebody else's is not touched. Whether there was one to end."""
    ended = session.scalar(
        update(ApiToken)
        .where(ApiToken.id == token_id, ApiToken.user_id == user_id, ApiToken.ended_at.is_(None))
        .values(ended_at=now)
        .returning(ApiToken.id)
        .execution_options(synchronize_session=False)
    )
    if ended is not None:
        outbox.record(session, TokenEnded(user_id, token_id), by=user_id)
    return ended is not None


def end_tokens(session: Session, user_id: UUID, *, now: datetime) -> None:
    """All of a person's: whoever knew the old password may have made one."""
    session.execute(
        update(ApiToken)
        .where(ApiToken.user_id == user_id, ApiToken.ended_at.is_(None))
        .values(ended_at=now)
        .execution_options(synchronize_session=False)
    )


def note_token_use(session: Session, token_id: UUID, *, now: datetime) -> None:
    """For its owner's eyes. To the hour: a write for every request would hold up others."""
    session.execute(
        update(ApiToken)
        .where(ApiToken.id == token_id)
        .values(last_used_at=now.replace(minute=0, second=0, microsecond=0))
        .execution_options(synchronize_session=False)
    )


def change_profile(session: Session, user: User, *, name: str, language: str) -> None:
    user.name, user.language = name, language
    outbox.record(session, AccountChanged(user.id), by=user.id)


def create_user(
    session: Session, *, email: str, name: str, password: str, language: str, now: datetime,
    confirmed: bool = False, staff: bool = False, organizer: bool = False, demo: bool = False,
) -> User:  # fmt: skip
    """An account made by a command or the demo data, without a mail."""
    user = User(
        email=rules.fold_email(email), name=name, password_hash=passwords.hash_password(password), language=language,
        is_staff=staff, is_organizer=organizer, is_demo=demo, confirmed_at=now if confirmed else None, created_at=now,
    )  # fmt: skip
    session.add(user)
    session.flush()  # the fact needs its id
    outbox.record(session, AccountRegistered(user.id), by=None)
    return user


def _add_user(session: Session, user: User) -> User:
    """The one added, or the one that a registration of the same moment has made of this address."""
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError:
        return session.scalars(select(User).where(User.email == user.email)).one()
    outbox.record(session, AccountRegistered(user.id), by=user.id)
    return user


def _set_password(session: Session, user: User, password: str, *, now: datetime) -> None:
    user.password_hash = passwords.hash_password(password)
    _end_mail_tokens(session, user.id, MailTokenPurpose.RESET_PASSWORD, now=now)
    end_tokens(session, user.id, now=now)
    outbox.record(session, PasswordChanged(user.id), by=user.id)


def _use_up_mail_token(session: Session, token: str, purpose: MailTokenPurpose, *, now: datetime) -> UUID:
    """Whose it is. In one statement: of two who come with it at once the second finds none."""
    user_id = session.scalar(
        update(MailToken)
        .where(
            MailToken.token_hash == hash_token(token),
            MailToken.purpose == purpose,
            MailToken.used_at.is_(None),
            MailToken.expires_at > now,
        )
        .values(used_at=now)
        .returning(MailToken.user_id)
        .execution_options(synchronize_session=False)
    )
    if user_id is None:
        raise LinkExpired
    return user_id


def _end_mail_tokens(session: Session, user_id: UUID, purpose: MailTokenPurpose, *, now: datetime) -> None:
    session.execute(
        update(MailToken)
        .where(MailToken.user_id == user_id, MailToken.purpose == purpose, MailToken.used_at.is_(None))
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
