"""Identifiers that people see. Never a counter: one cannot guess the next."""

import hashlib
import secrets
import zlib
from uuid import UUID

from market.kernel.clock import utc_now

REFERENCE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No 0 O 1 I L U: a reference is read aloud and copied by hand."""

REFERENCE_LENGTH = 6


def new_reference_code() -> str:
    """30⁶ ≈ 7.3 × 10⁸ codes; the unique constraint is the last guard."""
    return "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(REFERENCE_LENGTH))


def new_token() -> str:
    """256 bits for addresses in mails and for cookies; only its hash is stored."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """Tokens have 256 random bits: a plain hash at rest is enough, and it can be looked up."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def new_ordered_id() -> UUID:
    """A UUID of version 7 (RFC 9562): later ones are greater, so that many rows go into an index side by side."""
    milliseconds = int(utc_now().timestamp() * 1000)
    number = milliseconds << 80 | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62)
    return UUID(int=number)


API_TOKEN_PREFIX = "mkt_"  # noqa: S105 - how tokens begin, so that programs that look for lost secrets know them
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECKSUM_LENGTH = 6


def new_api_token() -> str:
    """A token that a person copies into a program: 256 bits, and a checksum that tells a slip of the hand."""
    token = API_TOKEN_PREFIX + secrets.token_urlsafe(32)
    return token + _sum_up(token)


def is_api_token(text: str) -> bool:
    """Whether it can be one of ours at all; nothing else needs to be looked up."""
    rest, checksum = text[:-_CHECKSUM_LENGTH], text[-_CHECKSUM_LENGTH:]
    return text.startswith(API_TOKEN_PREFIX) and text.isascii() and len(text) < 100 and _sum_up(rest) == checksum  # noqa: PLR2004 - ours have 53


def _sum_up(text: str) -> str:
    number, digits = zlib.crc32(text.encode()), ""
    for _place in range(_CHECKSUM_LENGTH):
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits
