"""The whole house at once: every route, every role, one furnished market, and what a request changed in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from market.programme.enums import ConflictKind
from tests.make.accounts import PASSWORD
from tests.make.events import PROGRAMME
from tests.make.listings import make_fields, make_words
from tests.make.visitor import Fields

SAFE = "GET"
EVENT_ROOMS = ("events.", "programme.", "registration.")
API = "/api/"
VISITORS_COOKIE = "a-visitor-of-the-tests"


class Role(StrEnum):
    """Who stands at a door. `MEMBER` and `OWNER` belong to the organization whose things the doors are about."""

    VISITOR = "visitor"
    UNCONFIRMED = "unconfirmed"
    STRANGER = "stranger"  # signed in, without an organization
    MEMBER = "member"
    OWNER = "owner"
    OTHER = "other"  # owner of another organization
    ORGANIZER = "organizer"
    STAFF = "staff"


@dataclass(frozen=True, slots=True, order=True)
class Door:
    """One route with one of its verbs."""

    name: str
    verb: str
    path: str

    @property
    def is_safe(self) -> bool:
        return self.verb == SAFE

    def __str__(self) -> str:
        return f"{self.verb} {self.name}"


@dataclass(frozen=True, slots=True)
class Market:
    """A furnished market in a file, and what one must know to ask for its parts."""

    file: Path
    emails: Mapping[Role, str]
    cookies: Mapping[Role, str]
    slug: str
    month: str
    """In which it was furnished: that of the sitemap of its listings."""
    references: Mapping[str, str]
    """State of a listing → its reference. All of them belong to the organization with this slug."""
    versions: Mapping[str, int]
    """State of a listing → its version."""
    tokens: Mapping[str, str]
    """Route → a token that its address carries: of a mail to the unconfirmed person, or of what the owner keeps."""
    session_id: str
    """Another browser of the owner."""
    token_id: str
    """An API token of the owner."""
    centre: str
    """Slug of a centre, of the owner's too, that acts for the organization."""
    other_centre: str
    """Slug of one that acts for nobody."""
    runs: Mapping[str, str]
    """State of an import → its id."""
    set_aside: str
    """A fact that one handler gave up on."""
    counterparts: Mapping[str, str]
    """What its owner or a centre has said of a match of the published listing → the reference of its counterpart."""
    search_id: str
    """A search that the owner has saved. It has a feed."""
    bookmark_id: str
    """The owner's, of the published listing."""
    events: Mapping[str, str]
    """What the organizer has: slugs of events, a session that is shown and a secret one, and what belongs to them."""

    @property
    def clients(self) -> Mapping[str, str]:
        """Route → the slug it is used with, where that is not the organization's."""
        return {"organizations.new_client": self.centre, "organizations.found_client": self.centre}

    def slug_of(self, route: str, case: str) -> str:
        """Of the event where the route is about one, else of an organization."""
        if route.startswith(EVENT_ROOMS):
            if case == "missing" and route not in ("programme.file", "registration.export"):
                return "no-such-event"
            return self.events[case if case in ("planned", "cancelled") else "slug"]
        return self.clients.get(route, self.slug)

    def session(self, case: str) -> str:
        return self.events["secret" if case == "secret" else "session"]

    def reference(self, case: str) -> str:
        return self.references.get(case, self.references["published"])

    def run(self, case: str) -> str:
        return self.runs.get(case, self.runs["checked"])

    def version(self, case: str) -> str:
        return str(self.versions.get(case, self.versions["published"]))

    def type_of(self, route: str, case: str) -> str:
        """What one may register as; one that nobody has used where it is to be removed."""
        is_removed = route == "registration.remove_type" and case != "used"
        return self.events["unused_type_id" if is_removed else "type_id"]

    def email(self, role: Role) -> str:
        return self.emails.get(role, self.emails[Role.OWNER])


def _sign_in(market: Market, role: Role, case: str) -> Fields:
    return {"email": market.email(role), "password": "wrong words of tests" if case == "wrong" else PASSWORD}


def _profile(_market: Market, _role: Role, _case: str) -> Fields:
    return {"name": "Somebody else", "language": "vi"}


def _password(_market: Market, _role: Role, case: str) -> Fields:
    return {"old_password": "wrong words of tests" if case == "wrong" else PASSWORD, "new_password": "four other words"}


def _organization(_market: Market, _role: Role, _case: str) -> Fields:
    return {"name": "Mekong Mills", "kind": "firm", "country": "VN", "language": "en", "_version": "1"}


