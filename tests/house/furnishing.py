"""A market with somebody in every role and something in every state, made once and copied for every test."""

import shutil
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import MailTokenPurpose, SignInSession, User
from market.accounts.service import ask_for_confirmation, ask_for_reset, issue_mail_token, make_token, start_sign_in
from market.events.enums import EventState
from market.events.forms import TeamForm
from market.events.models import Event
from market.events.queries import find_event
from market.events.service import add_to_team_by_address, change_state
from market.exchange.enums import FileFormat
from market.exchange.files import keep_file
from market.exchange.forms import ImportOptions
from market.exchange.service import send_to_worker, start_run
from market.interests.service import make_feed, stop_alerts
from market.interests.unsubscribing import make_stop_token
from market.kernel.clock import utc_now
from market.kernel.config import Settings
from market.kernel.db import Database
from market.kernel.outbox import keep_from_handlers
from market.kernel.viewer import MemberRole, Scope
from market.kernel.work import Lane, Work
from market.listings.facts import ListingPublished
from market.listings.models import Listing
from market.listings.service import expire_listings, withdraw_listing
from market.organizations.models import Organization
from market.organizations.service import add_member
from market.programme.drafts import ask_for_draft
from market.programme.enums import DraftState
from market.programme.forms import DraftForm
from market.programme.keeping import keep_file as keep_table
from market.programme.models import Draft, ProgrammeSession
from market.web.mails import TemplateLetters
from market.web.rendering import Renderer
from market.worker import Worker
from search.port import Engine
from tests.house.walking import Market, Role
from tests.make.accounts import make_user
from tests.make.deliveries import set_aside
from tests.make.events import (
    make_event,
    make_interpreter,
    make_mark,
    make_presence,
    make_release,
    make_room,
    make_schedule_feed,
    make_session,
    make_speaker,
    make_track,
)
from tests.make.interests import make_bookmark, make_follow, make_search
from tests.make.listings import make_draft, make_listing
from tests.make.matches import make_heat, make_match, make_proposal, make_rate, say
from tests.make.organizations import let_act, make_centre, make_organization, make_viewer
from tests.make.registrations import make_question, make_registration, make_table, make_type, open_registration

TOKEN_ID = UUID("8f6a7f0e-5a0b-4f6e-9d8a-2b1c3d4e5f60")


def furnish_market(empty: Path, folder: Path, engine: Engine, renderer: Renderer) -> Market:
    """`empty`: a migrated database. Nothing waits for the worker afterwards, and the index is up to date."""
    file = folder / "market.sqlite3"
    shutil.copy(empty, file)
    settings = Settings(data_dir=folder)
    database = Database(settings.database_address)
    with database.writing() as db:
        people = _invite(db)
        organization = _found(db, people)
        centres = _found_centres(db, people, organization)
        references = _write_listings(db, organization, people[Role.OWNER])
        demands = _write_demands(db, people[Role.OTHER])
        events = _plan_events(db, people[Role.ORGANIZER], references["published"])
        events |= _open_registration(db, people, events["slug"])
        runs = _send_files(db, settings, organization, people[Role.OWNER])
    Worker(Work(settings, database, engine, None, TemplateLetters(renderer, base_url=settings.base_url))).drain(
        lanes=tuple(Lane)
    )
    with database.writing() as db:
        counterparts = _match_listings(db, references["published"], demands, centres[0])
        market = _hand_out_keys(db, file, people, organization, references, centres, runs, counterparts, events)
    database.close()
    return market


def _invite(db: Session) -> dict[Role, User]:
    names = {role: f"{role.value.capitalize()} of the tests" for role in Role if role is not Role.VISITOR}
    people: dict[Role, User] = {
        role: make_user(
            db, email=f"{role.value}@example.org", name=name, confirmed=role is not Role.UNCONFIRMED,
            staff=role is Role.STAFF, organizer=role is Role.ORGANIZER,
        )
        for role, name in names.items()
    }  # fmt: skip
    ask_for_confirmation(db, people[Role.UNCONFIRMED])
    ask_for_reset(db, people[Role.UNCONFIRMED].email)
    db.commit()
    return people


def _found(db: Session, people: dict[Role, User]) -> Organization:
    organization = make_organization(db, by=people[Role.OWNER], name="Liujiang Works")
    member = people[Role.MEMBER]
    add_member(db, organization.id, member.id, role=MemberRole.MEMBER, by=people[Role.OWNER].id, now=utc_now())
    make_organization(db, by=people[Role.OTHER], name="Mekong Works", country="VN")
    db.commit()
    return organization


def _found_centres(db: Session, people: dict[Role, User], organization: Organization) -> list[str]:
    """One that acts for the organization and one that does not; both belong to its owner."""
    owner = people[Role.OWNER]
    centres = [make_centre(db, by=owner, name=name) for name in ("Xijiang Transfer Centre", "Lijiang Transfer Centre")]
    let_act(db, centres[0], client=organization, by=owner)
    db.commit()
    return [centre.slug for centre in centres]


