"""The secret part of the address at which a calendar follows somebody's schedule.

An API token is shown once, because its owner copies it once. This address is copied again, to the telephone, to the
next computer: so it must be shown again, and can be no hash. It is a random handle, which is stored, and its signature
by the key of the deployment, which is not in the database: who reads a backup has no address.
"""

import hashlib
import hmac
import secrets
from typing import Final

from market.kernel.config import Settings

HANDLE_LENGTH: Final = 22
_HANDLE_BYTES: Final = 16
_SIGNATURE_LENGTH: Final = 32


def new_handle() -> str:
    return secrets.token_urlsafe(_HANDLE_BYTES)


def make_feed_token(settings: Settings, handle: str) -> str:
    return handle + _sign(settings, handle)


def read_feed_token(settings: Settings, token: str) -> str | None:
    """Its handle; None for what we did not sign."""
    handle = token[:HANDLE_LENGTH]
    expected = make_feed_token(settings, handle)
    return (
        handle if hmac.compare_digest(expected.encode("utf-8", "replace"), token.encode("utf-8", "replace")) else None
    )


def _sign(settings: Settings, handle: str) -> str:
    key = settings.secret_key.get_secret_value().encode()
    signed = b"schedule-feed:" + handle.encode("utf-8", "replace")
    return hmac.new(key, signed, hashlib.sha256).hexdigest()[:_SIGNATURE_LENGTH]
