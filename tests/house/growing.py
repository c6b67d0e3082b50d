"""A market in which everything that a page may list can be made to grow."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.accounts.models import MailTokenPurpose, User
from market.accounts.service import ask_for_reset, issue_mail_token, start_sign_in
from market.events.forms import DaysForm, EventTextForm, PresenceForm, TeamForm
from market.events.models import Event, Interpreter
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
from market.programme.forms import InterpretingForm, SessionTextForm
from market.programme.interpreting import add_presence, assign_interpreters
from market.programme.models import ProgrammeSession, Room, Speaker
from market.programme.service import write_session_words
from market.registration.models import Participant, ParticipantImport, Question, RegistrationType
from tests.house.opening import MOUNTED
from tests.house.walking import EVENT_ROOMS, Door
from tests.make.accounts import make_user
from tests.make.events import (
    NEXT_MONTH,
    make_event,
    make_interpreter,
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
from tests.make.registrations import make_question, make_registration, make_table, make_type, open_registration

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
    interpreter: Interpreter
    kind: RegistrationType
    question: Question
    own: Participant
    table: ParticipantImport


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
    interpreter = make_interpreter(db, event, by=owner)
    shown = make_session(
        db, event, by=owner, room=room, speakers=[speaker], listings=listing.reference, interpreted=OTHER_LANGUAGES
    )  # fmt: skip
    make_release(db, event, by=owner)
    kind, question = make_type(db, event, by=owner), make_question(db, event, by=owner)
    open_registration(db, event, by=owner)
    own = make_registration(db, event, kind, owner)
    table = make_table(db, event, b"Name,Mail address\nMai,mai@example.org\n", by=owner)
    centre = make_centre(db, by=owner)
    return Shop(
        owner, organization, centre, listing, run.id, search.id, event, shown, room, speaker, interpreter, kind,
        question, own, table,
    )  # fmt: skip


OTHER_LANGUAGES = [code for code in LANGUAGES if code != "en"]

STARTS = {"vi": "11:00", "th": "12:00", "km": "13:00"}
"""One person speaks in all of them."""

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
        another = make_event(db, by=owner, texts={"en": f"Fair {language}"})
        other_kind = make_type(db, another, by=owner)
        open_registration(db, another, by=owner)
        make_registration(db, another, other_kind, owner)
        kind = make_type(db, shop.event, by=owner, name=f"Type {language}")
        make_question(db, shop.event, by=owner, name=f"Question {language}")
        make_registration(db, shop.event, kind, make_user(db))
        room = make_room(db, shop.event, by=owner, name=f"Hall {language}")
        track = make_track(db, shop.event, by=owner, name=f"Track {language}")
        speaker = make_speaker(db, shop.event, by=owner, name=f"Speaker {language}", email=owner.email)
        planned = make_session(
            db, shop.event, by=owner, room=room, speakers=[speaker], listings=shop.listing.reference, track=track.id,
            interpreted=[language], start=STARTS[language],
        )  # fmt: skip
        shown.append((shop.event, planned))
        interpreter = make_interpreter(db, shop.event, by=owner, name=f"Interpreter {language}")
        taken = [f"{one.language} {one.interpreter_id}" for one in shop.session.interpreters]
        chosen = InterpretingForm(channels=[*taken, f"{language} {interpreter.id}"])
        assign_interpreters(db, shop.event, shop.session, chosen, version=shop.session.version, by=viewer, now=now)
        db.commit()
        for person_id in (shop.speaker.id, shop.interpreter.id):
            there = PresenceForm(day=shop.event.starts_on, start="08:00", end=f"1{place}:30")
            add_presence(db, shop.event, person_id, there, by=viewer, now=now)
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
    parts |= {"ending": "xml", "room_id": str(shop.session.room_id)}
    parts |= {"participant": shop.own.code, "table_id": str(shop.table.id)}
    parts |= {"type_id": str(shop.kind.id), "question_id": str(shop.question.id)}
    parts |= {"month": f"{utc_now():%Y-%m}", "part": "1"}
    for name in (*paths, *QUERIES):
        route, _, query = name.partition("?")
        about = {"slug": shop.event.slug} if route.startswith(EVENT_ROOMS) else {}
        about |= {"person_id": str((shop.interpreter if "interpreter" in route else shop.speaker).id)}
        about |= {"ending": "csv"} if route == "registration.export" else {}
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
