"""The stages of the demo data and what each adds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from market.accounts.queries import has_demo_accounts
from market.accounts.service import create_user
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.errors import Refusal
from market.seed.events import seed_events
from market.seed.interests import seed_interests
from market.seed.listings import seed_listings
from market.seed.organizations import seed_organizations, seed_representation
from market.seed.parallel import seed_parallel_demands
from market.seed.rates import seed_rates
from market.seed.vectors import attach_vectors

PASSWORD = "welcome to nanning"  # noqa: S105 - of the demo accounts, which production refuses
Show = Callable[[int, int], None]


class Stage(StrEnum):
    BARE = "bare"
    LISTINGS = "listings"
    EXPO = "expo"


class SeededAlready(Refusal):
    pass


@dataclass(frozen=True, slots=True)
class DemoAccount:
    email: str
    name: str
    language: str
    what: str
    organization: str | None = None
    is_staff: bool = False
    is_organizer: bool = False


ACCOUNTS = (
    DemoAccount("firm@demo.example", "韦雪梅", "zh-Hans", "firm in Nanning", organization="cn-nanning-firm"),
    DemoAccount("partner@demo.example", "Nguyễn Thu Hà", "vi", "partner in Hanoi", organization="vn-hanoi-partner"),
    DemoAccount("organizer@demo.example", "陆建明", "zh-Hans", "organizer", is_organizer=True),
    DemoAccount("staff@demo.example", "Siti Rahmah", "en", "staff", is_staff=True),
)
"""The four sign-ins that `make run` prints."""

PARTNER = "partner@demo.example"
BROKER = "organizer@demo.example"
"""Also a member of the transfer centre that acts for two firms."""


def seed_market(database: Database, stage: Stage, *, show: Show) -> None:
    """All in one transaction: what is seeded is whole or not there. Seeding twice is refused."""
    now = utc_now()
    with database.transaction() as session:
        if has_demo_accounts(session):
            raise SeededAlready
        _seed_accounts(session, now)
        if stage is Stage.BARE:
            return
        founded = seed_organizations(session, {a.organization: a.email for a in ACCOUNTS if a.organization}, now=now)
        owners = seed_representation(session, founded, BROKER, now=now)
        seed_listings(session, owners, now=now, show=show)
        seed_parallel_demands(session, owners, now=now)
        seed_interests(session, owners, now=now)
        session.flush()  # the texts are read back
        attach_vectors(session)
        seed_rates(session, now=now)
        if stage is Stage.EXPO:
            seed_events(session, BROKER, partner=PARTNER, now=now)


def _seed_accounts(session: Session, now: datetime) -> None:
    for account in ACCOUNTS:
        create_user(
            session, email=account.email, name=account.name, password=PASSWORD, language=account.language, now=now,
            confirmed=True, staff=account.is_staff, organizer=account.is_organizer, demo=True,
        )  # fmt: skip
