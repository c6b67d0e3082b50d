"""Mails about an account, as they are written: whose language, which links, which secret."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.accounts.facts import ConfirmationAsked, PasswordChanged, PasswordResetAsked, RegistrationRepeated
from market.accounts.models import MailToken, MailTokenPurpose, User
from market.accounts.queries import find_mail_token
from market.kernel import outbox
from market.kernel.clock import utc_now
from market.kernel.ids import hash_token
from market.kernel.outbox import Delivery, DeliveryState, Fact, FactRow
from market.kernel.work import Lane, Work
from market.notifications.models import Mail, MailState
from market.web.mails import TemplateLetters
from market.web.rendering import Renderer
from market.worker import Worker
from tests.make.accounts import make_user
from tests.make.stored import count_stored, read_stored

SITE = "https://fair.example"
SUBJECTS = {
    ConfirmationAsked: "Please confirm your mail address",
    RegistrationRepeated: "You have an account already",
    PasswordResetAsked: "Choose a new password",
    PasswordChanged: "Your password was changed",
}
PAGES = {
    ConfirmationAsked: ["confirm/…"],
    RegistrationRepeated: ["sign-in", "forgot"],
    PasswordResetAsked: ["reset/…"],
    PasswordChanged: ["forgot"],
}
LINK = re.compile(r"https?://\S+")


@pytest.fixture
def work(work: Work, renderer: Renderer) -> Work:
    """A site with an address of its own, so that a wrong one would show."""
    return replace(work, letters=TemplateLetters(renderer, base_url=f"{SITE}/"))


@pytest.fixture
def write(db: Session, work: Work) -> Callable[..., list[Mail]]:
    """The mails there are after these facts about a person."""

    def write_mails(user: User, *facts: type[Fact]) -> list[Mail]:
        for fact in facts:
            outbox.record(db, fact(user.id), by=None)  # type: ignore[call-arg] # all of these take the user's id
        db.commit()
        Worker(work).drain(lanes=(Lane.MAIL,))
        return read_stored(work.database, select(Mail).order_by(Mail.created_at))

    return write_mails


def read_links(mail: Mail) -> list[str]:
    return LINK.findall(mail.body)


def read_token(mail: Mail) -> str:
    (link,) = read_links(mail)
    return link.rpartition("/")[2]


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("fact", SUBJECTS, ids=lambda fact: fact.__name__)
def test_a_mail_is_in_its_recipients_language(
    db: Session, write: Callable[..., list[Mail]], renderer: Renderer, fact: type[Fact], code: str
) -> None:
    user = make_user(db, language=code, name="梅 & <Lan>")

    (mail,) = write(user, fact)

    say = renderer.reader(code).gettext
    assert (mail.recipient, mail.language, mail.subject) == (user.email, code, say(SUBJECTS[fact]))
    greeting = mail.body.partition("\n")[0]
    assert greeting == say("Dear %(name)s,") % {"name": "梅 & <Lan>"}
    links = [re.sub(r"(confirm|reset)/[\w-]{43}$", r"\1/…", link) for link in read_links(mail)]
    assert links == [f"{SITE}/{code}/{page}" for page in PAGES[fact]]


def test_a_mail_is_a_plain_letter(db: Session, write: Callable[..., list[Mail]]) -> None:
    (mail,) = write(make_user(db, name="Lan"), PasswordChanged)

    assert mail.body == (
        "Dear Lan,\n\n"
        "the password of your account at the China–ASEAN Technology Market was just changed, and all other browsers "
        "were signed out. If it was not you, please ask for a new password at once:\n\n"
        f"{SITE}/en/forgot\n"
    )


def test_each_of_several_people_is_written_to_in_their_own_language(
    db: Session, write: Callable[..., list[Mail]]
) -> None:
    people = [make_user(db, language=code) for code in ("th", "zh-Hans", "km")]

    mails = [write(person, PasswordChanged)[-1] for person in people]

    assert [(mail.recipient, mail.language) for mail in mails] == [(p.email, p.language) for p in people]
    assert len({mail.subject for mail in mails}) == 3


@pytest.mark.parametrize("fact", [ConfirmationAsked, PasswordResetAsked], ids=lambda fact: fact.__name__)
def test_only_the_mail_holds_the_token(
    db: Session, work: Work, write: Callable[..., list[Mail]], fact: type[Fact]
) -> None:
    (mail,) = write(make_user(db, confirmed=False), fact)
    token = read_token(mail)

    assert read_stored(work.database, select(MailToken.token_hash)) == [hash_token(token)]
    facts = read_stored(work.database, select(FactRow))
    assert [row.name for row in facts if token in repr(row.content)] == []
    assert {row.name for row in facts} == {"AccountRegistered", fact.__name__, "MailWritten"}


def test_a_fact_delivered_again_writes_no_second_mail(
    db: Session, work: Work, write: Callable[..., list[Mail]]
) -> None:
    """As after a crash between writing the mail and noting that it is written."""
    (mail,) = write(make_user(db, confirmed=False), ConfirmationAsked)
    with work.database.transaction() as session:
        session.execute(update(Delivery).values(state=DeliveryState.WAITING, due_at=utc_now()))

    Worker(work).drain(lanes=(Lane.MAIL,))

    assert read_stored(work.database, select(Mail.body)) == [mail.body]
    assert set(read_stored(work.database, select(Delivery.state))) == {DeliveryState.DONE}
    token = find_mail_token(db, read_token(mail), MailTokenPurpose.CONFIRM_ADDRESS, now=utc_now())
    assert token is not None


def test_a_link_ends_when_a_newer_mail_is_written(db: Session, write: Callable[..., list[Mail]]) -> None:
    user = make_user(db, confirmed=False)
    old, new = write(user, ConfirmationAsked, ConfirmationAsked)

    works = [
        find_mail_token(db, read_token(mail), MailTokenPurpose.CONFIRM_ADDRESS, now=utc_now()) is not None
        for mail in (old, new)
    ]
    assert works == [False, True]


@pytest.mark.parametrize("fact", SUBJECTS, ids=lambda fact: fact.__name__)
def test_a_disabled_account_gets_no_mail(
    db: Session, work: Work, write: Callable[..., list[Mail]], fact: type[Fact]
) -> None:
    user = make_user(db)
    db.execute(update(User).where(User.id == user.id).values(disabled_at=utc_now()))

    assert write(user, fact) == []
    assert count_stored(work.database, MailToken) == [0]


def test_without_a_mail_server_mails_are_kept_to_be_shown(db: Session, write: Callable[..., list[Mail]]) -> None:
    (mail,) = write(make_user(db), PasswordResetAsked)

    assert (mail.state, mail.sent_at, len(read_links(mail))) == (MailState.KEPT, None, 1)
