"""Write `docs/api.md` from the description of the API: its doors, and examples in Python and JavaScript.

Run it after a change of the API: `.venv/bin/python docs/make_api.py`. Each example is a whole program; the tests run
all of them against a running market.
"""
# ruff: noqa: E501, INP001 - rows of tables stand on one line each; a script beside the documents is no package

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from market import wiring
from market.web.apikit.docs import list_problems
from market.web.apikit.openapi import INTRODUCTION, describe_api

TARGET = Path(__file__).parent / "api.md"
SITE = "http://127.0.0.1:8000"

HEAD = f"""\
# API

This page is made by `docs/make_api.py`; do not edit it by hand. A running market shows the same at `/api/docs`, with examples of every answer, and as
OpenAPI 3.1 at `/api/openapi.json`.

{INTRODUCTION}

## Keeping in step
`GET /api/v1/listings?modified_since=…` lists what changed since an instant, oldest change first: public listings as they are now, and of those that were withdrawn or have expired
reference, state and time. Changes are given out five seconds late, so that none is missed that was committed out of turn. Follow `next` to the end; ask the next time with
`synced_until` of the last answer. The same change may come twice. A listing that was taken out of the database altogether (demo data) is not named.

## Doors
| verb | address | does | scope |
|---|---|---|---|
"""

EXAMPLES_HEAD = """
## Examples
Whole programs, with the standard library of Python and with Node 20. They take the address from `MARKET_API` and the token from `MARKET_TOKEN`; a token with the scopes
`listings:read` and `listings:write` is made in the account or by `market tokens create --email you@example.org --scope listings:read --scope listings:write`.
"""

PYTHON_HEAD = '''\
import json
import os
import urllib.error
import urllib.parse
import urllib.request

API = os.environ.get("MARKET_API", "http://127.0.0.1:8000/api/v1")
TOKEN = os.environ.get("MARKET_TOKEN", "")


def call(verb, path, params=None, body=None, **headers):
    """Status, headers and JSON of an answer, whatever it is."""
    address = API + path + ("?" + urllib.parse.urlencode(params, doseq=True) if params else "")
    request = urllib.request.Request(address, method=verb)
    if TOKEN:
        request.add_header("Authorization", f"Bearer {TOKEN}")
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    if body is not None:
        request.add_header("Content-Type", "application/json")
        request.data = json.dumps(body).encode()
    try:
        answer = urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as refusal:
        answer = refusal
    with answer:
        text = answer.read()
    return answer.status, answer.headers, json.loads(text) if text else None


'''

JAVASCRIPT_HEAD = """\
const API = process.env.MARKET_API ?? "http://127.0.0.1:8000/api/v1";
const TOKEN = process.env.MARKET_TOKEN ?? "";

// Status, headers and JSON of an answer, whatever it is.
async function call(verb, path, { params, body, headers = {} } = {}) {
  const address = API + path + (params ? `?${new URLSearchParams(params)}` : "");
  const said = { ...headers };
  if (TOKEN) said["Authorization"] = `Bearer ${TOKEN}`;
  if (body !== undefined) said["Content-Type"] = "application/json";
  const answer = await fetch(address, { method: verb, headers: said, body: body && JSON.stringify(body) });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, content: text ? JSON.parse(text) : null };
}

"""

