"""The broker's desk: pairs across the market, and where demand is."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.viewer import MemberRole
from market.kernel.work import Work
from market.listings.models import Listing
from market.listings.service import withdraw_listing
from market.matching import desk
from market.matching.desk import DeskFilters, list_unseen
from market.matching.enums import Constraint, Verdict
from market.matching.models import DemandHeat
from market.matching.queries import Place
from market.matching.reactions import count_demand_heat
from market.organizations.models import Organization
from market.organizations.service import add_member
from tests.make.accounts import make_user
from tests.make.listings import make_draft, make_listing
from tests.make.matches import make_heat, make_match, make_proposal, say
from tests.make.organizations import make_centre, make_organization, make_viewer
from tests.make.reading import read_html
from tests.make.stored import read_stored
from tests.make.visitor import Visitor
from tests.market.matching.conftest import DESK, PROPOSALS, list_pairs, name_pair

SignIn = Callable[..., Visitor]


@pytest.mark.parametrize("path", [DESK, PROPOSALS, "/en/broker/heat"])
def test_only_confirmed_members_of_transfer_centres_come_in(
    db: Session, visitor: Visitor, broker: Visitor, seller: Visitor, centre: Organization, sign_in: SignIn, path: str
) -> None:
    staff, unconfirmed, member = (make_user(db, staff=True), make_user(db, confirmed=False), make_user(db))
    for person in (unconfirmed, member):
        add_member(db, centre.id, person.id, role=MemberRole.MEMBER, by=None, now=utc_now())
    db.commit()

    statuses = [browser.get(path).status_code for browser in (broker, sign_in(member))]
    refused = [browser.get(path).status_code for browser in (seller, sign_in(staff), sign_in(unconfirmed))]

    assert statuses == [200, 200]
    assert refused == [403, 403, 403]
    assert visitor.get(path, follow=False).headers["location"].startswith("/en/sign-in?next=")


def test_the_account_menu_leads_brokers_to_their_desk_and_nobody_else(broker: Visitor, seller: Visitor) -> None:
    links = [
        [link for link in read_html(browser.get("/en/")).find_all("a") if link.attributes.get("href") == DESK]
        for browser in (broker, seller)
    ]

    assert [len(found) for found in links] == [1, 0]


def test_a_pair_shows_both_listings_with_their_strength_reasons_and_passages(
    db: Session, broker: Visitor, lan: User, mai: User
) -> None:
    offer = make_listing(db, by=lan, texts={"zh-Hans": "木薯片烘干机"})
    demand = make_listing(db, by=mai, kind="demand", texts={"vi": "Máy sấy sắn lát"})
    make_match(db, offer, demand, score=1.6)

    (card,) = read_html(broker.get(DESK)).find_all("article", css="pair")

    assert card.texts("h2") == ["木薯片烘干机", "Máy sấy sắn lát"]
    assert [line.text.split("Written in: ")[1] for line in card.find_all("p", css="from")[1:]] == [
        "Simplified Chinese", "Vietnamese",
    ]  # fmt: skip
    assert card.texts("span", css="strength") == ["Strong match"]
    assert card.texts("li", css="for") == ["What they are about is close."]
    assert [quote.attributes["lang"] for quote in card.find_all("blockquote")] == ["zh-Hans", "vi"]


def test_the_strongest_stand_first_without_what_is_apart_or_said_or_proposed_or_not_public(
    db: Session, broker: Visitor, centre: Organization, lan: User, mai: User
) -> None:
    offer = make_listing(db, by=lan)
    demands = {
        case: make_listing(db, by=mai, kind="demand", texts={"en": f"Kiln {case}"})
        for case in ("weak", "strong", "apart", "judged", "judged by the other", "proposed", "withdrawn", "expired")
    }
    for case, demand in demands.items():
        apart = Constraint.PARTNERSHIP if case == "apart" else None
        make_match(db, offer, demand, score=1.5 if case == "strong" else 1.0, apart=apart)
    say(db, offer, demands["judged"])
    say(db, demands["judged by the other"], offer, Verdict.IN_CONTACT)
    make_proposal(db, offer, demands["proposed"], centre=make_centre(db, name="Another centre"))
    withdraw_listing(db, demands["withdrawn"], by=make_viewer(db, mai), now=utc_now())
    demands["expired"].expires_on = date(2020, 1, 1)
    db.commit()

    assert list_pairs(read_html(broker.get(DESK))) == [name_pair(offer, demands[case]) for case in ("strong", "weak")]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ["TH", "VN"]),
        ("demand_country=TH", ["TH"]),
        ("offer_country=CN", ["TH", "VN"]),
        ("offer_country=TH", []),
        ("field=18", ["TH"]),
        ("field=29", ["TH", "VN"]),
        ("field=18&demand_country=VN", []),
    ],
)
def test_pairs_are_narrowed_down_by_field_and_countries(
    db: Session, broker: Visitor, offer: Listing, demand: Listing, query: str, shown: list[str]
) -> None:
    farmer = make_user(db)
    make_organization(db, by=farmer, name="Chiang Mai Farms", country="TH")
    other = make_listing(db, by=farmer, kind="demand", fields=[18])
    make_match(db, offer, demand, score=1.0)
    make_match(db, offer, other, score=1.2)

    pairs = {name_pair(offer, other): "TH", name_pair(offer, demand): "VN"}

    assert [pairs[name] for name in list_pairs(read_html(broker.get(f"{DESK}?{query}")))] == shown


@pytest.mark.parametrize("query", ["field=99", "offer_country=XX", "demand_country=china", "cursor=x"])
def test_filters_of_no_list_of_ours_are_refused(broker: Visitor, query: str) -> None:
    assert broker.get(f"{DESK}?{query}").status_code == 400


def test_pairs_go_on_from_page_to_page_without_a_gap(
    db: Session, broker: Visitor, lan: User, mai: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    demand = make_listing(db, by=mai, kind="demand")
    offers = [make_listing(db, by=lan, texts={"en": f"Kiln {number}"}) for number in range(43)]
    for place, offer in enumerate(offers):
        make_match(db, offer, demand, score=2.0 if place < 30 else 2.0 - place / 100)
    say(db, offers[3], demand)
    shown: list[str] = []
    address = DESK

    for _page in range(3):
        html = read_html(broker.get(address))
        shown += list_pairs(html)
        following = html.find_all("a", rel="next")
        address = following[0].attributes["href"] if following else ""

    assert address == ""
    assert sorted(shown) == sorted(name_pair(offer, demand) for offer in offers if offer is not offers[3])


def test_a_page_looks_through_a_stretch_at_most_and_goes_on_behind_it(
    db: Session, broker: Visitor, lan: User, mai: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "STRETCH", 3)
    demand = make_listing(db, by=mai, kind="demand")
    offers = [make_listing(db, by=lan, texts={"en": f"Kiln {number}"}) for number in range(5)]
    for place, offer in enumerate(offers):
        make_match(db, offer, demand, score=2.0 - place / 10)
        if place < 3:
            say(db, offer, demand)

    first = read_html(broker.get(DESK))
    following = first.find("a", rel="next")
    second = read_html(broker.get(following.attributes["href"]))

    assert (list_pairs(first), following.text) == ([], "Look further")
    assert "None of the pairs looked through so far fits." in first.text
    assert list_pairs(second) == [name_pair(offer, demand) for offer in offers[3:]]
    assert second.find_all("a", rel="next") == []


@pytest.mark.parametrize("after", [None, (1.5, uuid4(), uuid4())], ids=["first", "later"])
def test_the_desk_reads_pairs_in_the_order_of_their_index(db: Session, database: Database, after: Place | None) -> None:
    if not database.is_sqlite:
        pytest.skip("the plan is SQLite's")
    asked: list[tuple[str, Any]] = []
    event.listen(database.engine, "before_cursor_execute", lambda *of: asked.append((of[2], of[3])))

    list_unseen(db, DeskFilters("29", "CN", "VN"), today=date(2026, 11, 23), after=after, limit=20)

    chosen = [(sql, values) for sql, values in asked if sql.startswith("SELECT")]
    plans = [list(db.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)) for sql, values in chosen]
    assert len(plans) == 2
    for plan in plans:
        assert "match USING" in plan[0][3]
        assert "INDEX ix_match_score_offer_id_demand_id" in plan[0][3]
        assert not [step for step in plan if "TEMP B-TREE" in step[3]]


def test_demand_is_counted_by_a_job_with_open_demands_alone(
    db: Session, work: Work, database: Database, lan: User, mai: User
) -> None:
    make_heat(db, country="LA", field="1", demands=7)
    for fields in ([29], [29, 18]):
        make_listing(db, by=mai, kind="demand", fields=fields)
    make_draft(db, by=mai, kind="demand")
    make_listing(db, by=lan)
    make_listing(db, by=mai, kind="demand").expires_on = date(2020, 1, 1)
    withdraw_listing(db, make_listing(db, by=mai, kind="demand"), by=make_viewer(db, mai), now=utc_now())
    db.commit()

    for _turn in range(2):
        count_demand_heat(work, utc_now())

    counted = {(one.country, one.field): one.demands for one in read_stored(database, select(DemandHeat))}
    assert counted == {("VN", "29"): 2, ("VN", "18"): 1}


def test_the_heat_shows_numbers_with_shades_and_leads_to_the_demands(db: Session, broker: Visitor) -> None:
    for country, field, demands in (("VN", "29", 1_200), ("TH", "29", 1), ("VN", "18", 40)):
        make_heat(db, country=country, field=field, demands=demands)

    html = read_html(broker.get("/en/broker/heat"))

    rows = [[cell.text for cell in row.find_all("td")] for row in html.find_all("tr")[1:]]
    assert html.find("thead").texts("th") == ["Field of technology", "Thailand", "Vietnam", "Total"]
    assert html.find("tbody").texts("th") == ["Food chemistry", "Other special machines"]
    assert rows == [["0", "40", "40"], ["1", "1,200", "1,201"]]
    shades = [cell.attributes.get("class", "") for cell in html.find_all("td")]
    assert shades == ["", "heat-3", "", "heat-1", "heat-5", ""]
    assert html.find("tbody").find_all("a")[0].attributes["href"] == ("/en/listings?kind=demand&country=VN&field=18")


def test_without_open_demands_the_heat_says_so(broker: Visitor) -> None:
    assert "There are no open demands yet." in broker.get("/en/broker/heat").text
