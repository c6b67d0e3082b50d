"""Answers that a program asks for again and again: sent only when they have changed (RFC 9110 §13)."""

import hashlib
from datetime import UTC, datetime
from email.utils import format_datetime

from starlette.requests import Request
from starlette.responses import Response


def answer_if_changed(
    request: Request, content: bytes, *, media_type: str, changed_at: datetime, seconds: int, version: str = ""
) -> Response:
    """200, or 304 for who has it already. The tag is of the content, so whatever changes it is seen; or of a `version`
    that grows with every change, where the content is long.
    """
    tag = f'"{hashlib.blake2b(version.encode() or content, digest_size=16).hexdigest()}"'
    day = format_datetime(changed_at.astimezone(UTC), usegmt=True)
    headers = {"ETag": tag, "Last-Modified": day, "Cache-Control": f"public, max-age={seconds}"}
    if _has_it_already(request, tag, day):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


def _has_it_already(request: Request, tag: str, day: str) -> bool:
    asked = request.headers.get("if-none-match")
    if asked is not None:  # then the day does not count
        return any(part.strip().removeprefix("W/") in (tag, "*") for part in asked.split(","))
    # The same day, not a later one: when the newest of a list is taken out, what is left was changed earlier.
    return request.headers.get("if-modified-since") == day
