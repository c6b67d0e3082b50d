from collections.abc import Sequence

from httpx2 import Response

from tests.make.visitor import Fields, Visitor


def write(browser: Visitor, new: Fields, *, reader: str = "en", **changes: str | Sequence[str]) -> Response:
    return browser.post(f"/{reader}/listings/new", {**new, **changes})
