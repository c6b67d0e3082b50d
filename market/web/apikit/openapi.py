"""The description of the API (OpenAPI 3.1), made from the doors. Nothing is checked against it at run time; the tests
hold answers and description together.
"""

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from locales import LANGUAGES
from market.web.apikit.doors import Door
from market.web.apikit.problems import PROBLEM_TYPE

VERSION = "1"
INTRODUCTION = """\
Listings, organizations and value lists of the market, as JSON.

**Who asks.** Reading what is public needs no token. A token is made in the account (`account/tokens`), belongs to a
person and is sent as `Authorization: Bearer TOKEN`. Rights are the person's, narrowed by the token's scopes; without
the scope `listings:read` a token sees what everybody sees. Cookies mean nothing here. Any web page may read what is
public.

**Language.** `language`, else `Accept-Language`, is the reader's: words, names and refusals come in it.

**Refusals** are problem details (RFC 9457): `type` names the kind, `title` and `detail` are sentences for people,
`faults` has one for each field or parameter. A parameter or field that does not exist is refused.

**Changes.** `PATCH` and `PUT` ask for `If-Match` with the `ETag` that was read. An `Idempotency-Key` (any text of up to
100 characters, one for each change you mean) makes it safe to send a change again when no answer came: the first answer
is kept for a day and given again with `Idempotent-Replayed: true`. While the first one is under way the answer is 409;
the same key with another request is 422; a refusal frees its key.

**How often.** 300 calls a minute from one address without a token, 600 with one; 120 searches with words, 120 changes.
Beyond that the answer is 429 and `Retry-After` tells the seconds."""

NULLABLE = frozenset(
    ("stage", "trl", "ipr_status", "price", "published_at", "expires_at", "external_id", "contact_email", "next",
     "amount", "currency", "basis", "opens_on", "closes_on", "capacity", "left")
)  # fmt: skip
OPTIONAL = frozenset(("external_id", "contact_email", "by", "synced_until"))
ENUMS: dict[str, list[str]] = {
    "kind": ["offer", "demand"],
    "state": ["draft", "published", "withdrawn", "expired"],
    "by": ["words", "meaning"],
}
MATCHED = frozenset(("PATCH", "PUT"))
"""Verbs that write over what was read, so that they ask which version that was."""

_PART = re.compile(r"{(\w+)}")
PARTS = {
    "reference": "What the listing is called, like `TO-CN-7F3K9Q`.",
    "slug": "The last part of the organization's address.",
    "name": "Name of a value list.",
    "code": "The language of the words, like `vi`: a code of the value list `languages`, and not the author's own.",
}
PROBLEM_EXAMPLE = {
    "type": "/api/docs#faulty",
    "title": "Please look at the marked fields.",
    "status": 422,
    "detail": "Please look at the marked fields. title: Please fill in this field.",
    "faults": {"title": "Please fill in this field."},
}


