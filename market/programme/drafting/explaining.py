"""Why a session has no place, found in what is taken when all others stand where they are."""

from market.programme.drafting.occupancy import Occupancy
from market.programme.drafting.problem import Reason, SessionToPlace, Unplaced


def explain(occupancy: Occupancy, session: SessionToPlace) -> Unplaced:
    """`occupancy`: with all that was placed. What is told leaves no start, whatever else might be changed."""
    left = occupancy.starts_by_rooms(session)
    if not occupancy.problem.list_fitting(session):
        reason = Reason.NO_ROOM
    elif not occupancy.find_starts(session):
        reason = Reason.OUTSIDE
    elif not left:
        reason = Reason.NO_TIME
    elif not left & occupancy.starts_by_persons(session):
        return Unplaced(Reason.PERSONS, _name_bound(occupancy, session, left))
    elif not left & occupancy.starts_by_track(session):
        reason = Reason.TRACK
    elif not left & occupancy.starts_by_interpreters(session):
        reason = Reason.INTERPRETERS
    else:
        reason = Reason.SEVERAL
    return Unplaced(reason)


def _name_bound(occupancy: Occupancy, session: SessionToPlace, left: int) -> tuple[str, ...]:
    """Those who are bound at one of the starts at least."""
    bound = [one for one in session.persons if left & ~occupancy.starts_by_persons(session, [one])]
    persons = occupancy.problem.persons
    return tuple(sorted(persons[one].name for one in bound if one in persons))