PYTHON = {
    "search": """\
status, headers, found = call("GET", "/listings", {"q": "drying kiln", "kind": "offer", "language": "vi"})
print(found["total"], "by words,", found["by_meaning"], "by meaning")
for listing in found["items"]:
    print(listing["reference"], listing["language"], listing["title"])
""",
    "read": """\
status, headers, page = call("GET", "/listings", {"limit": 1})
reference = page["items"][0]["reference"]
status, headers, listing = call("GET", f"/listings/{reference}", Accept_Language="th")
print(listing["title"], listing["fields"], listing["organization"]["name"])

status, headers, nothing = call("GET", f"/listings/{reference}", Accept_Language="th", If_None_Match=headers["ETag"])
assert status == 304  # what we have is still right
""",
    "sync": """\
mirror, since = {}, "2020-01-01T00:00:00Z"  # kept between runs in a real program
cursor = ""
while cursor is not None:
    status, headers, page = call("GET", "/listings", {"modified_since": since, "limit": 100, "cursor": cursor})
    for listing in page["items"]:
        if listing["state"] == "published":
            mirror[listing["reference"]] = listing
        else:
            mirror.pop(listing["reference"], None)
    cursor = page["next"]
since = page["synced_until"]
print(len(mirror), "listings, as of", since)
""",
    "draft": """\
import uuid

draft = @NEW@
key = str(uuid.uuid4())  # one for each change you mean, kept until its answer has come
status, headers, made = call("POST", "/listings", body=draft, Idempotency_Key=key)
assert status == 201, made
print("draft", made["reference"], "at", headers["Location"])

status, headers, again = call("POST", "/listings", body=draft, Idempotency_Key=key)
assert again == made and headers["Idempotent-Replayed"] == "true"
""",
    "change": """\
status, headers, made = call("POST", "/listings", body=@NEW@)
address = "/listings/" + made["reference"]

status, headers, listing = call("GET", address)
status, headers, changed = call("PATCH", address, body=@CHANGES@, If_Match=headers["ETag"])
assert status == 200, changed
print(changed["summary"], changed["version"])

status, headers, problem = call("PATCH", address, body={"trl": 6}, If_Match='"0.0.0.0-en"')
assert status == 412  # somebody changed it: read again, look, repeat
""",
    "translate": """\
status, headers, made = call("POST", "/listings", body=@NEW@)
address = "/listings/" + made["reference"]

words = @TRANSLATION@
status, headers, listing = call("PUT", address + "/translations/vi", {"language": "vi"}, words, If_Match=headers["ETag"])
assert status == 200, listing
print(listing["languages"], listing["title"], listing["provenance"])

status, headers, listing = call("DELETE", address + "/translations/vi")
assert listing["languages"] == ["en"]
""",
    "publish": """\
status, headers, made = call("POST", "/listings", body=@NEW@)
status, headers, listing = call("POST", f"/listings/{made['reference']}/publish")
assert status == 200, listing
print(listing["state"], listing["url"], "until", listing["expires_at"])

status, headers, listing = call("POST", f"/listings/{made['reference']}/withdraw")
print(listing["state"])
""",
    "errors": """\
status, headers, problem = call("POST", "/listings", body={"kind": "offer", "language": "vi", "title": "x"}, Accept_Language="vi")
assert status == 422 and headers["Content-Type"] == "application/problem+json"
print(problem["type"], problem["title"])
for field, sentence in problem["faults"].items():
    print(field, sentence)

status, headers, problem = call("GET", "/listings", {"colour": "red"})
assert status == 422 and "colour" in problem["faults"]
""",
}

JAVASCRIPT = {
    "search": """\
const { content: found } = await call("GET", "/listings", { params: { q: "drying kiln", kind: "offer", language: "vi" } });
console.log(`${found.total} by words, ${found.by_meaning} by meaning`);
for (const listing of found.items) console.log(listing.reference, listing.language, listing.title);
""",
    "read": """\
const page = await call("GET", "/listings", { params: { limit: 1 } });
const path = `/listings/${page.content.items[0].reference}`;
const read = await call("GET", path, { headers: { "Accept-Language": "th" } });
console.log(read.content.title, read.content.fields, read.content.organization.name);

const again = await call("GET", path, { headers: { "Accept-Language": "th", "If-None-Match": read.headers.get("ETag") } });
if (again.status !== 304) throw new Error("what we have should still be right");
""",
    "sync": """\
const mirror = new Map(); // kept between runs in a real program
let since = "2020-01-01T00:00:00Z";
let cursor = "";
let page;
while (cursor !== null) {
  ({ content: page } = await call("GET", "/listings", { params: { modified_since: since, limit: 100, cursor } }));
  for (const listing of page.items) {
    if (listing.state === "published") mirror.set(listing.reference, listing);
    else mirror.delete(listing.reference);
  }
  cursor = page.next;
}
since = page.synced_until;
console.log(`${mirror.size} listings, as of ${since}`);
""",
    "draft": """\
const draft = @NEW@;
const key = crypto.randomUUID(); // one for each change you mean, kept until its answer has come
const made = await call("POST", "/listings", { body: draft, headers: { "Idempotency-Key": key } });
if (made.status !== 201) throw new Error(made.content.detail);
console.log("draft", made.content.reference, "at", made.headers.get("Location"));

const again = await call("POST", "/listings", { body: draft, headers: { "Idempotency-Key": key } });
if (again.headers.get("Idempotent-Replayed") !== "true") throw new Error("made twice");
""",
    "change": """\
const made = await call("POST", "/listings", { body: @NEW@ });
const path = `/listings/${made.content.reference}`;

const read = await call("GET", path);
const changed = await call("PATCH", path, { body: @CHANGES@, headers: { "If-Match": read.headers.get("ETag") } });
if (changed.status !== 200) throw new Error(changed.content.detail);
console.log(changed.content.summary, changed.content.version);

const stale = await call("PATCH", path, { body: { trl: 6 }, headers: { "If-Match": '"0.0.0.0-en"' } });
if (stale.status !== 412) throw new Error("somebody changed it: read again, look, repeat");
""",
    "translate": """\
const made = await call("POST", "/listings", { body: @NEW@ });
const path = `/listings/${made.content.reference}`;

const translated = await call("PUT", `${path}/translations/vi`, {
  params: { language: "vi" },
  body: @TRANSLATION@,
  headers: { "If-Match": made.headers.get("ETag") },
});
if (translated.status !== 200) throw new Error(translated.content.detail);
console.log(translated.content.languages, translated.content.title, translated.content.provenance);

const removed = await call("DELETE", `${path}/translations/vi`);
if (removed.content.languages.length !== 1) throw new Error("only the author's own words should be left");
""",
    "publish": """\
const made = await call("POST", "/listings", { body: @NEW@ });
const published = await call("POST", `/listings/${made.content.reference}/publish`);
if (published.status !== 200) throw new Error(published.content.detail);
console.log(published.content.state, published.content.url, "until", published.content.expires_at);

const withdrawn = await call("POST", `/listings/${made.content.reference}/withdraw`);
console.log(withdrawn.content.state);
""",
    "errors": """\
const refused = await call("POST", "/listings", {
  body: { kind: "offer", language: "vi", title: "x" },
  headers: { "Accept-Language": "vi" },
});
if (refused.status !== 422) throw new Error(`${refused.status}`);
console.log(refused.content.type, refused.content.title);
for (const [field, sentence] of Object.entries(refused.content.faults)) console.log(field, sentence);

const unknown = await call("GET", "/listings", { params: { colour: "red" } });
if (unknown.status !== 422 || !("colour" in unknown.content.faults)) throw new Error("colour is no parameter");
""",
}

