"""Identifiers that people see. Never a counter: one cannot guess the next."""

import hashlib
import secrets

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