def _removal(market: Market, _role: Role, case: str) -> Fields:
    emails = {
        "member": market.emails[Role.MEMBER],
        "last-owner": market.emails[Role.OWNER],
        "stranger": market.emails[Role.STRANGER],
    }
    return {"email": emails.get(case, "nobody@example.org")}


def _new_listing(market: Market, _role: Role, _case: str) -> Fields:
    own = {"form_id": "6f6a7f0e-5a0b-4f6e-9d8a-2b1c3d4e5f60", "kind": "offer", "organization": market.slug}
    return {**make_fields(), **own, "_action": "save"}


def _listing(market: Market, _role: Role, case: str) -> Fields:
    return {**make_fields(), "_version": "0" if case == "stale" else market.version(case)}


def _translation(market: Market, _role: Role, case: str) -> Fields:
    return {**make_words("Lò sấy sắn"), "_version": "0" if case == "stale" else market.version(case)}


def _proposal(market: Market, _role: Role, case: str) -> Fields:
    return {
        "offer": market.reference(case) if case != "missing" else "TO-CN-222222",
        "demand": market.counterparts["proposed" if case == "proposed" else "plain"],
        "centre": "" if case == "of-none" else market.centre,
        "note": "x" * 1_001 if case == "wrong" else "Both dry roots.",
    }


def _event(market: Market, _role: Role, case: str) -> Fields:
    return {
        "title": "" if case == "wrong" else "Kiln fair", "kind": "expo", "language": "en", "country": "CN",
        "city": "Nanning", "zone": "Asia/Shanghai", "starts_on": "2027-03-01", "ends_on": "2027-03-02",
        "_version": "0" if case == "stale" else market.events["version"],
    }  # fmt: skip


def _event_words(market: Market, _role: Role, case: str) -> Fields:
    version = "0" if case == "stale" else market.events["version"]
    return {"title": "" if case == "wrong" else "Hội chợ lò sấy", "_version": version}


def _participant(market: Market, role: Role, case: str) -> Fields:
    """An answer to the question that is asked, and what it is asked of."""
    answer = {f"answer-{market.events['question_id']}": "No fish"}
    name = "" if case == "wrong" else f"{role.value.capitalize()} who comes"
    return {"type": market.events["type_id"], "name": name, "language": "vi", "country": "VN", **answer}


def _own_registration(market: Market, role: Role, case: str) -> Fields:
    fields = dict(_participant(market, role, case))
    del fields["type"]
    return fields


def _session(market: Market, _role: Role, case: str) -> Fields:
    versions = {"stale": "0", "secret": market.events["secret_version"]}
    return {
        "title": "" if case == "wrong" else "Drying leaves", "kind": "talk", "state": "confirmed", "language": "en",
        "minutes": "45", "_version": versions.get(case, market.events["session_version"]),
    }  # fmt: skip


def _interpreter(_market: Market, _role: Role, case: str) -> Fields:
    return {"name": "" if case == "wrong" else "Lan Chi", "language": "vi", "pairs": ["vi zh-Hans"]}


def _move(market: Market, _role: Role, case: str) -> Fields:
    version = "0" if case == "stale" else market.events["secret_version"]
    return {
        "_session": market.events["secret"], "_version": version, "_day": "", "day": market.events["day"],
        "start": "25:00" if case == "wrong" else "15:00", "room": market.events["room_id"],
    }  # fmt: skip


def _block(market: Market, _role: Role, case: str) -> Fields:
    version = "0" if case == "stale" else market.events["secret_version"]
    return {
        "_seen": f"{market.events['secret']}:{version}", "_day": "", "_room": "", "_track": "",
        "minutes": "0" if case == "wrong" else "30", "to_day": "", "to_room": "",
    }  # fmt: skip