def _write_listings(db: Session, organization: Organization, owner: User) -> dict[str, str]:
    now = utc_now()
    viewer = make_viewer(db, owner)
    listings = {
        "draft": make_draft(db, by=owner, organization=organization, texts={"en": "Secret kiln", "vi": "Lò bí mật"}),
        "published": make_listing(
            db, by=owner, organization=organization, texts={"en": "Drying kiln", "vi": "Lò sấy", "th": "เตาอบแห้ง"},
            price_amount="120000", price_currency="CNY", price_basis="total", ipc="A23B 7/154", keywords="kiln, root",
        ),
        "withdrawn": make_listing(db, by=owner, organization=organization, texts={"en": "Withdrawn kiln"}),
        "expired": make_listing(
            db, by=owner, organization=organization, texts={"en": "Expired kiln"},
            expires_on=now.date() + timedelta(days=1),
        ),
    }  # fmt: skip
    withdraw_listing(db, listings["withdrawn"], by=viewer, now=now)
    expire_listings(db, today=now.date() + timedelta(days=2), now=now)
    db.commit()
    return {state: listing.reference for state, listing in listings.items()}


def _write_demands(db: Session, other: User) -> dict[str, Listing]:
    texts = {"plain": "Dryer wanted", "judged": "Oven wanted", "proposed": "Furnace wanted"}
    return {case: make_listing(db, by=other, texts={"en": text}, kind="demand") for case, text in texts.items()}


def _plan_events(db: Session, organizer: User, reference: str) -> dict[str, str]:
    """One that everybody sees, with a released programme and a session that no release has shown yet; one that only
    its team sees, and one that was called off."""
    event = make_event(db, by=organizer, texts={"en": "Drying fair", "vi": "Hội chợ sấy"})
    room = make_room(db, event, by=organizer)
    make_track(db, event, by=organizer)
    speaker = make_speaker(db, event, by=organizer, email="speaker@example.org")
    interpreter = make_interpreter(db, event, by=organizer)
    presence = make_presence(db, event, speaker.id, by=organizer)
    shown = make_session(db, event, by=organizer, room=room, speakers=[speaker], listings=reference, interpreted=["vi"])
    make_release(db, event, by=organizer)
    secret = make_session(db, event, by=organizer, room=room, start="11:00", title="Secret session")
    planned = make_event(db, by=organizer, texts={"en": "Secret fair"}, planned=True)
    cancelled = make_event(db, by=organizer, texts={"en": "Cancelled fair"})
    change_state(db, cancelled, EventState.CANCELLED, by=make_viewer(db, organizer), now=utc_now())
    editor = make_user(db, email="editor@example.org", name="Editor of the tests")
    form = TeamForm(email=editor.email, role="editor")
    add_to_team_by_address(db, event, form, by=make_viewer(db, organizer), now=utc_now())
    now, content = utc_now(), b"Was,Wo,Tag,Um,Dauer\nKilns,Hall A,2027-03-01,09:00,30\n"
    keep_table(db, planned, name="programme.csv", content=content, by=make_viewer(db, organizer), now=now)
    free = make_room(db, event, by=organizer, name="Hall B")
    make_session(db, event, by=organizer, title="Session without a place")
    draft = ask_for_draft(db, event, DraftForm(), by=make_viewer(db, organizer), now=utc_now())
    under_way = Draft(event_id=planned.id, state=DraftState.COMPUTING, opens=540, closes=1080)
    db.add(under_way)
    db.commit()
    return {
        "slug": event.slug, "planned": planned.slug, "cancelled": cancelled.slug, "session": shown.code,
        "secret": secret.code, "speaker_id": str(speaker.id), "interpreter_id": str(interpreter.id),
        "presence_id": str(presence.id),
        "room_id": str(free.id), "version": str(event.version),
        "editor": editor.email, "first_day": event.starts_on.isoformat(),
        "day": event.starts_on.isoformat(), "draft": str(draft.id), "under_way": str(under_way.id),
        "session_version": str(shown.version), "secret_version": str(secret.version),
    }  # fmt: skip


def _open_registration(db: Session, people: dict[Role, User], slug: str) -> dict[str, str]:
    """For two types, of which nobody has come as the second; the owner is registered as the first."""
    organizer, event = people[Role.ORGANIZER], find_event(db, slug)
    assert event is not None
    kind = make_type(db, event, by=organizer, capacity=50, names=["vi:Khách thương mại"])
    unused = make_type(db, event, by=organizer, name="Exhibitor")
    question = make_question(db, event, by=organizer, names=["vi:Ăn kiêng"])
    open_registration(db, event, by=organizer)
    own = make_registration(db, event, kind, people[Role.OWNER])
    table = make_table(db, event, b"Name,Mail address\nMai,mai@example.org\n", by=organizer)
    return {
        "table_id": str(table.id), "type_id": str(kind.id), "unused_type_id": str(unused.id),
        "question_id": str(question.id),
        "participant": own.code, "version": str(event.version),
    }  # fmt: skip


