"""Pairs that a broker proposes: both sides hear of it, and the centre sees what becomes of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.outbox import Delivery, FactRow
from market.kernel.viewer import MemberRole
from market.listings.models import Listing
from market.listings.service import withdraw_listing
from market.matching.enums import Constraint, Unfit, Verdict
from market.matching.models import Proposal
from market.organizations.models import Organization
from market.organizations.service import add_member
from tests.make.accounts import make_user
from tests.make.crowd import post_together
from tests.make.listings import make_draft, make_listing
from tests.make.mails import ShownMail, read_mails
from tests.make.matches import FOUND_AT, make_match, make_proposal, say
from tests.make.organizations import let_act, make_centre, make_viewer
from tests.make.reading import Element, read_faults, read_html
from tests.make.stored import count_stored, read_stored
from tests.make.visitor import Visitor
from tests.market.matching.conftest import DESK, PROPOSALS, list_pairs, name_pair

SignIn = Callable[..., Visitor]
NOTE = "Both work with cassava; the kiln has the right size."


def form_of(offer: Listing, demand: Listing, **changes: str) -> dict[str, str]:
    return {"offer": offer.reference, "demand": demand.reference, "note": NOTE, **changes}


def list_told(visitor: Visitor) -> list[ShownMail]:
    return sorted((mail for mail in read_mails(visitor) if "/matches" in mail.body), key=lambda mail: mail.recipient)


def list_proposals(html: Element) -> list[str]:
    return [card.attributes["id"] for card in html.find_all("article", css="proposal")]


def test_both_sides_hear_once_by_mail_each_in_the_own_language(
    db: Session, visitor: Visitor, broker: Visitor, lan: User, mai: User, deliver: Callable[[], None],
    facts: Callable[[], list[str]],
) -> None:  # fmt: skip
    lan.language, mai.language = "zh-Hans", "vi"
    db.commit()
    offer = make_listing(db, by=lan, texts={"zh-Hans": "木薯片烘干机"})
    demand = make_listing(db, by=mai, kind="demand", texts={"vi": "Máy sấy sắn lát", "zh-Hans": "求购烘干机"})
    make_match(db, offer, demand)

    answers = [broker.post(PROPOSALS, form_of(offer, demand), follow=False) for _click in range(2)]
    deliver()

    assert [answer.headers["location"] for answer in answers] == [f"{DESK}?notice=proposed"] * 2
    assert facts().count("PairProposed") == 1
    mails = list_told(visitor)
    assert [(mail.recipient, mail.language, mail.links) for mail in mails] == [
        (lan.email, "zh-Hans", [f"/zh-Hans/listings/{offer.reference}/matches"]),
        (mai.email, "vi", [f"/vi/listings/{demand.reference}/matches"]),
    ]
    assert [line for line in mails[0].body.splitlines() if line in ("木薯片烘干机", "求购烘干机")] == [
        "木薯片烘干机", "求购烘干机",
    ]  # fmt: skip
    assert not [mail for mail in mails if NOTE in mail.body]


def test_a_double_click_proposes_once(
    broker: Visitor, pair: tuple[Listing, Listing], facts: Callable[[], list[str]]
) -> None:
    answers = post_together([(broker, PROPOSALS, form_of(*pair))] * 3)

    assert [answer.status_code for answer in answers] == [303] * 3
    assert facts().count("PairProposed") == 1


def test_a_second_run_of_the_handler_writes_no_second_mail(
    db: Session, visitor: Visitor, broker: Visitor, pair: tuple[Listing, Listing], deliver: Callable[[], None]
) -> None:
    broker.post(PROPOSALS, form_of(*pair))
    deliver()
    (fact_id,) = db.scalars(select(FactRow.id).where(FactRow.name == "PairProposed"))
    db.get_one(Delivery, (fact_id, "write_proposal_mails")).state = "waiting"  # type: ignore[assignment] # its value
    db.commit()

    deliver()

    assert len(list_told(visitor)) == 2


def test_mails_go_to_nobody_who_is_disabled_and_not_to_who_proposed(
    db: Session, visitor: Visitor, broker: Visitor, mei: User, pair: tuple[Listing, Listing], lan: User, mai: User,
    deliver: Callable[[], None],
) -> None:  # fmt: skip
    offer, _demand = pair
    unconfirmed = make_user(db, confirmed=False)
    for person in (mei, unconfirmed):
        add_member(db, offer.organization_id, person.id, role=MemberRole.MEMBER, by=None, now=utc_now())
    mai.disabled_at = utc_now()
    db.commit()

    broker.post(PROPOSALS, form_of(*pair))
    deliver()

    assert [mail.recipient for mail in list_told(visitor)] == [lan.email]


def test_of_a_client_without_members_its_centre_hears(
    db: Session, visitor: Visitor, broker: Visitor, pair: tuple[Listing, Listing], lan: User, mai: User,
    deliver: Callable[[], None],
) -> None:  # fmt: skip
    agent = make_user(db, email="agent@example.org")
    client = db.get_one(Organization, pair[1].organization_id)
    let_act(db, make_centre(db, by=agent, name="Another centre"), client=client, by=mai)
    db.delete(mai)
    db.commit()

    broker.post(PROPOSALS, form_of(*pair))
    deliver()

    assert [mail.recipient for mail in list_told(visitor)] == [agent.email, lan.email]


def test_of_what_is_no_pair_any_more_nobody_hears(
    db: Session, visitor: Visitor, broker: Visitor, pair: tuple[Listing, Listing], mai: User,
    deliver: Callable[[], None],
) -> None:  # fmt: skip
    broker.post(PROPOSALS, form_of(*pair))
    withdraw_listing(db, pair[1], by=make_viewer(db, mai), now=utc_now())
    db.commit()

    deliver()

    assert list_told(visitor) == []


@pytest.mark.parametrize("case", ["withdrawn", "draft", "no-match", "apart", "proposed"])
def test_what_cannot_be_proposed_is_refused_with_its_reason(
    db: Session, broker: Visitor, database: Database, centre: Organization, offer: Listing, demand: Listing, mai: User,
    case: str,
) -> None:  # fmt: skip
    if case != "no-match":
        make_match(db, offer, demand, apart=Constraint.PARTNERSHIP if case == "apart" else None)
    if case == "withdrawn":
        withdraw_listing(db, demand, by=make_viewer(db, mai), now=utc_now())
    if case == "proposed":
        make_proposal(db, offer, demand, centre=centre, note="Another note")
    other = make_draft(db, by=mai, kind="demand") if case == "draft" else demand
    db.commit()
    before = count_stored(database, Proposal)

    answer = broker.post(PROPOSALS, form_of(offer, other))

    sentences = {
        "apart": "A condition of one of the two sides, or what it has said, keeps this pair apart.",
        "proposed": "Your centre has proposed this pair already.",
    }
    gone = "This pair is gone: one of the two listings is not public any more, or it was changed."
    assert (answer.status_code, sentences.get(case, gone) in answer.text) == (409, True)
    assert count_stored(database, Proposal) == before


def test_another_centre_may_propose_the_same_pair(
    db: Session, broker: Visitor, database: Database, pair: tuple[Listing, Listing]
) -> None:
    make_proposal(db, *pair, centre=make_centre(db, name="Another centre"))

    broker.post(PROPOSALS, form_of(*pair))

    assert count_stored(database, Proposal) == [2]


def test_a_note_that_is_too_long_stands_in_the_form_again_with_its_fault(
    broker: Visitor, database: Database, pair: tuple[Listing, Listing]
) -> None:
    answer = broker.post(PROPOSALS, form_of(*pair, note="x" * 1_001))

    html = read_html(answer)
    assert answer.status_code == 422
    assert html.texts("p", css="fault") == ["Please shorten this to at most 1000 characters."]
    assert html.find("textarea", name="note").text == "x" * 1_001
    assert list_pairs(html) == [name_pair(*pair)]
    assert count_stored(database, Proposal) == [0]


def test_a_broker_of_two_centres_says_for_which(
    db: Session, broker: Visitor, database: Database, mei: User, centre: Organization, pair: tuple[Listing, Listing]
) -> None:
    second = make_centre(db, by=mei, name="Lijiang Transfer Centre")
    foreign = make_centre(db, name="Another centre")

    refused = [broker.post(PROPOSALS, form_of(*pair, centre=slug)) for slug in ("", foreign.slug)]
    broker.post(PROPOSALS, form_of(*pair, centre=second.slug))

    assert [list(read_faults(answer).values()) for answer in refused] == [
        ["Please choose one of the values offered."]
    ] * 2
    assert [one.centre_id for one in read_stored(database, select(Proposal))] == [second.id]


def test_one_goes_back_to_the_desk_as_it_was_narrowed_down(broker: Visitor, pair: tuple[Listing, Listing]) -> None:
    html = read_html(broker.get(f"{DESK}?field=29&offer_country=CN"))
    back = html.find("input", name="_back").attributes["value"]

    answer = broker.post(PROPOSALS, form_of(*pair, _back=back))

    assert str(answer.url).endswith("/en/broker?field=29&offer_country=CN&notice=proposed")
    assert "Proposed. Both sides hear of it by mail." in answer.text
    assert list_pairs(read_html(answer)) == []


def test_the_two_sides_see_who_proposed_it_and_why_and_nobody_else_does(
    db: Session, visitor: Visitor, broker: Visitor, seller: Visitor, buyer: Visitor, pair: tuple[Listing, Listing]
) -> None:
    broker.post(PROPOSALS, form_of(*pair))
    addresses = [f"/en/listings/{listing.reference}/matches" for listing in pair]

    for browser, address in zip((seller, buyer), addresses, strict=True):
        for path in (address, "/en/account/matches"):
            (shown,) = read_html(browser.get(path)).find_all("div", css="proposal")
            assert shown.texts("p") == ["Proposed by Xijiang Transfer Centre", NOTE]
    for browser in (visitor, broker):
        assert [NOTE in browser.get(address).text for address in addresses] == [False, False]


def test_a_centre_sees_what_became_of_its_proposals_the_newest_first(
    db: Session, broker: Visitor, centre: Organization, lan: User, mai: User
) -> None:
    offer = make_listing(db, by=lan)
    demands = [make_listing(db, by=mai, kind="demand", texts={"en": f"Kiln {place}"}) for place in range(3)]
    for place, demand in enumerate(demands):
        make_match(db, offer, demand)
        make_proposal(db, offer, demand, centre=centre, now=FOUND_AT + timedelta(hours=place))
    make_proposal(db, offer, demands[0], centre=make_centre(db, name="Another centre"), note="Not ours")
    say(db, offer, demands[0])
    say(db, demands[0], offer, Verdict.NOT_FOR_US, unfit=Unfit.PRICE)
    withdraw_listing(db, demands[2], by=make_viewer(db, mai), now=utc_now())
    db.commit()

    html = read_html(broker.get(PROPOSALS))

    assert list_proposals(html) == [name_pair(offer, demand) for demand in reversed(demands)]
    assert [card.texts("p", css="said") for card in html.find_all("article", css="proposal")] == [
        ["Nothing said yet", "No longer public"],
        ["Nothing said yet", "Nothing said yet"],
        ["Interested", "Not for us · The price does not fit"],
    ]
    assert "Kiln 2" not in html.text
    assert "Not ours" not in html.text


def test_proposals_go_on_from_page_to_page_without_a_gap(
    db: Session, broker: Visitor, centre: Organization, lan: User, mai: User
) -> None:
    offer = make_listing(db, by=lan)
    demands = [make_listing(db, by=mai, kind="demand", texts={"en": f"Kiln {place}"}) for place in range(23)]
    for place, demand in enumerate(demands):
        make_match(db, offer, demand)
        make_proposal(db, offer, demand, centre=centre, now=FOUND_AT + timedelta(hours=place // 8))

    first = read_html(broker.get(PROPOSALS))
    second = read_html(broker.get(first.find("a", rel="next").attributes["href"]))

    assert [len(list_proposals(html)) for html in (first, second)] == [20, 3]
    assert len({*list_proposals(first), *list_proposals(second)}) == 23


@pytest.mark.parametrize("cursor", ["x", "WyJuYW4iLCAieCJd"])
def test_a_cursor_of_proposals_that_is_none_of_ours_is_refused(broker: Visitor, cursor: str) -> None:
    assert broker.get(f"{PROPOSALS}?cursor={cursor}").status_code == 400
