"""Pages in states that a plain walk does not reach: refused forms, second editors, things not public."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from httpx2 import Response

from market.web.paging import write_cursor
from tests.house.refusals import Asker
from tests.house.walking import FIELDS, Role

VIETNAMESE = "Lò sấy này dùng ít nhiên liệu hơn một nửa so với cách phơi truyền thống của nông dân trong vùng."


@dataclass(frozen=True, slots=True)
class Visit:
    name: str
    status: int
    ask: Callable[[Asker], Response]


def _send(asker: Asker, route: str, case: str = "", **changes: Any) -> Response:
    """The form of this route as its owner fills it in, with changes."""
    house = asker.house
    fields = {**FIELDS[route](house.market, Role.OWNER, case), **changes}
    return house.send(Role.OWNER, "POST", house.address(house.door(route), case, language=asker.language), fields)


def _try_all_again(asker: Asker) -> Response:
    """The page as the redirect shows it."""
    answer = asker.use("deliveries.retry_all", Role.STAFF)
    return asker.house.send(Role.STAFF, "GET", answer.headers["location"])


def _stop_alerts(asker: Asker) -> Response:
    """The page as the redirect shows it."""
    answer = asker.use("interests.do_unsubscribe", Role.VISITOR)
    return asker.house.send(Role.VISITOR, "GET", answer.headers["location"])


def _send_no_file(asker: Asker) -> Response:
    house = asker.house
    address = house.address(house.door("registration.do_import"), language=asker.language)
    return house.send(Role.ORGANIZER, "POST", address)


BEYOND = write_cursor("2001-01-01T00:00:00+00:00", "6f6a7f0e-5a0b-4f6e-9d8a-2b1c3d4e5f60", "index_listings")


LEAST_MATCH = write_cursor("-9.0", "6f6a7f0e-5a0b-4f6e-9d8a-2b1c3d4e5f60", "6f6a7f0e-5a0b-4f6e-9d8a-2b1c3d4e5f60")


OLDEST = write_cursor("2001-01-01T00:00:00+00:00", "6f6a7f0e-5a0b-4f6e-9d8a-2b1c3d4e5f60")


def _edit_together(asker: Asker, **fields: Any) -> Response:
    chosen = [asker.house.market.references[state] for state in ("draft", "published")]
    return _send(asker, "listings.do_together", _action="edit", _reference=chosen, **fields)


TOGETHER = "/account/listings/together?reference={draft}&reference=TO-CN-222222"

VISITS = (
    Visit("sign-in-wrong", 422, lambda a: a.use("accounts.do_sign_in", Role.VISITOR, "wrong")),
    Visit("sign-in-empty", 422, lambda a: a.post("/sign-in")),
    Visit("register-empty", 422, lambda a: a.post("/register")),
    Visit("register-guessable", 422, lambda a: a.post("/register", name="M", email="m", password="aaaaaaaaaaaa")),
    Visit("forgot-empty", 422, lambda a: a.post("/forgot")),
    Visit("reset-short", 422, lambda a: _send(a, "accounts.do_reset", password="short")),
    Visit("profile-empty", 422, lambda a: a.post("/account/profile", Role.OWNER)),
    Visit("password-wrong", 422, lambda a: a.use("accounts.change_password", Role.OWNER, "wrong")),
    Visit("password-short", 422, lambda a: _send(a, "accounts.change_password", new_password="short")),
    Visit("organization-empty", 422, lambda a: a.post("/organizations/new", Role.OWNER)),
    Visit("organization-long", 422, lambda a: _send(a, "organizations.do_edit", name="x" * 200, website="x")),
    Visit("organization-stale", 409, lambda a: _send(a, "organizations.do_edit", _version="0")),
    Visit("member-unknown", 422, lambda a: _send(a, "organizations.add_member", email="nobody@example.org")),
    Visit("client-empty", 422, lambda a: _send(a, "organizations.found_client", name="")),
    Visit("centre-unknown", 422, lambda a: _send(a, "organizations.grant", centre="nobody")),
    Visit("centres-looked-up", 200, lambda a: a.get("/organizations/{slug}/representation?q=xijiang", Role.OWNER)),
    Visit("organizations-none", 200, lambda a: a.get("/organizations?country=TL")),
    Visit("listing-empty", 422, lambda a: a.post("/listings/new", Role.OWNER, kind="demand")),
    Visit("listing-in-another-language", 422, lambda a: _send(a, "listings.draft", description=VIETNAMESE * 3)),
    Visit("listing-of-too-much", 422, lambda a: _send(
        a, "listings.do_edit", trl="12", summary="x" * 501, keywords=",".join(map(str, range(20))), price_amount="x",
        industries=["machinery", "sugar_cane", "livestock", "rice"], ipc="?", expires_on="soon", stage="far",
    )),
    Visit("listing-stale", 409, lambda a: _send(a, "listings.do_edit", "stale", title="Another title")),
    Visit("listing-stale-and-the-same", 409, lambda a: a.use("listings.do_edit", Role.OWNER, "stale")),
    Visit("translation-empty", 422, lambda a: _send(a, "listings.do_translate", title="")),
    Visit("translation-stale", 409, lambda a: a.use("listings.do_translate", Role.OWNER, "stale")),
    Visit("draft", 200, lambda a: a.use("listings.show", Role.OWNER, "draft")),
    Visit("withdrawn", 200, lambda a: a.use("listings.show", Role.OWNER, "withdrawn")),
    Visit("expired", 200, lambda a: a.use("listings.show", Role.OWNER, "expired")),
    Visit("shown-to-staff", 200, lambda a: a.use("listings.show", Role.STAFF, "published")),
    Visit("checked-draft", 200, lambda a: a.get("/listings/{draft}/edit?check=1", Role.OWNER)),
    Visit("new-demand", 200, lambda a: a.get("/listings/new?kind=demand", Role.OWNER)),
    Visit("search", 200, lambda a: a.get("/listings?q=kiln&kind=offer&trl_min=2&sort=newest")),
    Visit("search-for-nothing", 200, lambda a: a.get("/listings?q=zzzz&country=TL")),
    Visit("unconfirmed", 200, lambda a: a.get("/account", Role.UNCONFIRMED)),
    Visit("unconfirmed-founder", 200, lambda a: a.get("/organizations/new", Role.UNCONFIRMED)),
    Visit("writer-without-organization", 200, lambda a: a.get("/listings/new", Role.STRANGER)),
    Visit("nothing-written", 200, lambda a: a.get("/account/listings", Role.STRANGER)),
    Visit("own-narrowed-down", 200, lambda a: a.get("/account/listings?state=draft&q=kiln", Role.OWNER)),
    Visit("own-without-hits", 200, lambda a: a.get("/account/listings?q=zzzz", Role.OWNER)),
    Visit("together-with-reasons", 200, lambda a: a.get(f"{TOGETHER}&action=renew&done=1", Role.OWNER)),
    Visit("together-possible", 200, lambda a: a.get(f"{TOGETHER}&action=withdraw", Role.OWNER)),
    Visit("edit-together", 200, lambda a: a.get(f"{TOGETHER}&action=edit", Role.OWNER)),
    Visit("edit-together-empty", 422, _edit_together),
    Visit("edit-together-checked", 200, lambda a: _edit_together(
        a, _step="check", stage="concept", industries=["sugar_cane"], keywords="kiln", expires_on="2001-01-01",
        target_countries=["TH"], target_countries_mode="set", partnership_types=["licence"],
    )),
    Visit("import-checked", 200, lambda a: a.use("exchange.show", Role.OWNER, "checked")),
    Visit("import-faulty", 200, lambda a: a.use("exchange.show", Role.OWNER, "faulty")),
    Visit("import-unmapped", 200, lambda a: a.use("exchange.show", Role.OWNER, "unmapped")),
    Visit("columns-twice", 422, lambda a: a.use("exchange.name_columns", Role.OWNER, "twice")),
    Visit("import-without-a-file", 422, lambda a: _send(a, "exchange.start")),
    Visit("importer-without-organization", 200, lambda a: a.get("/account/imports/new", Role.STRANGER)),
    Visit("saved-searches-none", 200, lambda a: a.get("/account/searches", Role.STRANGER)),
    Visit("search-to-save", 200, lambda a: a.get("/account/searches/new?q=kiln&kind=offer&trl_min=2", Role.OWNER)),
    Visit("search-without-a-name", 422, lambda a: a.use("interests.save_search", Role.OWNER, "wrong")),
    Visit("saved-search-without-a-name", 422, lambda a: a.use("interests.change_search", Role.OWNER, "wrong")),
    Visit("feed-made", 200, lambda a: a.use("interests.make_feed", Role.OWNER)),
    Visit("note-too-long", 422, lambda a: a.use("interests.change_note", Role.OWNER, "wrong")),
    Visit("shortlist-empty", 200, lambda a: a.get("/account/shortlist", Role.STRANGER)),
    Visit("followed-none", 200, lambda a: a.get("/account/following", Role.STRANGER)),
    Visit("alerts-stopped", 200, _stop_alerts),
    Visit("set-aside", 200, lambda a: a.use("deliveries.index", Role.STAFF)),
    Visit("nothing-set-aside", 200, _try_all_again),
    Visit("nothing-more-set-aside", 200, lambda a: a.get(f"/staff/deliveries?cursor={BEYOND}", Role.STAFF)),
    Visit("judged-without-a-reason", 422, lambda a: a.use("matching.judge", Role.OWNER, "wrong")),
    Visit("judged-at-length", 422, lambda a: _send(a, "matching.judge", note="x" * 501)),
    Visit("matches-of-ones-own", 200, lambda a: a.use("matching.of_listing", Role.OWNER)),
    Visit("no-matches", 200, lambda a: a.get("/account/matches", Role.STRANGER)),
    Visit("no-more-matches", 200, lambda a: a.get(f"/account/matches?cursor={LEAST_MATCH}", Role.OWNER)),
    Visit("proposed-at-length", 422, lambda a: a.use("matching.propose", Role.OWNER, "wrong")),
    Visit("proposed-by-no-centre", 422, lambda a: a.use("matching.propose", Role.OWNER, "of-none")),
    Visit("registered-without-a-name", 422, lambda a: a.use("registration.register", Role.STRANGER, "wrong")),
    Visit("registration-changed-badly", 422, lambda a: a.use("registration.change", Role.OWNER, "wrong")),
    Visit("participant-without-a-name", 422, lambda a: a.use("registration.add_participant", Role.ORGANIZER, "wrong")),
    Visit("type-without-a-name", 422, lambda a: a.use("registration.add_type", Role.ORGANIZER, "wrong")),
    Visit("question-without-choices", 422, lambda a: a.use("registration.add_question", Role.ORGANIZER, "wrong")),
    Visit("participants-without-a-file", 422, _send_no_file),
    Visit("participants-without-columns", 422, lambda a: a.use("registration.take_over", Role.ORGANIZER, "wrong")),
    Visit("registered-for-nothing", 200, lambda a: a.get("/registrations", Role.STRANGER)),
    Visit("no-pair-of-a-field", 200, lambda a: a.get("/broker?field=1&offer_country=CN", Role.OWNER)),
    Visit("no-more-pairs", 200, lambda a: a.get(f"/broker?cursor={LEAST_MATCH}", Role.OWNER)),
    Visit("no-more-proposals", 200, lambda a: a.get(f"/broker/proposals?cursor={OLDEST}", Role.OWNER)),
    Visit("rate-unreadable", 422, lambda a: a.use("matching.put_rate", Role.STAFF, "wrong")),
    Visit("notice", 200, lambda a: a.get("/?notice=signed_out")),
)  # fmt: skip
