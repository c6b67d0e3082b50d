"""How many statements each page runs: as many for three rows as for one, and no more than is written here."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.accounts.models import MailTokenPurpose, User
from market.accounts.service import ask_for_reset, issue_mail_token, start_sign_in
from market.events.forms import DaysForm, EventTextForm, TeamForm
from market.events.models import Event
from market.events.service import add_to_team_by_address, copy_event, write_words
from market.interests.queries import list_searches
from market.interests.service import make_feed
from market.interests.unsubscribing import make_stop_token
from market.kernel.clock import utc_now
from market.kernel.config import Settings
from market.kernel.money import CURRENCIES
from market.kernel.viewer import MemberRole
from market.listings.enums import ListingKind
from market.listings.forms import TextForm
from market.listings.models import Listing
from market.listings.service import save_translation
from market.matching import desk
from market.matching.enums import Constraint
from market.organizations.models import Organization
from market.organizations.service import add_member
from market.programme.forms import SessionTextForm
from market.programme.models import ProgrammeSession, Room, Speaker
from market.programme.service import write_session_words
from market.web import metrics
from market.web.middleware import AnonymousCache
from tests.house.opening import MOUNTED
from tests.house.walking import EVENT_ROOMS, Door
from tests.make.accounts import make_user
from tests.make.events import (
    NEXT_MONTH,
    make_event,
    make_mark,
    make_release,
    make_room,
    make_schedule_feed,
    make_session,
    make_speaker,
    make_track,
)
from tests.make.imports import add_problem, make_run
from tests.make.interests import make_bookmark, make_follow, make_search
from tests.make.listings import make_listing, make_words
from tests.make.matches import make_heat, make_match, make_proposal, make_rate
from tests.make.organizations import make_centre, make_organization, make_viewer
from tests.make.programs import make_api_token
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
    "events.manage": (0, 11),
    "events.managed": (0, 4),
    "events.new": (0, 3),
    "events.show": (6, 9),
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
    "programme.choose": (0, 12),
    "programme.columns": (0, 4),
    "programme.edit_session": (0, 14),
    "programme.edit_speaker": (0, 8),
    "programme.feed": (11, 11),
    "programme.file": (10, 6),
    "programme.import": (0, 4),
    "programme.manage": (0, 12),
    "programme.new_session": (0, 9),
    "programme.releases": (0, 14),
    "programme.rooms": (0, 8),
    "programme.schedule": (0, 14),
    "programme.schedules": (0, 5),
    "programme.session": (8, 11),
    "programme.show": (10, 7),
    "programme.speakers": (0, 7),
    "programme.speaking_feed": (11, 11),
    "programme.words": (0, 10),
    "web.health": (0, 0),
    "web.icon": (0, 0),
    "web.metrics": (4, 4),
    "web.ready": (5, 5),
}
"""Page, some with a query → statements for a visitor and for an owner of an organization, BEGIN included. Two of an
owner's say who it is."""