FIELDS: Mapping[str, Callable[[Market, Role, str], Fields]] = {
    "accounts.do_sign_in": _sign_in,
    "accounts.do_register": lambda _market, _role, _case: {
        "name": "Mai", "email": "mai@example.org", "password": PASSWORD,
    },
    "accounts.do_forgot": lambda market, role, case: {
        "email": f"nobody.{role}@example.org" if case == "unknown" else market.email(role)
    },
    "accounts.do_confirm": lambda _market, _role, case: {"password": "not this one" if case == "wrong" else PASSWORD},
    "accounts.do_reset": lambda _market, _role, _case: {"password": PASSWORD},
    "accounts.change_profile": _profile,
    "accounts.change_password": _password,
    "accounts.make_token": lambda _market, _role, case: {
        "form_id": "7f6a7f0e-5a0b-4f6e-9d8a-2b1c3d4e5f60", "name": "" if case == "wrong" else "Mirror",
        "scopes": ["listings:read"], "lifetime": "year",
    },
    "organizations.found": _organization,
    "organizations.found_client": _organization,
    "organizations.grant": lambda market, _role, case: {
        "centre": market.slug if case == "itself" else market.other_centre,
    },
    "organizations.end_representation": lambda market, _role, _case: {"centre": market.centre},
    "organizations.do_edit": _organization,
    "organizations.add_member": lambda market, _role, _case: {"email": market.emails[Role.STRANGER], "role": "member"},
    "organizations.remove_member": _removal,
    "listings.draft": _new_listing,
    "listings.do_edit": _listing,
    "listings.do_translate": _translation,
    "matching.judge": lambda _market, _role, case: {"verdict": "not_for_us" if case == "wrong" else "interested"},
    "matching.propose": _proposal,
    "matching.put_rate": lambda _market, _role, case: {
        "currency": "THB", "dollars": "much" if case == "wrong" else "0.031", "source": "Central bank",
        "stated_on": "2026-11-20",
    },
    "exchange.start": lambda market, _role, _case: {"organization": market.slug, "publishes": "1"},
    "exchange.name_columns": lambda _market, _role, case: {
        "column-0": "title" if case != "twice" else "summary", "column-1": "summary", "column-2": "language",
        "column-3": "kind",
    },
    "exchange.confirm": lambda _market, _role, case: {"_skip": "" if case == "faulty" else "1"},
    "interests.save_search": lambda _market, _role, case: {
        "form_id": "5f6a7f0e-5a0b-4f6e-9d8a-2b1c3d4e5f60", "query": "q=kiln&kind=offer",
        "name": "" if case == "wrong" else "Kilns", "often": "weekly",
    },
    "interests.change_search": lambda _market, _role, case: {
        "name": "" if case == "wrong" else "Dryers", "words": "dryer", "often": "never",
    },
    "interests.change_note": lambda _market, _role, case: {
        "note": "x" * 2_001 if case == "wrong" else "Ask for the price", "_cursor": "",
    },
    "interests.change_follow": lambda _market, _role, case: {"often": "hourly" if case == "wrong" else "weekly"},
    "events.plan": _event,
    "events.do_edit": _event,
    "events.write_words": _event_words,
    "events.change_state": lambda _market, _role, case: {
        "state": "over" if case == "wrong" else "announced",
    },
    "events.copy": lambda _market, _role, case: {
        "starts_on": "2028-03-01", "ends_on": "2028-02-01" if case == "wrong" else "2028-03-02",
    },
    "events.add_to_team": lambda market, _role, case: {
        "email": "nobody@example.org" if case == "wrong" else market.emails[Role.STRANGER], "role": "editor",
    },
    "events.remove_from_team": lambda market, _role, case: {
        "email": market.events["editor"] if case == "editor" else market.emails[
            Role.STRANGER if case == "stranger" else Role.ORGANIZER
        ],
    },
    "programme.plan_session": _session,
    "programme.move_session": _move,
    "programme.move_block": _block,
    "programme.ask_draft": lambda _market, _role, case: {"opens": "x" if case == "wrong" else "09:00"},
    "programme.stop_draft": lambda market, _role, case: {
        "_draft": market.events["under_way" if case == "planned" else "draft"],
    },
    "programme.discard_draft": lambda market, _role, _case: {"_draft": market.events["draft"]},
    "programme.take_over_draft": lambda market, _role, _case: {"_draft": market.events["draft"]},
    "programme.do_edit_session": _session,
    "programme.write_words": lambda _market, _role, case: {"title": "" if case == "wrong" else "Sấy lá"},
    "programme.add_room": lambda _market, _role, case: {"name": "" if case == "wrong" else "Hall C", "capacity": "40"},
    "programme.remove_room": lambda market, _role, _case: {"id": market.events["room_id"]},
    "programme.add_track": lambda _market, _role, case: {"track_name": "" if case == "wrong" else "Materials"},
    "programme.add_speaker": lambda _market, _role, case: {
        "name": "" if case == "wrong" else "Mai", "language": "vi",
    },
    "programme.do_edit_speaker": lambda _market, _role, case: {
        "name": "" if case == "wrong" else "Wei Lan-Fang", "language": "en",
    },
    "programme.do_edit_room": lambda _market, _role, case: {
        "name": "" if case == "wrong" else "Hall D", "hall": "North", "capacity": "60",
    },
    "programme.add_interpreter": _interpreter,
    "programme.do_edit_interpreter": _interpreter,
    "programme.add_times": lambda market, _role, case: {
        "day": "1999-01-01" if case == "wrong" else market.events["first_day"], "start": "09:00", "end": "12:00",
    },
    "programme.remove_times": lambda market, _role, _case: {"id": market.events["presence_id"]},
    "programme.assign_interpreters": lambda market, _role, case: {
        "interpreting": "consecutive", "_version": "0" if case == "stale" else market.events["session_version"],
        "channels": [f"{'th' if case == 'wrong' else 'vi'} {market.events['interpreter_id']}"],
    },
    "programme.set_rules": lambda _market, _role, case: {
        "travel_minutes": "x" if case == "wrong" else "15", "severities": ["warn"] * len(ConflictKind),
    },
    "programme.name_columns": lambda _market, _role, case: {
        "column-0": "title", "column-1": "title" if case == "wrong" else "room", "column-2": "date",
        "column-3": "start", "column-4": "minutes",
    },
    "programme.do_choose": lambda market, _role, case: {
        "_day": "soon" if case == "wrong" else market.events["day"], "session": [market.events["session"]],
    },
    "programme.release": lambda _market, _role, case: {"name": "x" * 81 if case == "wrong" else ""},
    "registration.register": _participant,
    "registration.change": _own_registration,
    "registration.add_participant": lambda market, role, case: {
        **_participant(market, role, case), "email": "mai@example.org",
    },
    "registration.decide": lambda market, _role, case: {
        "participant": market.events["participant"], "_decision": "admit" if case == "again" else "decline",
    },
    "registration.take_over": lambda market, _role, case: {
        "column-0": "name", "column-1": "" if case == "wrong" else "email", "type": market.events["type_id"],
        "language": "en",
    },
    "registration.add_type": lambda _market, _role, case: {
        "name": "" if case == "wrong" else "Press", "capacity": "20", "is_open": "1", "names-vi": "Báo chí",
    },
    "registration.do_edit_type": lambda _market, _role, case: {
        "name": "Trade visitor", "capacity": "0" if case == "wrong" else "60", "is_open": "1",
    },
    "registration.add_question": lambda _market, _role, case: {
        "name": "Meal", "kind": "choice", "choices": "Rice" if case == "wrong" else "Rice\nNoodles",
    },
    "registration.do_edit_question": lambda _market, _role, case: {
        "name": "" if case == "wrong" else "Diet", "kind": "text",
    },
    "listings.do_together": lambda market, _role, case: {
        "_action": "withdraw", "_reference": market.reference(case), "_back": "",
    },
}  # fmt: skip
"""Route → what its form sends when it is filled in rightly. The others are a button alone."""

