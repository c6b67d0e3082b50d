"""What a door answers: JSON with its tag, and 304 to who has it already."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.datastructures import Headers
from starlette.responses import Response

from market.web.apikit.problems import share

OPTIONS = orjson.OPT_UTC_Z
FORM = 1
"""Counts up when what an answer is made of changes, so that nobody goes on with an old form of it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`etag` is strong: the same tag means the same bytes."""

    content: Any
    status: int = 200
    etag: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def make_etag(*versions: int, language: str) -> str:
    """The first version is that of the thing itself; `If-Match` goes by it."""
    return f'"{".".join(map(str, (*versions, FORM)))}-{language}"'


def hash_etag(content: Any) -> str:
    return f'"{hashlib.blake2b(orjson.dumps(content, option=OPTIONS), digest_size=12).hexdigest()}"'


def matches_version(if_match: str, version: int) -> bool:
    """Whether one of the tags sent is of this version, in whatever language it was read. A weak tag never is."""
    if if_match == "*":
        return True
    tags = (tag.strip() for tag in if_match.split(","))
    return any(tag.startswith('"') and tag.endswith('"') and tag[1:].partition(".")[0] == str(version) for tag in tags)


def make_response(answer: Answer, *, language: str, headers: Headers, is_private: bool, is_safe: bool) -> Response:
    """To be kept, but asked again each time: what it says may be withdrawn at any moment."""
    said = share(language) | dict(answer.headers)
    if is_safe:
        said["Cache-Control"] = "private, no-cache" if is_private else "no-cache"
    else:
        said["Cache-Control"] = "no-store"
    if answer.etag:
        said["ETag"] = answer.etag
        if is_safe and _has_already(headers.get("if-none-match", ""), answer.etag):
            return Response(status_code=304, headers=said)
    return Response(
        orjson.dumps(answer.content, option=OPTIONS), status_code=answer.status, media_type="application/json",
        headers=said,
    )  # fmt: skip


def _has_already(if_none_match: str, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in tags or "*" in tags