LISTS = {
    "events.calendar",
    "events.index",
    "events.index?kind=expo&country=CN",
    "events.manage",
    "events.managed",
    "events.show",
    "events.team",
    "programme.choose",
    "programme.edit_session",
    "programme.feed",
    "programme.file",
    "programme.import",
    "programme.manage",
    "programme.new_session",
    "programme.releases",
    "programme.rooms",
    "programme.schedule",
    "programme.schedules",
    "programme.show",
    "programme.speakers",
    "programme.speaking_feed",
    "accounts.account",
    "accounts.tokens",
    "discovery.dev_mail",
    "discovery.home",
    "discovery.sitemap_of_events",
    "discovery.sitemap_of_listings",
    "discovery.sitemap_of_sessions",
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

QUERIES = (
    "events.index?kind=expo&country=CN",
    "listings.feed?q=kiln",
    "listings.feed?kind=offer&country=CN",
    "listings.index?q=kiln",
    "listings.index?kind=offer&country=CN&sort=expiring",
    "organizations.index?country=CN",
    "listings.own?state=published&q=kiln",
    "matching.desk?field=29&offer_country=CN",
)


@dataclass(frozen=True, slots=True)
class Shop:
    owner: User
    organization: Organization
    centre: Organization
    listing: Listing
    run_id: UUID
    search_id: UUID
    event: Event
    session: ProgrammeSession
    room: Room
    speaker: Speaker


def open_shop(db: Session) -> Shop:
    """The owner of an organization is an organizer too."""
    owner = make_user(db, organizer=True)
    organization = make_organization(db, by=owner)
    run = make_run(db, organization, by=owner)
    search = make_search(db, by=owner, words="kiln")
    listing = make_listing(db, by=owner, organization=organization)
    make_listing(db, by=owner, organization=organization, kind="demand", texts={"en": "Kiln that stays apart"})
    event = make_event(db, by=owner)
    room = make_room(db, event, by=owner)
    make_track(db, event, by=owner)
    speaker = make_speaker(db, event, by=owner)
    shown = make_session(db, event, by=owner, room=room, speakers=[speaker], listings=listing.reference)
    make_release(db, event, by=owner)
    centre = make_centre(db, by=owner)
    return Shop(owner, organization, centre, listing, run.id, search.id, event, shown, room, speaker)


RATED = dict(zip(LANGUAGES, CURRENCIES, strict=False))
"""A currency of its own for each language: both are lists of ours."""


def add_rows(db: Session, shop: Shop, languages: Sequence[str]) -> None:
    """One more of everything that pages list, for each language."""
    now = utc_now()
    for language in languages:
        person = make_user(db)
        add_member(db, shop.organization.id, person.id, role=MemberRole.MEMBER, by=None, now=now)
        followed = make_organization(db, by=shop.owner, name=f"Works {language}")
        make_follow(db, followed, by=shop.owner)
        make_search(db, by=shop.owner, organization=followed.slug)
        ask_for_reset(db, person.email)
        start_sign_in(db, shop.owner, browser=language, now=now)
        make_api_token(db, shop.owner)
        kept = make_listing(db, by=shop.owner, organization=shop.organization, texts={"en": f"Drying kiln {language}"})
        make_bookmark(db, kept, by=shop.owner)
        make_listing(db, by=shop.owner, organization=shop.organization, kind="demand", texts={"en": f"Kiln {language}"})
        make_rate(db, RATED[language], "0.03")
        words = TextForm.model_validate(make_words(f"Kiln in {language}"))
        save_translation(
            db, shop.listing, words, language=language, version=shop.listing.version,
            by=make_viewer(db, shop.owner), now=now,
        )  # fmt: skip
        make_run(db, shop.organization, by=shop.owner)
        add_problem(db, shop.run_id)
        db.commit()


def add_sessions(db: Session, shop: Shop, languages: Sequence[str]) -> None:
    """One more of everything that pages of events list, for each language; released but for one of each. What is
    released is on the owner's schedule, and that person speaks there."""
    shown = []
    owner, viewer, now = shop.owner, make_viewer(db, shop.owner), utc_now()
    for place, language in enumerate(languages):
        make_event(db, by=owner, texts={"en": f"Fair {language}"})
        room = make_room(db, shop.event, by=owner, name=f"Hall {language}")
        track = make_track(db, shop.event, by=owner, name=f"Track {language}")
        speaker = make_speaker(db, shop.event, by=owner, name=f"Speaker {language}", email=owner.email)
        planned = make_session(
            db, shop.event, by=owner, room=room, speakers=[speaker], listings=shop.listing.reference, track=track.id,
            interpreted=[language],
        )  # fmt: skip
        shown.append((shop.event, planned))
        make_session(db, shop.event, by=owner, room=room, start="14:00", title=f"To come {language}", state="draft")
        form = TeamForm(email=make_user(db).email)
        add_to_team_by_address(db, shop.event, form, by=viewer, now=now)
        words = SessionTextForm(title=f"Session in {language}")
        write_session_words(db, shop.event, shop.session, words, language=language, by=viewer, now=now)
        text = EventTextForm(title=f"Fair in {language}")
        write_words(db, shop.event, text, language=language, version=shop.event.version, by=viewer, now=now)
        db.commit()
        if place == 0:
            copy_event(db, shop.event, DaysForm(starts_on=NEXT_MONTH, ends_on=NEXT_MONTH), by=viewer, now=now)
            db.commit()
        other = make_event(db, by=owner, texts={"en": f"Other fair {language}"})
        shown.append((other, make_session(db, other, by=owner, room=make_room(db, other, by=owner))))
        make_release(db, other, by=owner)
    make_release(db, shop.event, by=owner)
    for event, planned in shown:
        make_mark(db, event, planned, by=owner)


def match_all(db: Session, shop: Shop) -> None:
    """Every demand is a match of the one listing, save the first, which is kept apart, and of another one: a centre has
    proposed these.
    """
    demands = db.scalars(select(Listing).where(Listing.kind == ListingKind.DEMAND).order_by(Listing.published_at))
    another = select(Listing).where(Listing.kind == ListingKind.OFFER, Listing.id != shop.listing.id)
    offer = db.scalars(another.order_by(Listing.published_at).limit(1)).one()
    for place, demand in enumerate(demands.all()):
        make_match(db, shop.listing, demand, apart=None if place else Constraint.PARTNERSHIP)
        make_match(db, offer, demand)
        if desk.find_proposal(db, offer.id, demand.id, shop.centre.id) is None:
            make_proposal(db, offer, demand, centre=shop.centre)
        make_heat(db, country="VN", field=str(place + 1))


def list_addresses(doors: Sequence[Door], shop: Shop, token: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Name of the page, with its query → address."""
    paths = {door.name: door.path for door in doors if door.is_safe and door.name not in MOUNTED}
    parts = {"language": "en", "slug": shop.organization.slug, "reference": shop.listing.reference, "code": "vi"}
    parts |= {"run_id": str(shop.run_id), "search_id": str(shop.search_id), "session": shop.session.code}
    parts |= {"ending": "xml", "speaker_id": str(shop.speaker.id)}
    parts |= {"month": f"{utc_now():%Y-%m}", "part": "1"}
    for name in (*paths, *QUERIES):
        route, _, query = name.partition("?")
        about = {"slug": shop.event.slug} if route.startswith(EVENT_ROOMS) else {}
        address = paths[route].format_map({**parts, **about, "token": token.get(route, "")})
        yield name, f"{address}?{query}" if query else address


def issue_tokens(db: Session, shop: Shop) -> dict[str, str]:
    user = shop.owner
    purposes = {
        "accounts.confirm": MailTokenPurpose.CONFIRM_ADDRESS,
        "accounts.reset": MailTokenPurpose.RESET_PASSWORD,
    }
    tokens = {route: issue_mail_token(db, user, purpose, now=utc_now()) for route, purpose in purposes.items()}
    tokens["interests.unsubscribe"] = make_stop_token(Settings(), user.id)
    tokens |= dict.fromkeys(("programme.feed", "programme.speaking_feed"), make_schedule_feed(db, shop.event, by=user))
    tokens["interests.feed"] = make_feed(list_searches(db, user.id)[0], now=utc_now())
    db.commit()
    return tokens


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
