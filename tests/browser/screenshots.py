"""`make screenshots`: every page × six languages × two widths, with a contact sheet, and the README's pictures.

Languages are those whose scripts ask most of a layout. Writes to `var/screenshots`
and renews the README's pictures; with `--pictures` these alone.
"""

import sys
import tempfile
from collections.abc import Callable
from html import escape
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from market.seed.stages import PASSWORD
from tests.browser.chromium import ARGUMENTS, find_chromium
from tests.browser.server import running_market

LANGUAGES = ("zh-Hans", "vi", "th", "km", "my", "en")
WIDTHS = (360, 1280)
ROOT = Path(__file__).parent.parent.parent
OUT = ROOT / "var" / "screenshots"
PICTURES = ROOT / "docs" / "pictures"

WORDS = {
    "zh-Hans": "甘蔗收割",
    "vi": "sấy bã sắn",
    "th": "อบแห้งกากมัน",
    "km": "ទឹក",
    "my": "သရက်သီး",
    "en": "drying cassava",
}

VISITOR_PAGES = {
    "home": "/",
    "browse": "/listings",
    "filtered": "/listings?kind=demand&country=TH",
    "search": "/listings?q={words}",
    "nothing-found": "/listings?q=zzzzqqqq&kind=offer&country=TL",
    "listing": "/listings/{reference}",
    "organizations": "/organizations",
    "about": "/about",
    "sign-in": "/sign-in",
    "register": "/register",
    "not-found": "/nowhere",
}
MEMBER_PAGES = {
    "write": "/listings/new",
    "own": "/account/listings",
    "account": "/account",
    "saved-searches": "/account/searches",
    "save-a-search": "/account/searches/new?q={words}&kind=offer&country=CN&industry=machinery",
    "shortlist": "/account/shortlist",
    "following": "/account/following",
}


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        running_market(Path(folder)) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        take_pictures(browser, address)
        if "--pictures" not in sys.argv:
            take_all(browser, address)
        browser.close()


def take_all(browser: Browser, address: str) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    wide: list[str] = []
    for width in WIDTHS:
        for pages, prepare in ((VISITOR_PAGES, lambda _page: None), (MEMBER_PAGES, sign_in)):
            context = browser.new_context(base_url=address, viewport={"width": width, "height": 900})
            page = context.new_page()
            prepare(page)
            reference = find_reference(page)
            for name, path in pages.items():
                for language in LANGUAGES:
                    page.goto(f"/{language}" + path.format(words=WORDS[language], reference=reference))
                    page.screenshot(path=OUT / f"{name}-{language}-{width}.png", full_page=True)
                    if has_overflow(page):
                        wide.append(f"{name} {language} {width}")
            context.close()
    write_sheet()
    count = len(list(OUT.glob("*.png")))
    sys.stdout.write(f"{OUT / 'index.html'}: {count} pictures; wider than the window: {wide or 'none'}\n")


def take_pictures(browser: Browser, address: str) -> None:
    """The README's: what a reader sees first."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    wanted: dict[str, tuple[str, Callable[[Page], None]]] = {
        "home-vi": ("/vi/", lambda _page: None),
        "search-th": (f"/th/listings?q={WORDS['th']}", lambda _page: None),
        "listing-km": ("/km/listings/{reference}", lambda _page: None),
        "write-zh-Hans": ("/zh-Hans/listings/new", sign_in),
    }
    for name, (path, prepare) in wanted.items():
        context = browser.new_context(base_url=address, viewport={"width": 1100, "height": 760})
        page = context.new_page()
        prepare(page)
        page.goto(path.format(reference=find_reference(page)))
        page.screenshot(path=PICTURES / f"{name}.png")
        context.close()


def sign_in(page: Page) -> None:
    page.goto("/en/sign-in")
    page.fill("#email", "firm@demo.example")
    page.fill("#password", PASSWORD)
    page.click("main form button")
    page.wait_for_url("**/account")


def find_reference(page: Page) -> str:
    """An offer written in Chinese: its words stay Chinese in every language, its structure does not."""
    page.goto("/en/listings?kind=offer&written_in=zh-Hans&industry=sugar_cane")
    address = page.locator("article.listing h2 a").first.get_attribute("href") or ""
    return address.rsplit("/", 1)[-1]


def has_overflow(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def write_sheet() -> None:
    pictures = "".join(
        f'<figure><img loading="lazy" src="{escape(p.name)}"><figcaption>{escape(p.stem)}</figcaption></figure>'
        for p in sorted(OUT.glob("*.png"))
    )
    style = "body{display:flex;flex-wrap:wrap;gap:1em}img{width:240px;border:1px solid #ccc}figure{margin:0}"
    page = f"<!doctype html><meta charset=utf-8><style>{style}</style>{pictures}"
    (OUT / "index.html").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
