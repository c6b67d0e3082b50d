from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, false, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from market.accounts.models import User
from market.accounts.queries import find_sign_in, get_user
from market.kernel.errors import NotFound
from market.kernel.viewer import Bearer, MemberRole, Viewer
from market.organizations import rules
from market.organizations.models import Membership, Organization, Representation

MAX_SHOWN = 60
MAX_CENTRES = 20
NOBODY = false()


def load_viewer(
    session: Session, token: str, *, now: datetime, is_on_team: ColumnElement[bool] = NOBODY
) -> Viewer | None:
    """Who a session cookie stands for, with the organizations he acts for. `is_on_team`: a condition on `User`, of a
    room above, asked in the same statement."""
    signed_in = find_sign_in(session, token, now=now)
    if signed_in is None:
        return None
    return snapshot_viewer(session, signed_in.user, session_id=signed_in.id, is_on_team=is_on_team)


def load_person(session: Session, bearer: Bearer) -> Viewer:
    """For whom a program speaks, with all rights; its scopes narrow them."""
    return snapshot_viewer(session, get_user(session, bearer.user_id), session_id=bearer.token_id)


def snapshot_viewer(
    session: Session, user: User, *, session_id: UUID, is_on_team: ColumnElement[bool] = NOBODY
) -> Viewer:
    """One statement, however many organizations: each membership with the clients that come with it."""
    has_owner = exists().where(
        Membership.organization_id == Representation.client_id, Membership.role == MemberRole.OWNER
    )
    own = aliased(Membership)
    found = session.execute(
        select(
            own.organization_id, own.role, Representation.client_id, has_owner, Organization.kind,
            is_on_team.label("is_on_team"),
        )
        .select_from(User)
        .outerjoin(own, own.user_id == User.id)
        .outerjoin(Organization, Organization.id == own.organization_id)
        .outerjoin(Representation, Representation.centre_id == own.organization_id)
        .where(User.id == user.id)
        .order_by(own.role)  # "member" before "owner": of two centres of one client the owned one stands last and stays
    ).all()  # fmt: skip
    rows = [row for row in found if row.organization_id is not None]
    is_confirmed = user.confirmed_at is not None
    acts = [row for row in rows if row.client_id is not None and is_confirmed]
    return Viewer(
        id=user.id,
        session_id=session_id,
        name=user.name,
        email=user.email,
        language=user.language,
        is_confirmed=is_confirmed,
        is_staff=user.is_staff,
        is_organizer=user.is_organizer,
        is_on_team=any(row.is_on_team for row in found),
        memberships={row.organization_id: row.role for row in rows},
        represents={row.client_id: row.organization_id for row in acts},
        ownerless=frozenset(client_id for _own, _role, client_id, owned, *_others in acts if not owned),
        centres=frozenset(row.organization_id for row in rows if is_confirmed and rules.may_represent(row.kind)),
    )


def find_organization(session: Session, slug: str) -> Organization | None:
    return session.scalar(select(Organization).where(Organization.slug == slug))


def get_organization(session: Session, slug: str) -> Organization:
    organization = find_organization(session, slug)
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


def list_acted_for(session: Session, viewer: Viewer) -> Sequence[Organization]:
    """The person's own organizations, then the clients of the centres among them, each in order of name."""
    listed = session.scalars(
        select(Organization)
        .where(Organization.id.in_(viewer.organizations))
        .order_by(Organization.name, Organization.id)
    )
    return sorted(listed, key=lambda organization: not viewer.is_member(organization.id))


def list_own_centres(session: Session, viewer: Viewer) -> Sequence[Organization]:
    """The transfer centres the person is a member of, in order of name."""
    chosen = select(Organization).where(Organization.id.in_(viewer.centres))
    return session.scalars(chosen.order_by(Organization.name, Organization.id)).all()


def find_client(session: Session, centre_id: UUID, values: Mapping[str, Any]) -> Organization | None:
    """An organization with just these values that this centre represents."""
    clients = select(Representation.client_id).where(Representation.centre_id == centre_id)
    found = select(Organization).where(Organization.id.in_(clients)).filter_by(**values)
    return session.scalars(found.order_by(Organization.created_at).limit(1)).first()


