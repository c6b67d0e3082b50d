"""Passwords: argon2id. Byte-exact: no trimming, no normalisation, so any script works as typed."""

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

_hasher = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1),))
"""OWASP's figures for argon2id (2026): 19 MiB, two rounds, one lane."""

_NOBODY = _hasher.hash("nobody has this password")


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def verify_password(password: str, password_hash: str | None) -> bool:
    """As slow for an account that does not exist (`None`), so that time tells nothing."""
    right = _hasher.verify(password, password_hash or _NOBODY)
    return right and password_hash is not None
