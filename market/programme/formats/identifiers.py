"""Numbers and guids as files write them."""

import re
from typing import Final
from uuid import UUID

from market.programme.formats.limits import LARGEST_NUMBER

_GUID: Final = re.compile(
    r"(?:urn:uuid:)?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})", re.IGNORECASE
)
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,20}")


def read_guid(text: str) -> UUID | None:
    match = _GUID.fullmatch(text.strip())
    return UUID(match[1]) if match else None


def read_number(text: str, *, least: int) -> int | None:
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return None
    number = int(text)
    return number if least <= number <= LARGEST_NUMBER else None