def find_centre(session: Session, slug: str) -> Organization | None:
    """One that may act for others."""
    return session.scalar(
        select(Organization).where(Organization.slug == slug, Organization.kind.in_(rules.REPRESENTING_KINDS))
    )


def search_centres(session: Session, words: str, *, for_organization: Organization) -> Sequence[Organization]:
    """By name, or by the address of its page; those of the same country first. Those that act for it are left out."""
    acting = select(Representation.centre_id).where(Representation.client_id == for_organization.id)
    chosen = select(Organization).where(
        Organization.kind.in_(rules.REPRESENTING_KINDS),
        Organization.id != for_organization.id,
        Organization.id.not_in(acting),
    )
    if words:
        slug = rules.read_slug(words)
        chosen = chosen.where(
            or_(
                Organization.name.icontains(words, autoescape=True),
                Organization.name_en.icontains(words, autoescape=True),
                Organization.slug == slug,
            )
        )
    order = (Organization.country != for_organization.country, Organization.name, Organization.id)
    return session.scalars(chosen.order_by(*order).limit(MAX_CENTRES)).all()


def list_centres_of(session: Session, client_id: UUID) -> Sequence[Organization]:
    """Those that act for it, the one that has done so longest first."""
    return session.scalars(
        select(Organization)
        .join(Representation, Representation.centre_id == Organization.id)
        .where(Representation.client_id == client_id)
        .order_by(Representation.granted_at, Organization.id)
    ).all()


def find_representative(session: Session, *, centre_id: UUID, client_id: UUID) -> Organization | None:
    """The centre, as long as it acts for this client."""
    return session.scalar(
        select(Organization)
        .join(Representation, Representation.centre_id == Organization.id)
        .where(Representation.centre_id == centre_id, Representation.client_id == client_id)
    )


def list_clients(
    session: Session, centre_id: UUID, *, after: tuple[str, str] | None = None, limit: int = MAX_SHOWN
) -> Sequence[Organization]:
    """In order of name; `after` is the (name, slug) of the last one shown."""
    chosen = (
        select(Organization)
        .join(Representation, Representation.client_id == Organization.id)
        .where(Representation.centre_id == centre_id)
        .order_by(Organization.name, Organization.slug)
        .limit(limit)
    )
    return session.scalars(_after(chosen, after)).all()


def has_clients(session: Session, centre_id: UUID) -> bool:
    return session.scalar(select(exists().where(Representation.centre_id == centre_id))) or False


def list_owners(session: Session, organization_ids: Sequence[UUID]) -> Sequence[User]:
    """Each person once."""
    owners = select(Membership.user_id).where(
        Membership.organization_id.in_(organization_ids), Membership.role == MemberRole.OWNER
    )
    chosen = select(User).where(User.id.in_(owners), User.disabled_at.is_(None))
    return session.scalars(chosen.order_by(User.created_at, User.id)).all()


def list_people_of(session: Session, organization_id: UUID) -> Sequence[User]:
    """To whom mails about an organization go: its members; of one without any, those of the centres that act for it."""
    people = _list_people(session, [organization_id])
    return people or _list_people(session, [centre.id for centre in list_centres_of(session, organization_id)])


def _list_people(session: Session, organization_ids: Sequence[UUID]) -> Sequence[User]:
    members = select(Membership.user_id).where(Membership.organization_id.in_(organization_ids))
    chosen = select(User).where(User.id.in_(members), User.disabled_at.is_(None), User.confirmed_at.is_not(None))
    return session.scalars(chosen.order_by(User.created_at, User.id)).all()


def list_organizations(
    session: Session, *, country: str | Sequence[str] | None = None, after: tuple[str, str] | None = None,
    limit: int = MAX_SHOWN,
) -> Sequence[Organization]:  # fmt: skip
    """Everybody may see organizations. In order of name; `after` is the (name, slug) of the last one shown."""
    chosen = select(Organization).order_by(Organization.name, Organization.slug).limit(limit)
    if country:
        chosen = chosen.where(Organization.country == country)
    return session.scalars(_after(chosen, after)).all()


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


def _after(chosen: Select[Organization], after: tuple[str, str] | None) -> Select[Organization]:
    if after is None:
        return chosen
    name, slug = after
    return chosen.where((Organization.name > name) | ((Organization.name == name) & (Organization.slug > slug)))