TITLES = {
    "search": "Search",
    "read": "Read one",
    "sync": "Keep a copy in step",
    "draft": "Write a draft, safely repeated",
    "change": "Change it, without overwriting others",
    "translate": "Translate it",
    "publish": "Publish and withdraw",
    "errors": "What is refused",
}


def write_page() -> str:
    description = describe_api(wiring.list_doors(), base_url=SITE)
    parts = [
        HEAD,
        "".join(_list_doors(description)),
        "\n## Problems\n| type ends in | status | says |\n|---|---|---|\n",
    ]
    parts += [f"| `{name}` | {status} | {sentence} |\n" for name, status, sentence in list_problems(wiring.API)]
    parts.append(EXAMPLES_HEAD)
    sent = _find_sent(description)
    for name, title in TITLES.items():
        python = _fill(PYTHON[name], sent, python=True)
        javascript = _fill(JAVASCRIPT[name], sent, python=False)
        parts.append(f"\n### {title}\n```python\n{PYTHON_HEAD}{python}```\n\n```js\n{JAVASCRIPT_HEAD}{javascript}```\n")
    return "".join(parts)


def _list_doors(description: dict[str, Any]) -> Iterator[str]:
    for path, verbs in description["paths"].items():
        for verb, door in verbs.items():
            scopes = [scope for choice in door.get("security", ()) for names in choice.values() for scope in names]
            scope = ", ".join(f"`{scope}`" for scope in scopes) or ("any token" if "security" in door else "")
            yield f"| {verb.upper()} | `{path}` | {door['summary']}. {door['description']} | {scope} |\n"


def _find_sent(description: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Mark in an example → the body that the description shows. The organization is left out: the reader's own takes its place."""

    def sent(path: str, verb: str) -> dict[str, Any]:
        body = description["paths"][path][verb]["requestBody"]["content"]["application/json"]["example"]
        return {name: value for name, value in body.items() if name not in ("organization", "external_id")}

    one = "/api/v1/listings/{reference}"
    return {
        "@NEW@": sent("/api/v1/listings", "post"),
        "@CHANGES@": sent(one, "patch"),
        "@TRANSLATION@": sent(f"{one}/translations/{{code}}", "put"),
    }


def _fill(code: str, sent: dict[str, dict[str, Any]], *, python: bool) -> str:
    for mark, value in sent.items():
        text = json.dumps(value, indent=4 if python else 2, ensure_ascii=False)
        code = code.replace(mark, text.replace(": null", ": None") if python else text)
    return code


if __name__ == "__main__":
    TARGET.write_text(write_page(), encoding="utf-8")
    sys.stdout.write(f"{TARGET} written\n")
