from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.accounts.queries import find_user, lock_user
from market.kernel import outbox
from market.kernel.errors import N_, Fault, Faulty, NotAllowed, Refusal
from market.kernel.ids import new_reference_code
from market.kernel.text import slugify
from market.kernel.viewer import MemberRole, Viewer
from market.organizations import queries, rules
from market.organizations.facts import MemberJoined, MemberLeft, OrganizationChanged, OrganizationFounded
from market.organizations.forms import MemberForm, OrganizationForm
from market.organizations.models import Membership, Organization

TAKEN_SLUGS = ("new",)
"""Addresses that pages of ours have."""

NO_ACCOUNT = N_("There is no confirmed account with this address. Please ask the person to register first.")


class ConfirmFirst(Refusal):
    status = 403
    message = N_("Please confirm your mail address first: the link is in the mail we sent you.")


class LastOwner(Refusal):
    status = 409
    message = N_("An organization needs at least one owner.")


class ChangedMeanwhile(Refusal):
    status = 409
    message = N_("Somebody else has changed this meanwhile. Please compare and save again.")


def found_organization(session: Session, form: OrganizationForm, *, by: Viewer, now: datetime) -> Organization:
    """The founder becomes its owner. The same form again answers the one already founded: sent twice it makes one."""
    if not rules.may_found(by):
        raise ConfirmFirst
    lock_user(session, by.id)
    if existing := queries.find_owned(session, by.id, form.model_dump()):
        return existing
    organization = Organization(**form.model_dump(), slug=_choose_slug(session, form), created_at=now)
    session.add(organization)
    session.flush()  # the membership and the fact need its id
    outbox.record(session, OrganizationFounded(organization.id), by=by.id)
    add_member(session, organization.id, by.id, role=MemberRole.OWNER, by=by.id, now=now)
    return organization


def edit_organization(
    session: Session, organization: Organization, form: OrganizationForm, *, version: int, by: Viewer
) -> None:
    """`version` is the one the editor saw; a newer one is refused. What is stored already is not saved again, so a
    repeated click is harmless.
    """
    if not rules.may_edit(by, organization.id):
        raise NotAllowed
    # Of two editors at once the second waits and sees what the first one saved.
    session.refresh(organization, with_for_update={"key_share": True})
    wanted = form.model_dump()
    if all(getattr(organization, name) == value for name, value in wanted.items()):
        return
    if organization.version != version:
        raise ChangedMeanwhile
    for name, value in wanted.items():
        setattr(organization, name, value)
    outbox.record(session, OrganizationChanged(organization.id), by=by.id)


def add_member_by_address(
    session: Session, organization: Organization, form: MemberForm, *, by: Viewer, now: datetime
) -> None:
    """Adds somebody who has a confirmed account. An owner learns here whether an address has one, nobody else."""
    if not rules.may_edit(by, organization.id):
        raise NotAllowed
    user = find_user(session, form.email)
    if user is None or user.confirmed_at is None:
        raise Faulty({"email": Fault(NO_ACCOUNT)})
    add_member(session, organization.id, user.id, role=MemberRole(form.role), by=by.id, now=now)


def add_member(
    session: Session, organization_id: UUID, user_id: UUID, *, role: MemberRole, by: UUID | None, now: datetime
) -> None:
    """Adding somebody who is in already changes nothing."""
    queries.lock_organization(session, organization_id)
    if session.get(Membership, (user_id, organization_id)) is not None:
        return
    session.add(Membership(user_id=user_id, organization_id=organization_id, role=role, joined_at=now))
    outbox.record(session, MemberJoined(organization_id, user_id, role.value), by=by)


def remove_member(session: Session, organization: Organization, user: User, *, by: Viewer) -> None:
    """An owner removes others; everybody may leave. Removing somebody who has left is harmless."""
    if not (rules.may_edit(by, organization.id) or by.id == user.id):
        raise NotAllowed
    queries.lock_organization(session, organization.id)
    membership = session.get(Membership, (user.id, organization.id))
    if membership is None:
        return
    if membership.role is MemberRole.OWNER and queries.count_owners(session, organization.id) == 1:
        raise LastOwner
    session.delete(membership)
    outbox.record(session, MemberLeft(organization.id, user.id), by=by.id)


def _choose_slug(session: Session, form: OrganizationForm) -> str:
    base = slugify(form.name_en or form.name, fallback=form.country.lower())
    taken = set(session.scalars(select(Organization.slug).where(Organization.slug.startswith(base, autoescape=True))))
    slug = base
    while slug in taken or slug in (form.country.lower(), *TAKEN_SLUGS):
        slug = f"{base}-{new_reference_code().lower()}"
    return slug
