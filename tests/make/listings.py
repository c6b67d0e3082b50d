from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.kernel.clock import utc_now
from market.listings import rules
from market.listings.enums import ListingKind, ListingState
from market.listings.forms import ListingForm, TextForm
from market.listings.models import Listing
from market.listings.service import (
    draft_listing,
    expire_listings,
    publish_listing,
    save_translation,
    withdraw_listing,
)
from market.organizations.models import Membership, Organization
from tests.make.accounts import make_user
from tests.make.organizations import make_organization, make_viewer

STRUCTURE = {
    "stage": "lab_tested",
    "trl": 4,
    "ipr_status": "patent_applied",
    "partnership_types": ["licence"],
    "fields": [29],
    "industries": ["machinery"],
    "sdgs": ["9"],
    "target_countries": ["VN"],
}


def make_words(title: str = "Drying kiln for cassava") -> dict[str, str]:
    return {
        "title": title,
        "summary": f"{title}: a short summary.",
        "description": f"{title}: a description that says a little more.",
        "advantages": "Uses half the fuel.",
    }


def make_fields(*, language: str = "en", **changes: Any) -> dict[str, Any]:
    """What a browser sends for a listing that can be published."""
    fields = {**make_words(), **STRUCTURE, "language": language, **changes}
    return {name: [str(v) for v in value] if isinstance(value, list) else str(value) for name, value in fields.items()}


def make_form(title: str, *, language: str = "en", **changes: Any) -> ListingForm:
    return ListingForm.model_validate({**STRUCTURE, **make_words(title), "language": language, **changes})


def make_draft(
    db: Session, *, by: User | None = None, kind: str = "offer", texts: Mapping[str, str] | None = None,
    organization: Organization | None = None, now: datetime | None = None, **changes: Any,
) -> Listing:  # fmt: skip
    """`texts`: language → title; the first one is the author's own, the others translations."""
    author = by or make_user(db)
    titles = dict(texts or {"en": "Drying kiln for cassava"})
    language, title = next(iter(titles.items()))
    body = organization or _organization_of(db, author)
    viewer = make_viewer(db, author)
    moment = now or utc_now()
    form = make_form(title, **{"language": language, **changes})
    listing = draft_listing(
        db, form, listing_id=uuid4(), kind=ListingKind(kind), organization=body, by=viewer, now=moment
    )
    db.flush()  # translations count on from the first version
    for other in list(titles)[1:]:
        words = TextForm.model_validate(make_words(titles[other]))
        save_translation(db, listing, words, language=other, version=listing.version, by=viewer, now=moment)
        db.flush()
    db.commit()
    return listing


def make_listing(db: Session, *, by: User | None = None, now: datetime | None = None, **changes: Any) -> Listing:
    """A published one."""
    author = by or make_user(db)
    listing = make_draft(db, by=author, now=now, **changes)
    publish_listing(db, listing, by=make_viewer(db, author), now=now or utc_now())
    db.commit()
    return listing


def make_in_state(db: Session, state: ListingState, *, by: User, **changes: Any) -> Listing:
    """One that has come into its state as listings do; `ARRIVING` is set as an import does it."""
    if state is ListingState.DRAFT:
        return make_draft(db, by=by, **changes)
    if state is ListingState.EXPIRED:
        changes["now"] = utc_now() - rules.LONGEST_LIFE - timedelta(days=2)
    listing = make_listing(db, by=by, **changes)
    if state is ListingState.WITHDRAWN:
        withdraw_listing(db, listing, by=make_viewer(db, by), now=utc_now())
    if state is ListingState.EXPIRED:
        expire_listings(db, today=utc_now().date(), now=utc_now())
    if state is ListingState.ARRIVING:
        listing.state = state
    db.commit()
    return listing


def _organization_of(db: Session, user: User) -> Organization:
    found = select(Organization).join(Membership, Membership.organization_id == Organization.id)
    return db.scalar(found.where(Membership.user_id == user.id)) or make_organization(db, by=user)
