from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.accounts.models import User
from market.accounts.queries import find_user
from market.accounts.service import create_user
from market.kernel.ids import new_token
from market.kernel.viewer import MemberRole, Viewer
from market.organizations.forms import OrganizationForm
from market.organizations.models import Organization
from market.organizations.service import add_member, found_organization, grant_representation
from market.seed.reading import read_table

FOUNDED_BEFORE = timedelta(days=200)
CENTRE = "cn-transfer-centre"
CLIENTS = ("cn-nanning-firm", "cn-liujiang-wheels")
WRITTEN_FOR = "cn-liujiang-wheels"
"""What this one offers was written by the centre."""


@dataclass(frozen=True, slots=True)
class Owner:
    """An organization and the person who acts for it."""

    organization: Organization
    viewer: Viewer


def seed_organizations(session: Session, accounts: Mapping[str, str], *, now: datetime) -> dict[str, Owner]:
    """Key of the organization → its owner: one of the demo accounts, or a person nobody can sign in as."""
    owners: dict[str, Owner] = {}
    for language in LANGUAGES:
        for key, row in read_table("organizations", language).items():
            user = find_user(session, accounts[key]) if key in accounts else None
            user = user or _create_owner(session, key, language, now=now)
            form = OrganizationForm(language=language, **row)
            organization = found_organization(session, form, by=_as_viewer(user, {}), now=now - FOUNDED_BEFORE)
            owners[key] = Owner(organization, _as_viewer(user, {organization.id: MemberRole.OWNER}))
    return owners


def seed_representation(
    session: Session, owners: Mapping[str, Owner], broker: str, *, now: datetime
) -> Mapping[str, Owner]:
    """A centre acts for two firms; the account with the address `broker` becomes a member of it. Answers the owners
    again, with the centre's in the place of the one for whom it writes.
    """
    centre = owners[CENTRE]
    if person := find_user(session, broker):
        body = centre.organization.id
        add_member(session, body, person.id, role=MemberRole.MEMBER, by=centre.viewer.id, now=now - FOUNDED_BEFORE)
    clients = [owners[key] for key in CLIENTS]
    for client in clients:
        slug = centre.organization.slug
        grant_representation(session, client.organization, slug, by=client.viewer, now=now - FOUNDED_BEFORE)
    represents = {client.organization.id: centre.organization.id for client in clients}
    writer = replace(centre.viewer, represents=represents)
    return {**owners, WRITTEN_FOR: Owner(owners[WRITTEN_FOR].organization, writer)}


def _create_owner(session: Session, key: str, language: str, *, now: datetime) -> User:
    return create_user(
        session,
        email=f"{key}@demo.example",
        name=key,
        password=new_token(),
        language=language,
        now=now,
        confirmed=True,
        demo=True,
    )


def _as_viewer(user: User, memberships: dict[UUID, MemberRole]) -> Viewer:
    return Viewer(
        id=user.id, session_id=user.id, name=user.name, email=user.email, language=user.language, is_confirmed=True,
        memberships=memberships,
    )  # fmt: skip
