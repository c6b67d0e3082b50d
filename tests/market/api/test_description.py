"""`/api/openapi.json` and `/api/docs`: every door is described, and answers are what the description says."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market import wiring
from market.kernel.viewer import OFFERED_SCOPES
from market.listings.forms import TextForm
from tests.make.accounts import make_user
from tests.make.listings import make_draft, make_listing, make_words
from tests.make.programs import Program, make_sent_listing
from tests.make.reading import read_html
from tests.make.visitor import Visitor

TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "integer": (int,), "number": (int, float),
    "boolean": (bool,), "null": (type(None),),
}  # fmt: skip


@pytest.fixture
def described(visitor: Visitor) -> dict[str, Any]:
    described: dict[str, Any] = visitor.client.get("/api/openapi.json").json()
    return described


def find_deviations(value: Any, schema: Any, described: dict[str, Any], place: str = "") -> Iterator[str]:
    """Where a value is not what a schema says, among the parts of JSON Schema that we use."""
    if "$ref" in schema:
        schema = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        found = [list(find_deviations(value, one, described, place)) for one in schema["anyOf"]]
        yield from [] if [] in found else min(found, key=len)
        return
    kinds = schema.get("type", list(TYPES))
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if not any(isinstance(value, TYPES[kind]) and (kind == "boolean" or value is not True) for kind in kinds):
        yield f"{place}: {value!r} is none of {kinds}"
    elif value is not None and "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r} is not listed"
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from find_deviations(item, schema.get("items", {}), described, f"{place}[{number}]")
    elif isinstance(value, dict):
        yield from (f"{place}.{name} is missing" for name in schema.get("required", ()) if name not in value)
        for name, item in value.items():
            part = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
            if part is None:
                yield f"{place}.{name} is not described"
            else:
                yield from find_deviations(item, part, described, f"{place}.{name}")


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"a": 1}, 0), ({}, 1), ({"a": "1"}, 1), ({"a": True}, 1), ({"a": 1, "c": 1}, 1), ({"a": 1, "b": ["x"]}, 0),
        ({"a": 1, "b": [1]}, 1), ({"a": 1, "b": ["y"]}, 1),
    ],
)  # fmt: skip
def test_deviations_are_found(value: Any, found: int) -> None:
    items = {"type": "array", "items": {"type": "string", "enum": ["x"]}}
    schema = {"type": "object", "properties": {"a": {"type": "integer"}, "b": items}, "required": ["a"]}

    assert len(list(find_deviations(value, schema, {}))) == found


def test_answers_are_what_the_description_says(
    db: Session, program_of: Callable[..., Program], described: dict[str, Any], deliver: Callable[[], None]
) -> None:
    mai = make_user(db)
    listing = make_listing(db, by=mai, price_amount="5", price_currency="USD", keywords="kiln")
    bare = make_draft(db, by=mai, stage=None, trl=None, ipr_status=None, fields=[])
    deliver()
    program = program_of(mai)
    slug = program.get("/me").json()["organizations"][0]["slug"]
    one = "/listings/{reference}"
    calls = [
        ("GET", "/listings", "", None), ("GET", "/listings", "?q=kiln", None),
        ("GET", "/listings", "?modified_since=2020-01-01T00:00:00Z", None),
        ("GET", one, listing.reference, None), ("GET", one, bare.reference, None), ("GET", one, "TO-CN-222222", None),
        ("POST", "/listings", "", make_sent_listing()), ("POST", "/listings", "", {}),
        ("PATCH", one, bare.reference, {"title": "Kiln"}),
        *(("POST", f"{one}/{action}", listing.reference, None) for action in ("renew", "withdraw", "publish")),
        ("PUT", f"{one}/translations/{{code}}", f"{bare.reference} vi", make_words("Lò sấy")),
        ("PUT", f"{one}/translations/{{code}}", f"{bare.reference} th", {}),
        ("PUT", f"{one}/translations/{{code}}", f"{bare.reference} en", make_words()),
        ("DELETE", f"{one}/translations/{{code}}", f"{bare.reference} vi", None),
        ("GET", "/organizations", "", None), ("GET", "/organizations/{slug}", slug, None), ("GET", "/me", "", None),
        ("GET", "/taxonomies", "", None),
        ("GET", "/taxonomies/{name}", "stages", None),
    ]  # fmt: skip
    deviations = {}

    for verb, path, part, body in calls:
        filled = re.sub(r"{\w+}", "{}", path).format(*part.split()) if "{" in path else path + part
        answer = program.send(verb, filled, body, headers={"if-match": "*"})
        responses = described["paths"][f"/api/v1{path}"][verb.lower()]["responses"]
        content = responses[str(answer.status_code)]["content"][answer.headers["content-type"]]
        deviations[f"{verb} {filled} {answer.status_code}"] = list(
            find_deviations(answer.json(), content["schema"], described)
        )

    assert deviations == {call: [] for call in deviations}


def test_every_door_is_described_with_examples(described: dict[str, Any]) -> None:
    operations = {
        (path, verb.upper()): operation
        for path, verbs in described["paths"].items()
        for verb, operation in verbs.items()
    }

    assert set(operations) == {(door.path, door.verb) for door in wiring.list_doors()}
    for (path, _verb), operation in operations.items():
        assert operation["summary"], path
        assert operation["description"], path
        (good,) = [response for status, response in operation["responses"].items() if status in ("200", "201")]
        example = good["content"]["application/json"]["example"]
        assert list(find_deviations(example, good["content"]["application/json"]["schema"], described)) == [], path
        for parameter in operation["parameters"]:
            assert parameter["description"], path
    assert "Problem" in described["components"]["schemas"]


def test_the_words_of_a_translation_are_described_whole(described: dict[str, Any]) -> None:
    translation = described["components"]["schemas"]["Translation"]

    assert (set(translation["properties"]), translation["required"]) == (set(TextForm.model_fields), ["title"])


def test_what_writes_over_what_was_read_asks_for_its_tag(described: dict[str, Any]) -> None:
    needing = {
        verb
        for verbs in described["paths"].values()
        for verb, operation in verbs.items()
        for parameter in operation["parameters"]
        if (parameter["name"], parameter.get("required")) == ("If-Match", True)
    }

    assert needing == {"patch", "put"}


def test_the_description_need_not_be_fetched_twice(visitor: Visitor) -> None:
    first = visitor.client.get("/api/openapi.json")
    again = visitor.client.get("/api/openapi.json", headers={"if-none-match": first.headers["etag"]})

    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_documentation_stands_in_the_readers_frame(visitor: Visitor, language: str) -> None:
    response = visitor.client.get(f"/api/docs?language={language}")
    page = read_html(response)

    assert page.find("html").attributes["lang"] == language
    assert page.find("div", lang="en").find_all("section")
    assert [script.attributes.get("src", "inline")[:8] for script in page.find_all("script")] == ["/static/"]
    assert "style" not in {element.tag for element in page.walk()}
    switch = {f"/api/docs?language={code}" for code in LANGUAGES}
    assert switch <= {link.attributes.get("href") for link in page.find_all("a")}


def test_the_scopes_that_are_offered_are_those_that_doors_ask_for() -> None:
    assert {scope for door in wiring.list_doors() for scope in (door.needs, door.sees) if scope} == set(OFFERED_SCOPES)


def test_every_problem_that_is_answered_is_explained(visitor: Visitor, anybody: Program) -> None:
    page = read_html(visitor.client.get("/api/docs"))
    anchors = {element.attributes["id"] for element in page.walk() if "id" in element.attributes}

    problems = [
        anybody.get("/listings?kind=opera"), anybody.get("/listings/TO-CN-222222"), anybody.get("/me"),
        anybody.get("/me", authorization="Bearer x"), anybody.get(f"/listings?q={'a' * 1_001}"),
        anybody.send("DELETE", "/listings"),
    ]  # fmt: skip

    assert {problem.json()["type"].partition("#")[2] for problem in problems} <= anchors
    assert len({problem.json()["type"] for problem in problems}) == 6