FILES: Mapping[str, tuple[str, bytes]] = {
    "programme.do_import": ("programme.json", PROGRAMME),
    "registration.do_import": ("people.csv", b"Name,Mail address\nMai,mai@example.org\n"),
    "exchange.start": ("rows.csv", b"title,summary,language,kind\nKiln,Dries roots,en,offer\n"),
}
"""Route → the file that its form takes along."""

USUAL_CASE = {
    "events.remove_from_team": "editor",
    "events.change_state": "planned",
    "organizations.remove_member": "member",
    "listings.publish": "draft",
    "listings.delete": "draft",
}
"""Route → on what its owner uses it; the others on something published."""


STAFF_DOORS = {"matching.rates", "matching.put_rate"}
MANAGED = "/{language}/manage/"
"""Where organizers work."""


def usual_case(door: Door) -> str:
    return USUAL_CASE.get(door.name, "published")


NEWCOMERS_DOORS = {"registration.new", "registration.register"}


def usual_role(door: Door) -> Role:
    """Who comes through: the owner has all that an organization can have, and staff have rooms of their own.
    Where others can register the owner has done so."""
    if door.path.startswith(MANAGED):
        return Role.ORGANIZER
    if door.name in NEWCOMERS_DOORS:
        return Role.MEMBER
    return Role.STAFF if door.name in STAFF_DOORS or door.name.startswith("deliveries.") else Role.OWNER
