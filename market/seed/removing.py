"""Taking the demo data out again: an installation that was tried out can then go into production."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.events.models import Event, TeamMember
from market.kernel import outbox
from market.listings.facts import ListingRemoved
from market.listings.models import Listing
from market.organizations.models import Membership, Organization, Representation
from market.programme.models import ProgrammeSession


def remove_demo(session: Session) -> int:
    """Delete the demo accounts, the organizations that only they act for, and those organizations' listings.

    An organization that a real person has joined stays, with its listings. Answers how many accounts there were.
    """
    demo = select(User.id).where(User.is_demo)
    kept = select(Membership.organization_id).where(Membership.user_id.not_in(demo))
    theirs = select(Membership.organization_id).where(
        Membership.user_id.in_(demo), Membership.organization_id.not_in(kept)
    )
    organizations = list(session.scalars(theirs))
    # A client that nobody owns goes with the centre that founded it.
    organizations += session.scalars(
        select(Representation.client_id).where(
            Representation.centre_id.in_(organizations),
            Representation.client_id.not_in(select(Membership.organization_id)),
        )
    ).all()
    listings = select(Listing.id, Listing.reference, Listing.index_version).where(
        Listing.organization_id.in_(organizations)
    )
    for listing_id, reference, index_version in session.execute(listings):
        outbox.record(session, ListingRemoved(listing_id, reference, index_version + 1), by=None)
    session.execute(delete(Listing).where(Listing.organization_id.in_(organizations)))
    session.execute(delete(Organization).where(Organization.id.in_(organizations)))
    real = select(TeamMember.event_id).where(TeamMember.user_id.not_in(demo))
    of_demo = select(TeamMember.event_id).where(TeamMember.user_id.in_(demo), TeamMember.event_id.not_in(real))
    session.execute(delete(ProgrammeSession).where(ProgrammeSession.event_id.in_(of_demo)))  # before its room
    session.execute(delete(Event).where(Event.id.in_(of_demo)))
    accounts = len(session.scalars(demo).all())
    session.execute(delete(User).where(User.is_demo))
    return accounts
