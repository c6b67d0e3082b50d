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
from market.organizations.facts import (
    MemberJoined,
    MemberLeft,
    OrganizationChanged,
    OrganizationFounded,
    RepresentationEnded,
    RepresentationGranted,
)
from market.organizations.forms import MemberForm, OrganizationForm
from market.organizations.models import Membership, Organization, Representation

TAKEN_SLUGS = ("new",)
"""Addresses that pages of ours have."""

NO_ACCOUNT = N_("There is no confirmed account with this address. Please ask the person to register first.")


NO_CENTRE = N_("There is no technology transfer centre at this address.")
STILL_REPRESENTS = N_("A centre that acts for clients stays a technology transfer centre. Please end that first.")


class ConfirmFirst(Refusal):
    status = 403
    message = N_("Please confirm your mail address first: the link is in the mail we sent you.")


class LastOwner(Refusal):
    status = 409
    message = N_("An organization needs at least one owner.")


class NobodyLeft(Refusal):
    status = 409
    message = N_("This organization has no owner of its own yet. Please add one before you end this.")


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
    organization = _found(session, form, by=by, now=now)
    add_member(session, organization.id, by.id, role=MemberRole.OWNER, by=by.id, now=now)
    return organization


def found_client(
    session: Session, centre: Organization, form: OrganizationForm, *, by: Viewer, now: datetime
) -> Organization:
    """An organization that the centre acts for from the start. Nobody owns it until the centre's owner adds one; the
    founder does not. The same form again answers the one already founded.
    """
    if not by.is_confirmed:
        raise ConfirmFirst
    if not rules.may_add_clients(by, centre.id, centre.kind):
        raise NotAllowed
    queries.lock_organization(session, centre.id)
    if existing := queries.find_client(session, centre.id, form.model_dump()):
        return existing
    client = _found(session, form, by=by, now=now)
    _represent(session, client=client, centre=centre, side="centre", by=by, now=now)
    return client


def grant_representation(
    session: Session, client: Organization, centre_slug: str, *, by: Viewer, now: datetime
) -> None:
    """Lets a centre act for an organization. Granting twice changes nothing."""
    if not rules.may_grant(by, client.id):
        raise NotAllowed
    centre = queries.find_centre(session, centre_slug)
    if centre is None or centre.id == client.id:
        raise Faulty({"centre": Fault(NO_CENTRE)})
    queries.lock_organization(session, client.id)
    if session.get(Representation, (centre.id, client.id)) is None:
        _represent(session, client=client, centre=centre, side="client", by=by, now=now)


def end_representation(session: Session, client: Organization, centre: Organization, *, by: Viewer) -> None:
    """The centre's rights end at once; what it wrote stays with the client. Ending it twice changes nothing."""
    side = rules.find_side(by, client_id=client.id, centre_id=centre.id)
    if side is None:
        raise NotAllowed
    queries.lock_organization(session, client.id)
    representation = session.get(Representation, (centre.id, client.id))
    if representation is None:
        return
    if queries.count_owners(session, client.id) == 0:
        raise NobodyLeft
    session.delete(representation)
    outbox.record(session, RepresentationEnded(client.id, centre.id, side), by=by.id)


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
    if not rules.may_represent(form.kind) and queries.has_clients(session, organization.id):
        raise Faulty({"kind": Fault(STILL_REPRESENTS)})
    for name, value in wanted.items():
        setattr(organization, name, value)
    outbox.record(session, OrganizationChanged(organization.id), by=by.id)


def add_member_by_address(
    session: Session, organization: Organization, form: MemberForm, *, by: Viewer, now: datetime
) -> None:
    """Adds somebody who has a confirmed account. An owner learns here whether an address has one, nobody else."""
    if not rules.may_change_members(by, organization.id):
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
    if not (rules.may_change_members(by, organization.id) or by.id == user.id):
        raise NotAllowed
    queries.lock_organization(session, organization.id)
    membership = session.get(Membership, (user.id, organization.id))
    if membership is None:
        return
    if membership.role is MemberRole.OWNER and queries.count_owners(session, organization.id) == 1:
        raise LastOwner
    session.delete(membership)
    outbox.record(session, MemberLeft(organization.id, user.id), by=by.id)


def _found(session: Session, form: OrganizationForm, *, by: Viewer, now: datetime) -> Organization:
    organization = Organization(**form.model_dump(), slug=_choose_slug(session, form), created_at=now)
    session.add(organization)
    session.flush()  # memberships and facts need its id
    outbox.record(session, OrganizationFounded(organization.id), by=by.id)
    return organization


def _represent(
    session: Session, *, client: Organization, centre: Organization, side: str, by: Viewer, now: datetime
) -> None:
    session.add(Representation(centre_id=centre.id, client_id=client.id, granted_by_id=by.id, granted_at=now))
    outbox.record(session, RepresentationGranted(client.id, centre.id, side), by=by.id)


def _choose_slug(session: Session, form: OrganizationForm) -> str:
    base = slugify(form.name_en or form.name, fallback=form.country.lower())
    taken = set(session.scalars(select(Organization.slug).where(Organization.slug.startswith(base, autoescape=True))))
    slug = base
    while slug in taken or slug in (form.country.lower(), *TAKEN_SLUGS):
        slug = f"{base}-{new_reference_code().lower()}"
    return slug