def _match_listings(db: Session, reference: str, demands: dict[str, Listing], slug: str) -> dict[str, str]:
    """The offer may answer all demands of the other organization; its owner has said something of one, and a centre has
    proposed another.
    """
    offer = db.scalars(select(Listing).where(Listing.reference == reference)).one()
    for demand in demands.values():
        make_match(db, offer, demand)
    say(db, offer, demands["judged"])
    make_proposal(db, offer, demands["proposed"], centre=db.scalars(select(Organization).filter_by(slug=slug)).one())
    make_heat(db, country="VN", field="29")
    make_rate(db, "CNY", "0.14")
    return {case: demand.reference for case, demand in demands.items()}


def _send_files(db: Session, settings: Settings, organization: Organization, owner: User) -> dict[str, str]:
    """Imports as they wait for somebody: one that was checked, one whose columns have no names of ours."""
    row = "Kiln,Dries roots,en,offer"
    texts = {
        "checked": f"title,summary,language,kind\n{row}\n",
        "faulty": f"title,summary,language,kind\n{row}\n,No title,en,offer\n",
        "unmapped": f"Wort,Satz,Zunge,Art\n{row}\n",
    }
    runs = {}
    for state, text in texts.items():
        run = start_run(
            db, organization.id, name=f"{state}.csv", file_format=FileFormat.CSV, file_hash=state,
            options=ImportOptions(), by=owner.id, now=utc_now(),
        )  # fmt: skip
        keep_file(settings, run.id, iter([text.encode()]))
        send_to_worker(db, run)
        runs[state] = str(run.id)
    db.commit()
    return runs


def _hand_out_keys(
    db: Session, file: Path, people: dict[Role, User], organization: Organization, references: dict[str, str],
    centres: list[str], runs: dict[str, str], counterparts: dict[str, str], events: dict[str, str],
) -> Market:  # fmt: skip
    now = utc_now()
    unconfirmed = people[Role.UNCONFIRMED]
    confirm = issue_mail_token(db, unconfirmed, MailTokenPurpose.CONFIRM_ADDRESS, now=now)
    reset = issue_mail_token(db, unconfirmed, MailTokenPurpose.RESET_PASSWORD, now=now)
    cookies = {role: start_sign_in(db, person, browser="tests", now=now) for role, person in people.items()}
    start_sign_in(db, people[Role.OWNER], browser="another browser", now=now)
    db.commit()
    make_token(db, people[Role.OWNER], token_id=TOKEN_ID, name="Mirror", scopes=Scope, now=now, lifetime=None)
    db.commit()
    listing_id = db.scalars(select(Listing.id).where(Listing.reference == references["published"])).one()
    fact_id = set_aside(db, ListingPublished(listing_id))
    stop_alerts(db, people[Role.MEMBER].id, now=now)
    search, bookmark, feed = _keep(db, people[Role.OWNER], organization, references["published"])
    stop = make_stop_token(Settings(), people[Role.OWNER].id)
    fair = db.scalars(select(Event).where(Event.slug == events["slug"])).one()
    calendar = make_schedule_feed(db, fair, by=people[Role.OWNER])
    shown = db.scalars(select(ProgrammeSession).where(ProgrammeSession.code == events["session"])).one()
    make_mark(db, fair, shown, by=people[Role.OWNER])
    another = select(SignInSession.id).where(SignInSession.browser == "another browser")
    versions = dict(db.execute(select(Listing.reference, Listing.version)).all())
    return Market(
        file=file,
        emails={role: person.email for role, person in people.items()},
        cookies=cookies,
        slug=organization.slug,
        month=f"{now:%Y-%m}",
        references=references,
        versions={state: versions[reference] for state, reference in references.items()},
        tokens={
            "accounts.confirm": confirm, "accounts.do_confirm": confirm,
            "accounts.reset": reset, "accounts.do_reset": reset,
            "programme.feed": calendar, "programme.speaking_feed": calendar,
            "interests.feed": feed, "interests.unsubscribe": stop, "interests.do_unsubscribe": stop,
        },
        session_id=str(db.scalars(another).one()),
        token_id=str(TOKEN_ID),
        centre=centres[0],
        other_centre=centres[1],
        runs=runs,
        set_aside=str(fact_id),
        counterparts=counterparts,
        search_id=search,
        bookmark_id=bookmark,
        events=events,
    )  # fmt: skip


def _keep(db: Session, owner: User, organization: Organization, reference: str) -> tuple[str, str, str]:
    """What the owner keeps: a search with a feed, a bookmark, and the own organization, which is followed. Nothing of
    it waits for the worker.
    """
    listing = db.scalars(select(Listing).where(Listing.reference == reference)).one()
    search = make_search(db, by=owner, words="kiln", kind=["offer"])
    bookmark = make_bookmark(db, listing, by=owner, note="Secret note")
    make_follow(db, organization, by=owner)
    feed = make_feed(search, now=utc_now())
    keep_from_handlers(db, search.id, now=utc_now())
    db.commit()
    return str(search.id), str(bookmark.id), feed
