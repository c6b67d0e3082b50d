"""Several requests at once, as a double click or two people send them: one event loop, as one server has."""

import asyncio
from collections.abc import Sequence

from httpx2 import ASGITransport, AsyncClient, Response

from market.web.tokens import FORM_TOKEN
from tests.make.visitor import Fields, Visitor

Call = tuple[Visitor, str, Fields]
"""Whose browser, address, fields of the form."""


def post_together(calls: Sequence[Call]) -> list[Response]:
    return asyncio.run(_post_all(calls))


async def _post_all(calls: Sequence[Call]) -> list[Response]:
    return list(await asyncio.gather(*(_post(*call) for call in calls)))


async def _post(browser: Visitor, address: str, fields: Fields) -> Response:
    token = browser.form_token()  # also gives the visitor a cookie
    data = {name: value if isinstance(value, str) else list(value) for name, value in fields.items()}
    transport = ASGITransport(app=browser.app, raise_app_exceptions=False)
    async with AsyncClient(
        transport=transport, base_url="http://127.0.0.1:8000", cookies=dict(browser.client.cookies)
    ) as client:
        return await client.post(address, data={FORM_TOKEN: token, **data}, headers={"sec-fetch-site": "same-origin"})
