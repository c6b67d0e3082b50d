"""Mails are written when a fact asks for one, and sent when written."""

from collections.abc import Sequence
from functools import partial

from sqlalchemy.orm import Session

from market.accounts.facts import ConfirmationAsked, PasswordChanged, PasswordResetAsked, RegistrationRepeated
from market.accounts.models import MailTokenPurpose, User
from market.accounts.service import issue_mail_token
from market.kernel.clock import utc_now
from market.kernel.outbox import RecordedFact
from market.kernel.work import Work
from market.notifications import queries, service
from market.notifications.models import MailState
from market.notifications.postman import Postman

_TEMPLATES = {
    ConfirmationAsked.__name__: ("notifications/confirm_address.txt", MailTokenPurpose.CONFIRM_ADDRESS),
    RegistrationRepeated.__name__: ("notifications/registration_repeated.txt", None),
    PasswordResetAsked.__name__: ("notifications/reset_password.txt", MailTokenPurpose.RESET_PASSWORD),
    PasswordChanged.__name__: ("notifications/password_changed.txt", None),
}


def write_account_mails(work: Work, facts: Sequence[RecordedFact]) -> None:
    """A link's token is made here, so that only the mail ever holds it. A mail has its fact's number: a second run,
    after a crash between writing it and noting that, finds it there and writes none.
    """
    for fact in facts:
        with work.database.transaction() as session:
            user = session.get(User, fact.subject_id)
            if user is not None and user.disabled_at is None and queries.find_mail(session, fact.id) is None:
                _write_account_mail(session, work, fact, user)


def send_mails(work: Work, facts: Sequence[RecordedFact]) -> None:
    """Send what waits. A crash between the server's yes and ours sends one twice, with the same Message-ID."""
    postman = Postman(work.settings.mail_url) if work.settings.mail_url else None
    for fact in facts:
        with work.database.reading() as session:
            mail = queries.find_mail(session, fact.subject_id)
        if mail is None or mail.state is not MailState.WAITING:
            continue
        if postman is None:
            with work.database.transaction() as session:
                service.mark_kept(session, mail.id)
            continue
        postman.send(mail)
        work.note(partial(service.mark_sent, mail_id=mail.id, now=utc_now()))


def _write_account_mail(session: Session, work: Work, fact: RecordedFact, user: User) -> None:
    now = utc_now()
    template, purpose = _TEMPLATES[fact.name]
    token = issue_mail_token(session, user, purpose, now=now) if purpose else ""
    subject, body = work.letters.compose(template, language=user.language, name=user.name, token=token)
    service.write_mail(
        session, recipient=user.email, language=user.language, subject=subject, body=body, now=now, mail_id=fact.id
    )