def describe_api(doors: Sequence[Door], *, base_url: str) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    schemas: dict[str, Any] = {"Problem": _describe_problem()}
    for door in doors:
        paths.setdefault(door.path, {})[door.verb.lower()] = _describe_door(door)
        schemas[door.gives] = _describe_answer(door)
        if door.takes:
            schemas[door.takes] = infer_schema(door.sent, required=("kind", "language", "title"), open_fields=True)
            if door.takes == "NewListing":
                schemas[door.takes]["properties"]["publish"] = {"type": "boolean"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "China–ASEAN Technology Market", "version": VERSION, "description": INTRODUCTION,
                 "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "servers": [{"url": base_url.rstrip("/")}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }  # fmt: skip


def infer_schema(example: Any, *, name: str = "", required: Sequence[str] = (), open_fields: bool = False) -> Any:
    """The schema that an example is of; which names may be null or left out stands in tables above."""
    if isinstance(example, dict):
        properties = {key: infer_schema(value, name=key, open_fields=open_fields) for key, value in example.items()}
        schema: dict[str, Any] = {"type": "object", "properties": properties}
        needed = [key for key in properties if key in required or not (open_fields or key in OPTIONAL)]
        if needed:
            schema["required"] = needed
    elif isinstance(example, list):
        schema = {"type": "array", "items": infer_schema(example[0], open_fields=open_fields) if example else {}}
    else:
        schema = {"type": _name_type(example)}
    if name in ENUMS and isinstance(example, str) and example in ENUMS[name]:
        schema["enum"] = ENUMS[name]
    if name in NULLABLE:
        schema["type"] = [_name_type(example) if schema["type"] == "null" else schema["type"], "null"]
    return schema


def _name_type(example: Any) -> str:
    if example is None or isinstance(example, str):
        return "string"
    if isinstance(example, bool):
        return "boolean"
    if isinstance(example, float):
        return "number"
    return "integer" if isinstance(example, int) else "object"


def _describe_answer(door: Door) -> Any:
    schema = infer_schema(door.example)
    if door.gives == "ListingList":
        row = schema["properties"]["items"]["items"]
        row["properties"]["by"] = {"type": "string", "enum": ENUMS["by"]}
        gone = infer_schema({name: door.example["items"][0][name] for name in ("reference", "state", "changed_at")})
        schema["properties"]["items"]["items"] = {"anyOf": [row, gone]}
        schema["properties"]["synced_until"] = {"type": "string", "format": "date-time"}
    if "facets" in schema.get("properties", {}):
        counts = {"type": "object", "additionalProperties": {"type": "integer"}}
        schema["properties"]["facets"] = {"type": "object", "additionalProperties": counts}
    return schema


def _describe_door(door: Door) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": door.name.removeprefix("api."),
        "tags": [door.path.split("/")[3]],
        "summary": door.summary,
        "description": door.description,
        "parameters": [*_describe_parameters(door), *_describe_headers(door)],
        "responses": {
            str(door.status): {
                "description": HTTPStatus(door.status).phrase,
                "content": {"application/json": {"schema": _refer(door.gives), "example": door.example}},
            },
            **{str(status): _describe_refusal(status) for status in sorted({*door.refusals, 500})},
        },
    }
    if door.is_safe:
        described["responses"]["304"] = {"description": HTTPStatus(304).phrase}
    if door.needs or door.needs_person:
        described["security"] = [{"token": [door.needs.value] if door.needs else []}]
    elif door.sees:
        described["security"] = [{}, {"token": [door.sees.value]}]
    if door.takes:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _refer(door.takes), "example": door.sent}},
        }
    return described


def _describe_parameters(door: Door) -> list[dict[str, Any]]:
    parts = [
        {"name": name, "in": "path", "required": True, "description": PARTS[name], "schema": {"type": "string"}}
        for name in _PART.findall(door.path)
    ]
    language = {"type": "string", "enum": list(LANGUAGES)}
    asked: list[dict[str, Any]] = [
        {"name": name, "in": "query", "description": text, "schema": {"type": "string"}}
        for name, text in door.parameters.items()
    ]
    said = "The reader's language; else what `Accept-Language` prefers."
    return [*parts, *asked, {"name": "language", "in": "query", "description": said, "schema": language}]


def _describe_headers(door: Door) -> list[dict[str, Any]]:
    if door.is_safe:
        return [_describe_header("If-None-Match", "An `ETag`: 304 where nothing has changed.", needed=False)]
    headers = [_describe_header("Idempotency-Key", "Makes it safe to send this again.", needed=False)]
    if "{reference}" in door.path:
        needed = door.verb in MATCHED
        headers.append(_describe_header("If-Match", "The `ETag` of what you have read.", needed=needed))
    return headers


def _describe_header(name: str, text: str, *, needed: bool) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": needed, "description": text, "schema": {"type": "string"}}


def _describe_refusal(status: int) -> dict[str, Any]:
    example = PROBLEM_EXAMPLE if status == PROBLEM_EXAMPLE["status"] else None
    content: dict[str, Any] = {"schema": _refer("Problem")}
    if example:
        content["example"] = example
    return {"description": HTTPStatus(status).phrase, "content": {PROBLEM_TYPE: content}}


def _describe_problem() -> dict[str, Any]:
    texts = {name: {"type": "string"} for name in ("type", "title", "detail")}
    faults = {"type": "object", "additionalProperties": {"type": "string"}}
    return {
        "type": "object",
        "properties": {**texts, "status": {"type": "integer"}, "faults": faults},
        "required": ["type", "title", "status", "detail"],
        "examples": [PROBLEM_EXAMPLE],
    }


def _refer(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
