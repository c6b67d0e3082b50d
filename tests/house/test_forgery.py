"""Another site cannot make a browser change anything here, and no address changes anything by being opened.

That no page changes anything for any role is a part of the matrix (`test_rights.py`).
"""

from dataclasses import dataclass, field

import pytest

from market.accounts.models import User
from market.web.deps import Db
from tests.house.opening import House
from tests.house.walking import FIELDS, Role, usual_case, usual_role
from tests.make.stored import take_stock

OWN = "the sender's own"


@dataclass(frozen=True, slots=True)
class Forgery:
    """A request in the browser of whom the door is for, that no page of ours made."""

    name: str
    token: str | Role = OWN
    headers: dict[str, str] = field(default_factory=dict)

    def token_in(self, house: House, role: Role) -> str:
        if isinstance(self.token, Role):
            return house.form_token(self.token)
        return house.form_token(role) if self.token == OWN else self.token


FORGERIES = (
    Forgery("empty-token", token=""),
    Forgery("invented-token", token="0" * 64),
    Forgery("token-with-letters-of-another-script", token="ก" * 64),
    Forgery("token-of-another-persons-browser", token=Role.OTHER),
    Forgery("token-of-a-visitors-browser", token=Role.VISITOR),
    Forgery("from-another-site", headers={"sec-fetch-site": "cross-site"}),
    Forgery("from-a-neighbouring-site", headers={"sec-fetch-site": "same-site"}),
    Forgery("from-a-foreign-origin", headers={"origin": "https://evil.example"}),
    Forgery("from-no-origin", headers={"origin": "null"}),
    Forgery("from-an-origin-that-looks-like-ours", headers={"origin": "http://127.0.0.1:8000.evil.example"}),
    Forgery(
        "with-an-invented-bearer-token", token="", headers={"authorization": "Bearer x", "sec-fetch-site": "cross-site"}
    ),
)


def send_everything(house: House, forgery: Forgery) -> dict[str, int]:
    statuses = {}
    for door in house.doors:
        if not door.is_safe:
            case, role = usual_case(door), usual_role(door)
            fields = FIELDS[door.name](house.market, role, case) if door.name in FIELDS else {}
            statuses[door.name] = house.send(
                role, door.verb, house.address(door, case), fields,
                token=forgery.token_in(house, role), headers=forgery.headers,
            ).status_code  # fmt: skip
    return statuses


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.name)
def test_a_forged_request_is_refused_everywhere_and_changes_nothing(house: House, forgery: Forgery) -> None:
    before = take_stock(house.database)

    statuses = send_everything(house, forgery)

    assert statuses == dict.fromkeys(statuses, 403)
    assert take_stock(house.database) == before


def test_a_form_without_a_token_field_is_refused_everywhere(house: House) -> None:
    before = take_stock(house.database)

    statuses = {}
    for door in house.doors:
        if not door.is_safe:
            headers = {"cookie": house.cookie(usual_role(door))}
            statuses[door.name] = house.client.post(house.address(door), data={}, headers=headers).status_code

    assert statuses == dict.fromkeys(statuses, 403)
    assert take_stock(house.database) == before


def test_the_own_request_of_whom_a_door_is_for_goes_through_everywhere(house: House) -> None:
    """What the forger is refused is refused for being forged."""
    statuses = {}
    for door in house.doors:
        if not door.is_safe:
            statuses[door.name] = house.use(door, usual_role(door), usual_case(door)).status_code
            house.reset()

    # A new token is shown on the very page that answers: it is never shown again.
    assert statuses == dict.fromkeys(statuses, 303) | {"accounts.make_token": 200, "interests.make_feed": 200}


def test_a_browser_that_names_our_own_origin_is_let_through(house: House) -> None:
    statuses = [
        house.send(Role.OWNER, "POST", "/en/sign-out", headers=headers).status_code
        for headers in ({"origin": "http://127.0.0.1:8000"}, {"sec-fetch-site": "same-origin"})
    ]

    assert statuses == [303, 303]


def test_what_a_safe_route_writes_is_not_kept(house: House) -> None:
    @house.app.get("/en/writing")
    def write(db: Db) -> str:
        db.add(User(email="leak@example.org", name="Leak", password_hash="", language="en"))
        db.flush()
        return "written"

    before = take_stock(house.database)

    response = house.send(Role.OWNER, "GET", "/en/writing")

    assert (response.status_code, response.text) == (200, '"written"')
    assert take_stock(house.database) == before
