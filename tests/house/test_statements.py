"""How many statements each page runs: as many for three rows as for one, and no more than is written here."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from market.web import metrics
from market.web.middleware import AnonymousCache
from tests.house.growing import add_rows, add_sessions, issue_tokens, list_addresses, match_all, open_shop
from tests.house.walking import Door
from tests.make.visitor import Visitor

STATEMENTS = {
    "accounts.account": (0, 5),
    "accounts.check_mail": (0, 3),
    "accounts.confirm": (2, 4),
    "accounts.forgot": (0, 3),
    "accounts.register": (0, 3),
    "accounts.reset": (2, 4),
    "accounts.sign_in": (0, 3),
    "accounts.tokens": (0, 4),
    "deliveries.index": (0, 3),
    "discovery.about": (0, 3),
    "discovery.dev_mail": (2, 4),
    "discovery.home": (6, 8),
    "discovery.negotiate": (0, 0),
    "discovery.robots": (0, 0),
    "discovery.sitemap": (5, 5),
    "discovery.sitemap_of_events": (2, 2),
    "discovery.sitemap_of_listings": (2, 2),
    "discovery.sitemap_of_organizations": (2, 2),
    "discovery.sitemap_of_pages": (0, 0),
    "discovery.sitemap_of_sessions": (2, 2),
    "events.calendar": (3, 5),
    "events.edit": (0, 6),
    "events.index": (2, 4),
    "events.index?kind=expo&country=CN": (2, 4),
    "events.manage": (0, 12),
    "events.managed": (0, 4),
    "events.new": (0, 3),
    "events.show": (7, 11),
    "events.team": (0, 8),
    "events.words": (0, 6),
    "exchange.columns": (0, 4),
    "exchange.export": (0, 9),
    "exchange.export_own": (0, 9),
    "exchange.imports": (0, 5),
    "exchange.new": (0, 4),
    "exchange.problems": (0, 6),
    "exchange.show": (0, 7),
    "exchange.template": (0, 3),
    "interests.export": (0, 5),
    "interests.feed": (6, 6),
    "interests.following": (0, 5),
    "interests.new_search": (0, 3),
    "interests.search": (0, 4),
    "interests.searches": (0, 6),
    "interests.shortlist": (0, 5),
    "interests.unsubscribe": (3, 5),
    "listings.edit": (0, 6),
    "listings.feed": (4, 4),
    "listings.feed?q=kiln": (4, 4),
    "listings.feed?kind=offer&country=CN": (4, 4),
    "listings.feed_of_organization": (5, 5),
    "listings.index": (3, 5),
    "listings.index?q=kiln": (3, 5),
    "listings.index?kind=offer&country=CN&sort=expiring": (3, 5),
    "listings.new": (0, 4),
    "listings.own": (0, 6),
    "listings.own?state=published&q=kiln": (0, 6),
    "listings.show": (7, 11),
    "listings.together": (0, 5),
    "listings.translate": (0, 6),
    "matching.desk": (0, 9),
    "matching.desk?field=29&offer_country=CN": (0, 9),
    "matching.heat": (0, 4),
    "matching.of_listing": (6, 12),
    "matching.own": (0, 8),
    "matching.proposals": (0, 5),
    "matching.rates": (0, 3),
    "organizations.edit": (0, 4),
    "organizations.index": (3, 5),
    "organizations.index?country=CN": (3, 5),
    "organizations.members": (0, 5),
    "organizations.new": (0, 3),
    "organizations.new_client": (0, 4),
    "organizations.representation": (0, 7),
    "organizations.show": (4, 6),
    "programme.block": (0, 24),
    "programme.board": (0, 14),
    "programme.choose": (0, 12),
    "programme.columns": (0, 4),
    "programme.draft": (0, 11),
    "programme.edit_interpreter": (0, 9),
    "programme.edit_room": (0, 9),
    "programme.edit_session": (0, 15),
    "programme.edit_speaker": (0, 9),
    "programme.feed": (11, 11),
    "programme.file": (10, 6),
    "programme.import": (0, 4),
    "programme.interpreters": (0, 7),
    "programme.manage": (0, 15),
    "programme.new_session": (0, 9),
    "programme.releases": (0, 16),
    "programme.rooms": (0, 8),
    "programme.rules": (0, 7),
    "programme.schedule": (0, 14),
    "programme.schedules": (0, 5),
    "programme.session": (8, 11),
    "programme.session_interpreters": (0, 12),
    "programme.show": (10, 7),
    "programme.speakers": (0, 7),
    "programme.speaking_feed": (11, 11),
    "programme.words": (0, 11),
    "registration.columns": (0, 9),
    "registration.edit_question": (0, 7),
    "registration.edit_type": (0, 7),
    "registration.export": (0, 9),
    "registration.import": (0, 6),
    "registration.new": (0, 6),
    "registration.new_participant": (0, 8),
    "registration.new_question": (0, 6),
    "registration.new_type": (0, 6),
    "registration.own": (0, 4),
    "registration.participant": (0, 8),
    "registration.participants": (0, 9),
    "registration.setup": (0, 8),
    "registration.show": (0, 6),
    "web.health": (0, 0),
    "web.icon": (0, 0),
    "web.metrics": (4, 4),
    "web.ready": (5, 5),
}
"""Page, some with a query → statements for a visitor and for an owner of an organization, BEGIN included. Two of an
owner's say who it is."""

