"""Linked data under our strict policy, in a real Chromium: neither run nor refused, and open to whoever reads it."""

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.screenshots import find_reference

pytestmark = pytest.mark.browser

LISTEN = """
window.refused = [];
document.addEventListener('securitypolicyviolation', event => window.refused.push(event.effectiveDirective));
"""
READ = "() => JSON.parse(document.querySelector('script[type=\"application/ld+json\"]').textContent)"
ADD = """
type => {
  const script = document.createElement('script');
  script.type = type;
  script.textContent = '{"ran": window.ran = true}';
  document.head.append(script);
}
"""


def open_listening(context: BrowserContext) -> Page:
    page = context.new_page()
    page.add_init_script(LISTEN)
    return page


def test_the_policy_lets_linked_data_stand(page: Page) -> None:
    page.add_init_script(LISTEN)
    listing = f"/zh-Hans/listings/{find_reference(page)}"
    page.goto(listing)
    organization = page.locator(".glance a").first.get_attribute("href") or ""

    read = {}
    for address in ("/th/", listing, organization):
        page.goto(address)
        described = page.evaluate(READ)
        read[address] = (described["@context"][0], page.evaluate("window.refused"))

    assert read == dict.fromkeys(("/th/", listing, organization), ("https://schema.org", []))


def test_the_policy_refuses_an_inline_script_and_would_tell(chromium: Browser, market_address: str) -> None:
    """The counter-proof: what is run is refused, and the listener hears of it."""
    context = chromium.new_context(base_url=market_address)
    page = open_listening(context)

    heard = {}
    for kind in ("application/ld+json", "text/javascript", "module"):
        page.goto("/en/about")
        page.evaluate(ADD, kind)
        page.wait_for_timeout(100)
        heard[kind] = (page.evaluate("window.refused"), page.evaluate("window.ran === true"))

    context.close()
    assert heard == {
        "application/ld+json": ([], False),
        "text/javascript": (["script-src-elem"], False),
        "module": (["script-src-elem"], False),
    }


def test_a_feed_opens_as_a_document_of_its_own(page: Page) -> None:
    """Not swapped into the page that links to it."""
    page.goto("/vi/listings?kind=demand")
    link = page.locator(".results a[type='application/atom+xml']")

    answer = page.request.get(link.get_attribute("href") or "")

    assert link.get_attribute("hx-boost") == "false"
    assert (answer.status, answer.headers["content-type"]) == (200, "application/atom+xml")
