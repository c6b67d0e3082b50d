"""The one place that reads the clock. Services take `now` as an argument."""

from datetime import UTC, datetime


def read_instant(text: str) -> datetime:
    """What `isoformat` wrote, in UTC. Raises `ValueError` or `OverflowError` for anything else, and without a zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return moment.astimezone(UTC)


def utc_now() -> datetime:
    return datetime.now(UTC)
