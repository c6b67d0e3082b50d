"""What the home page says to machines (JSON-LD): that this is a site, and how to search it."""

from dataclasses import replace

from market.kernel.errors import N_
from market.web.page import Page
from market.web.sharing import SITE, Sharing, context_in, share_page

PROMISE = N_(
    "Search offers and demands from China and the eleven countries of ASEAN. Write in your own language: what fits is "
    "found in all twelve."
)


def share_home(page: Page) -> Sharing:
    say = page.reader.gettext
    share = share_page(page, "discovery.home", description=say(PROMISE))
    search = {
        "@type": "SearchAction",
        "target": {
            "@type": "EntryPoint",
            "urlTemplate": page.absolute_url("listings.index") + "?q={search_term_string}",
        },
        "query-input": "required name=search_term_string",
    }
    site = {
        "@context": context_in(page.language),
        "@type": "WebSite",
        "url": share.address,
        "name": say(SITE),
        "description": share.description,
        "inLanguage": page.language,
        "potentialAction": search,
    }
    return replace(share, linked_data=site)
