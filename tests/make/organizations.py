from sqlalchemy.orm import Session

from market.accounts.models import User
from market.kernel.clock import utc_now
from market.kernel.viewer import Viewer
from market.organizations.forms import OrganizationForm
from market.organizations.models import Organization
from market.organizations.queries import snapshot_viewer
from market.organizations.service import found_organization, grant_representation
from tests.make.accounts import make_user


def make_viewer(db: Session, user: User) -> Viewer:
    """The snapshot that a request would make."""
    return snapshot_viewer(db, user, session_id=user.id)


def make_organization(
    db: Session, *, by: User | None = None, name: str = "Liujiang Works", country: str = "CN", language: str = "en",
    kind: str = "firm",
) -> Organization:  # fmt: skip
    owner = by or make_user(db)
    form = OrganizationForm.model_validate({"name": name, "kind": kind, "country": country, "language": language})
    organization = found_organization(db, form, by=make_viewer(db, owner), now=utc_now())
    db.commit()
    return organization


def make_centre(db: Session, *, by: User | None = None, name: str = "Xijiang Transfer Centre") -> Organization:
    return make_organization(db, by=by, name=name, kind="transfer_centre")


def let_act(db: Session, centre: Organization, *, client: Organization, by: User) -> None:
    """As `by`, an owner of the client, does it on its page."""
    grant_representation(db, client, centre.slug, by=make_viewer(db, by), now=utc_now())
    db.commit()
