"""Refusals as problem details (RFC 9457), in the reader's language."""

import re
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from locales import DEFAULT_LANGUAGE, negotiate_language, resolve_language
from market.kernel.errors import N_, Faulty, Refusal, SignInRequired, TooMany
from market.kernel.idempotency import StillUnderWay
from market.web.rendering import Reader
from market.web.resources import resources_of

PREFIX = "/api/"
DOCS = "/api/docs"
PROBLEM_TYPE = "application/problem+json"
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


class TokenNeeded(SignInRequired):
    message = N_("This needs an API token. You make one in your account.")
    challenge = "Bearer"


class TokenUnknown(SignInRequired):
    message = N_("This API token is unknown, has ended or is no longer valid.")
    challenge = 'Bearer error="invalid_token"'


class ScopeMissing(Refusal):
    status = 403
    message = N_("This API token has not the scope %(scope)s.")

    @property
    def challenge(self) -> str:
        return f'Bearer error="insufficient_scope", scope="{self.values["scope"]}"'


class NotJson(Refusal):
    status = 415
    message = N_("Please send JSON, with the content type application/json.")


class UnreadableJson(Refusal):
    message = N_("The body is no JSON object.")


class KeyUnreadable(Refusal):
    message = N_("An Idempotency-Key has 1 to 100 printable ASCII characters.")


class MatchNeeded(Refusal):
    status = 428
    message = N_("Please send If-Match with the ETag that you have read, so that nobody's change is lost.")


class ChangedSinceRead(Refusal):
    """`etag` is the present one."""

    status = 412
    message = N_("This has changed since you read it. Please read it again and repeat your change.")

    def __init__(self, etag: str) -> None:
        super().__init__()
        self.etag = etag


class CameInBetween(Refusal):
    status = 409
    message = N_("Somebody else's change came in between. Please send this again.")


def is_api(request: Request) -> bool:
    return bool(request.scope["path"].startswith(PREFIX))


def api_language(request: Request) -> str:
    """What `language` asks for, else what the header prefers. One that we have not is refused by who reads the
    parameters, and the refusal is in what the header prefers."""
    asked = resolve_language(request.query_params.get("language", ""))
    return asked or negotiate_language(request.headers.get("accept-language", DEFAULT_LANGUAGE))


def make_problem(request: Request, refusal: Refusal) -> Response:
    reader = resources_of(request).renderer.reader(api_language(request))
    described = describe_problem(reader, refusal)
    response = Response(
        orjson.dumps(described), status_code=refusal.status, media_type=PROBLEM_TYPE, headers=share(reader.code)
    )
    response.headers["Cache-Control"] = "no-store"
    if isinstance(refusal, TooMany | StillUnderWay | CameInBetween):
        response.headers["Retry-After"] = str(refusal.values["seconds"])
    if isinstance(refusal, ChangedSinceRead):
        response.headers["ETag"] = refusal.etag
    if challenge := getattr(refusal, "challenge", None):
        response.headers["WWW-Authenticate"] = challenge
    return response


def describe_problem(reader: Reader, refusal: Refusal) -> dict[str, Any]:
    sentence = reader.gettext(refusal.message) % refusal.values
    described: dict[str, Any] = {
        "type": f"{DOCS}#{name_problem(type(refusal))}",
        "title": sentence,
        "status": refusal.status,
        "detail": sentence,
    }
    if isinstance(refusal, Faulty):
        described["faults"] = {name: reader.say(fault) for name, fault in refusal.faults.items()}
        described["detail"] = " ".join((sentence, *(f"{name}: {text}" for name, text in described["faults"].items())))
    return described


def name_problem(kind: type[Refusal]) -> str:
    """`ScopeMissing` → `scope-missing`: part of what programs may rely on."""
    return _HUMP.sub("-", kind.__name__).lower()


def share(language: str) -> dict[str, str]:
    """Any page may read what anybody may read. Nothing is sent along by browsers on their own, so nothing is given
    away: a cookie means nothing here, and a token is sent by who has it."""
    return {
        "Content-Language": language,
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "ETag, Retry-After",
        "Vary": "Authorization, Accept-Language",
    }