LISTS = {
    "discovery.sitemap_of_sessions",
    "discovery.sitemap_of_events",
    "programme.speaking_feed",
    "programme.schedules",
    "programme.schedule",
    "programme.import",
    "programme.feed",
    "programme.choose",
    "events.calendar",
    "events.index",
    "events.index?kind=expo&country=CN",
    "events.manage",
    "events.managed",
    "events.show",
    "events.team",
    "programme.block",
    "programme.board",
    "programme.edit_interpreter",
    "programme.edit_session",
    "programme.edit_speaker",
    "programme.file",
    "programme.interpreters",
    "programme.manage",
    "programme.new_session",
    "programme.releases",
    "programme.rooms",
    "programme.session_interpreters",
    "programme.show",
    "programme.speakers",
    "registration.columns",
    "registration.export",
    "registration.new_participant",
    "registration.own",
    "registration.participants",
    "registration.setup",
    "registration.show",
    "accounts.account",
    "accounts.tokens",
    "discovery.dev_mail",
    "discovery.home",
    "discovery.sitemap_of_listings",
    "discovery.sitemap_of_organizations",
    "exchange.export",
    "exchange.export_own",
    "exchange.imports",
    "exchange.new",
    "exchange.problems",
    "exchange.show",
    "interests.export",
    "interests.feed",
    "interests.following",
    "interests.searches",
    "interests.shortlist",
    "listings.feed",
    "listings.feed?kind=offer&country=CN",
    "listings.feed?q=kiln",
    "listings.feed_of_organization",
    "listings.index",
    "listings.index?kind=offer&country=CN&sort=expiring",
    "listings.index?q=kiln",
    "listings.new",
    "listings.own",
    "listings.own?state=published&q=kiln",
    "listings.show",
    "matching.desk",
    "matching.desk?field=29&offer_country=CN",
    "matching.heat",
    "matching.of_listing",
    "matching.own",
    "matching.proposals",
    "organizations.index",
    "organizations.index?country=CN",
    "organizations.members",
    "organizations.show",
    "web.metrics",  # a row for each route that was asked for so far
}
"""Pages with a list: with more rows they are longer."""


def test_every_page_runs_as_many_statements_for_three_rows_as_for_one(
    db: Session, visitor: Visitor, sign_in: Callable[..., Visitor], deliver: Callable[[], None],
    count_queries: Callable[[], int], doors: list[Door], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(AnonymousCache, "_keep", lambda *_anything: None)
    monkeypatch.setattr(metrics, "KEPT_SECONDS", 0.0)
    shop = open_shop(db)
    addresses = dict(list_addresses(doors, shop, issue_tokens(db, shop)))
    browsers = (visitor, sign_in(shop.owner))

    counts, lengths = [], []
    for languages in (["vi"], ["th", "km"]):
        add_rows(db, shop, languages)
        add_sessions(db, shop, languages)
        deliver()
        match_all(db, shop)
        counted, measured = {}, {}
        for name, address in addresses.items():
            numbers = []
            for browser in browsers:
                count_queries()
                measured[name] = len(browser.get(address, follow=False).text)
                numbers.append(count_queries())
            counted[name] = tuple(numbers)
        counts.append(counted)
        lengths.append(measured)

    assert counts == [STATEMENTS, STATEMENTS]
    assert {name for name in addresses if lengths[1][name] > lengths[0][name] + 50} == LISTS
