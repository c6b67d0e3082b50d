from tests.browser.fixtures import chromium, market_address, page  # noqa: F401 - pytest finds fixtures by name
