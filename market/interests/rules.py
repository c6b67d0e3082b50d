"""Pure questions about what somebody keeps, and when to write."""

from datetime import datetime, timedelta

from market.interests.enums import Often

MOST_SEARCHES = 50
MOST_BOOKMARKS = 1_000
MOST_FOLLOWED = 500
LONGEST_NAME = 120
LONGEST_NOTE = 2_000

NEWS = timedelta(days=14)
"""What was published longer ago is no news, whatever is changed in it."""

GATHERED = timedelta(minutes=2)
"""How long what is told at once waits for more of it."""

BETWEEN_MAILS = timedelta(minutes=15)
"""At least so long lies between two digests to one person: after an import there would be one every few minutes."""

WEEK = 7
DAYBREAK_HOUR = 0
"""UTC: eight in Beijing, Singapore and Manila, seven in Bangkok, Jakarta and Hanoi. Weekly digests come on Mondays."""


def find_due(often: Often, *, now: datetime) -> datetime | None:
    """When what is found now is to be told; None for never."""
    if often is Often.NEVER:
        return None
    if often is Often.AT_ONCE:
        return now + GATHERED
    morning = now.replace(hour=DAYBREAK_HOUR, minute=0, second=0, microsecond=0) + timedelta(days=1)
    if often is Often.WEEKLY:
        morning += timedelta(days=-morning.weekday() % WEEK)
    return morning
