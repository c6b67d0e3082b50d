"""The link in each alert mail that stops them: it works without signing in, for one person, and for nothing else.

It is signed and stored nowhere, so every mail carries the same; with a new secret key the old ones end.
"""

import hashlib
import hmac
from uuid import UUID

from market.kernel.config import Settings

_LENGTH = 32
"""Hexadecimal digits of an id, and as many of the signature: an address in a mail is best short."""


def make_stop_token(settings: Settings, user_id: UUID) -> str:
    return user_id.hex + _sign(settings, user_id)


def read_stop_token(settings: Settings, token: str) -> UUID | None:
    """Whose it is; None for what we did not sign."""
    try:
        user_id = UUID(hex=token[:_LENGTH])
    except ValueError:
        return None
    expected = make_stop_token(settings, user_id)
    return user_id if hmac.compare_digest(expected.encode(), token.encode("utf-8", "replace")) else None


def _sign(settings: Settings, user_id: UUID) -> str:
    key = settings.secret_key.get_secret_value().encode()
    return hmac.new(key, b"stop-alerts:" + user_id.bytes, hashlib.sha256).hexdigest()[:_LENGTH]
