from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from market.accounts.queries import find_sign_in
from market.kernel.errors import NotFound
from market.kernel.viewer import MemberRole, Viewer
from market.organizations.models import Membership, Organization

MAX_SHOWN = 60


def load_viewer(session: Session, token: str, *, now: datetime) -> Viewer | None:
    """Who a session cookie stands for, with the organizations he acts for."""
    signed_in = find_sign_in(session, token, now=now)
    if signed_in is None:
        return None
    user = signed_in.user
    rows = session.execute(select(Membership.organization_id, Membership.role).where(Membership.user_id == user.id))
    return Viewer(
        id=user.id,
        session_id=signed_in.id,
        name=user.name,
        email=user.email,
        language=user.language,
        is_confirmed=user.confirmed_at is not None,
        is_staff=user.is_staff,
        is_organizer=user.is_organizer,
        memberships=dict(rows.all()),
    )


def get_organization(session: Session, slug: str) -> Organization:
    organization = session.scalar(select(Organization).where(Organization.slug == slug))
    if organization is None:
        raise NotFound
    return organization


def find_owned(session: Session, user_id: UUID, values: Mapping[str, Any]) -> Organization | None:
    """An organization with just these values that this person owns."""
    owned = select(Membership.organization_id).where(Membership.user_id == user_id, Membership.role == MemberRole.OWNER)
    found = select(Organization).where(Organization.id.in_(owned)).filter_by(**values)
    return session.scalars(found.order_by(Organization.created_at).limit(1)).first()


def lock_organization(session: Session, organization_id: UUID) -> None:
    """Its members change one after the other: two owners cannot remove each other at once."""
    session.execute(select(Organization.id).where(Organization.id == organization_id).with_for_update(key_share=True))


def list_own_organizations(session: Session, viewer: Viewer) -> Sequence[Organization]:
    return session.scalars(
        select(Organization).where(Organization.id.in_(viewer.memberships)).order_by(Organization.name, Organization.id)
    ).all()


def list_organizations(
    session: Session, *, country: str | None = None, after: tuple[str, str] | None = None, limit: int = MAX_SHOWN
) -> Sequence[Organization]:
    """Everybody may see organizations. In order of name; `after` is the (name, slug) of the last one shown."""
    chosen = select(Organization).order_by(Organization.name, Organization.slug).limit(limit)
    if country:
        chosen = chosen.where(Organization.country == country)
    if after:
        name, slug = after
        chosen = chosen.where((Organization.name > name) | ((Organization.name == name) & (Organization.slug > slug)))
    return session.scalars(chosen).all()


def count_organizations_by_country(session: Session) -> dict[str, int]:
    counts = select(Organization.country, func.count()).group_by(Organization.country)
    return dict(session.execute(counts).all())


def list_members(session: Session, organization_id: UUID) -> Sequence[Membership]:
    return session.scalars(
        select(Membership)
        .where(Membership.organization_id == organization_id)
        .options(joinedload(Membership.user))
        .order_by(Membership.joined_at, Membership.user_id)
    ).all()


def count_owners(session: Session, organization_id: UUID) -> int:
    owners = select(func.count()).where(
        Membership.organization_id == organization_id, Membership.role == MemberRole.OWNER
    )
    return session.scalar(owners) or 0
