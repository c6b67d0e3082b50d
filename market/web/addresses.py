"""Addresses that come from outside."""

import re
from urllib.parse import urlsplit

from locales import LANGUAGES
from market.kernel.errors import NotFound

LONGEST = 2_000
_UNSAFE = re.compile(r"[\x00-\x20\\\x7f]")
"""Blanks, control characters and backslashes: browsers take some of them for a slash or drop them."""


def safe_next(address: str, *, fallback: str) -> str:
    """Where to go after sign-in: a path of ours, never another site, however it is spelt."""
    if not address.startswith("/") or address.startswith("//") or _UNSAFE.search(address) or len(address) > LONGEST:
        return fallback
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or parts.path.split("/", 2)[1] not in LANGUAGES:
        return fallback
    return address


def known_language(code: str) -> str:
    if code not in LANGUAGES:
        raise NotFound
    return code
