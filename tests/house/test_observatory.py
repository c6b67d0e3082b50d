"""What Mozilla's HTTP Observatory would say of our headers, computed here: its scoring (version of 2024) in our words.

A site starts at 100. What is missing costs points; what goes beyond adds some, where the score without it is at
least 90. An A+ begins at 100. Only what headers say is looked at.
"""

import re
from collections.abc import Mapping

from httpx2 import Headers

from tests.house.conftest import OpenHouse
from tests.house.walking import Role

HALF_A_YEAR = 15_768_000


def read_policy(headers: Mapping[str, str]) -> dict[str, list[str]]:
    parts = [part.split() for part in headers.get("content-security-policy", "").split(";") if part.strip()]
    return {name: values for name, *values in parts}


def score_policy(headers: Mapping[str, str]) -> int:
    policy = read_policy(headers)
    if not policy:
        return -25
    scripts = policy.get("script-src", policy.get("default-src", ["*"]))
    if {"'unsafe-inline'", "*", "https:", "http:", "data:"} & set(scripts):
        return -20
    if "'unsafe-eval'" in scripts:
        return -10
    if "'unsafe-inline'" in policy.get("style-src", policy.get("default-src", [])):
        return 0
    return 10 if policy.get("default-src") == ["'none'"] else 5


def score_https(headers: Mapping[str, str]) -> int:
    age = re.search(r"max-age=(\d+)", headers.get("strict-transport-security", ""))
    if age is None:
        return -20
    return 0 if int(age.group(1)) >= HALF_A_YEAR else -10


def score_framing(headers: Mapping[str, str]) -> int:
    if "frame-ancestors" in read_policy(headers):
        return 5
    return 0 if headers.get("x-frame-options", "").upper() in ("DENY", "SAMEORIGIN") else -20


def score_types(headers: Mapping[str, str]) -> int:
    return 0 if headers.get("x-content-type-options") == "nosniff" else -5


def score_referrer(headers: Mapping[str, str]) -> int:
    private = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
    said = headers.get("referrer-policy", "")
    return 5 if said in private else (-5 if said in ("unsafe-url", "no-referrer-when-downgrade", "origin") else 0)


def score_resources(headers: Mapping[str, str]) -> int:
    if headers.get("access-control-allow-origin") == "*":
        return -50
    return 10 if headers.get("cross-origin-resource-policy") in ("same-origin", "same-site") else 0


def score_cookies(headers: Headers) -> int:
    cookies = [cookie.lower() for cookie in headers.get_list("set-cookie")]
    if any("; secure" not in cookie for cookie in cookies):
        return -20
    if any("; httponly" not in cookie for cookie in cookies):
        return -30
    return 5 if cookies and all("samesite=" in cookie for cookie in cookies) else 0


def score(headers: Headers) -> int:
    rules = (score_policy, score_https, score_framing, score_types, score_referrer, score_resources)
    points = [*(rule(headers) for rule in rules), score_cookies(headers)]
    without_extras = 100 + sum(point for point in points if point < 0)
    extras = sum(point for point in points if point > 0)
    return max(0, without_extras + extras if without_extras >= 90 else without_extras)


def test_a_site_that_says_nothing_scores_low() -> None:
    assert score(Headers({"content-type": "text/html"})) == 30


def test_our_site_on_https_scores_135(open_house: OpenHouse) -> None:
    house = open_house(base_url="https://market.example")

    page = house.send(Role.VISITOR, "GET", "/en/sign-in")

    assert score(page.headers) == 135
