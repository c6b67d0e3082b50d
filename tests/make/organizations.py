from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.kernel.clock import utc_now
from market.kernel.viewer import Viewer
from market.organizations.forms import OrganizationForm
from market.organizations.models import Membership, Organization
from market.organizations.service import found_organization
from tests.make.accounts import make_user


def make_viewer(db: Session, user: User) -> Viewer:
    """The snapshot that a request would make."""
    memberships = db.execute(select(Membership.organization_id, Membership.role).where(Membership.user_id == user.id))
    return Viewer(
        id=user.id, session_id=user.id, name=user.name, email=user.email, language=user.language,
        is_confirmed=user.confirmed_at is not None, is_staff=user.is_staff, is_organizer=user.is_organizer,
        memberships=dict(memberships.all()),
    )  # fmt: skip


def make_organization(
    db: Session, *, by: User | None = None, name: str = "Liujiang Works", country: str = "CN", language: str = "en"
) -> Organization:
    owner = by or make_user(db)
    form = OrganizationForm.model_validate({"name": name, "kind": "firm", "country": country, "language": language})
    organization = found_organization(db, form, by=make_viewer(db, owner), now=utc_now())
    db.commit()
    return organization
