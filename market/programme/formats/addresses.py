"""Addresses of the web in files: made whole, written in the signs that an address may have, and of no kind that does
harm when somebody follows it.
"""

import re
from typing import Final
from urllib.parse import quote, urljoin

from market.kernel.text import clean_line

_SAFE_SIGNS: Final = "!$%&'()*+,/:;=?@[]~"
"""All that RFC 3986 has beside letters and figures; `%` too, for what is written so already."""
_BARE_PERCENT: Final = re.compile("%(?![0-9A-Fa-f]{2})")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_WEB: Final = frozenset({"http", "https"})
_FOLLOWED: Final = _WEB | {"ftp", "mailto", "tel", "matrix", "xmpp", "irc", "ircs"}


def make_address(text: str, *, base: str) -> str | None:
    """Of a link. One that begins in the middle goes on from `base`, and is nothing where there is none. None for one
    that must not be followed.
    """
    return _make(text, base, _FOLLOWED)


def make_web_address(text: str, *, base: str) -> str | None:
    """Of a page or a picture."""
    return _make(text, base, _WEB)


def is_web_address(text: str) -> bool:
    return text.startswith(("http://", "https://"))


def quote_address(address: str) -> str:
    """As files have it, in ASCII. What is quoted already stays."""
    page, hash_sign, fragment = _BARE_PERCENT.sub("%25", address).partition("#")
    return (
        quote(page, safe=_SAFE_SIGNS, errors="replace")
        + hash_sign
        + quote(fragment, safe=_SAFE_SIGNS, errors="replace")
    )


def _make(text: str, base: str, schemes: frozenset[str]) -> str | None:
    address = clean_line(text)
    scheme = _SCHEME.match(address)
    if scheme is not None:
        if scheme[1].lower() not in schemes:
            return None
        return quote_address(scheme[1].lower() + address[scheme.end(1) :])
    try:
        return quote_address(urljoin(base, address)) if base and address else ""
    except ValueError:  # an address of the sixth version of the protocol with a bracket missing
        return ""
