"""Every change of an organization asks for itself whether it may be made, and leaves its fact."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.errors import NotAllowed
from market.kernel.viewer import MemberRole, Viewer
from market.organizations import service
from market.organizations.forms import MemberForm, OrganizationForm
from market.organizations.models import Organization
from market.organizations.service import ConfirmFirst
from tests.make.accounts import make_user
from tests.make.organizations import let_act, make_centre, make_organization, make_viewer
from tests.make.stored import take_stock

ANNA, NEWCOMER = "anna@example.org", "newcomer@example.org"


def make_form(**changes: str) -> OrganizationForm:
    fields = {"name": "Liujiang Mills", "kind": "firm", "country": "CN", "language": "en", **changes}
    return OrganizationForm.model_validate(fields)


class Hall:
    """An organization with an owner and a member, a centre that acts for it, and one that does not."""

    def __init__(self, db: Session) -> None:
        self.db = db
        self.owner, self.keeper = make_user(db), make_user(db)
        self.anna, self.newcomer = make_user(db, email=ANNA), make_user(db, email=NEWCOMER)
        self.works = make_organization(db, by=self.owner)
        self.centre, self.other_centre = make_centre(db, by=self.keeper), make_centre(db, name="Mekong Centre")
        add = service.add_member
        add(db, self.works.id, self.anna.id, role=MemberRole.MEMBER, by=None, now=utc_now())
        let_act(db, self.centre, client=self.works, by=self.owner)

    def make_actor(self, role: str) -> Viewer:
        people = {"owner": self.owner, "member": self.anna, "keeper": self.keeper}
        return make_viewer(self.db, people.get(role) or self._make_outsider(role))

    def _make_outsider(self, role: str) -> User:
        outsider = make_user(self.db, confirmed="unconfirmed" not in role)
        if role == "owner of another":
            make_organization(self.db, by=outsider, name="Mekong Works")
        return outsider


@pytest.fixture
def hall(db: Session) -> Hall:
    return Hall(db)


def edit(hall: Hall, by: Viewer) -> None:
    service.edit_organization(hall.db, hall.works, make_form(), version=hall.works.version, by=by)


def add(hall: Hall, by: Viewer) -> None:
    service.add_member_by_address(hall.db, hall.works, MemberForm(email=NEWCOMER), by=by, now=utc_now())


def remove(hall: Hall, by: Viewer) -> None:
    service.remove_member(hall.db, hall.works, hall.anna, by=by)


def grant(hall: Hall, by: Viewer) -> None:
    service.grant_representation(hall.db, hall.works, hall.other_centre.slug, by=by, now=utc_now())


def end(hall: Hall, by: Viewer) -> None:
    service.end_representation(hall.db, hall.works, hall.centre, by=by)


def found_client(hall: Hall, by: Viewer) -> None:
    service.found_client(hall.db, hall.centre, make_form(), by=by, now=utc_now())


def found(hall: Hall, by: Viewer) -> None:
    service.found_organization(hall.db, make_form(), by=by, now=utc_now())


Change = Callable[[Hall, Viewer], None]
CHANGES: tuple[tuple[Change, str, list[str]], ...] = (
    # change, who may, facts it leaves
    (edit, "owner", ["OrganizationChanged"]),
    (add, "owner", ["MemberJoined"]),
    (remove, "owner", ["MemberLeft"]),
    (grant, "owner", ["RepresentationGranted"]),
    (end, "owner", ["RepresentationEnded"]),
    (end, "keeper", ["RepresentationEnded"]),
    (found_client, "keeper", ["OrganizationFounded", "RepresentationGranted"]),
    (found, "stranger", ["MemberJoined", "OrganizationFounded"]),
)


@pytest.mark.parametrize(
    ("change", "role", "left"), CHANGES, ids=[f"{change.__name__} by {role}" for change, role, _facts in CHANGES]
)
def test_a_change_leaves_its_facts(
    hall: Hall, facts: Callable[[], list[str]], change: Change, role: str, left: list[str]
) -> None:
    actor = hall.make_actor(role)
    before = len(facts())

    change(hall, actor)
    hall.db.commit()

    assert sorted(facts()[before:]) == left


REFUSED = [
    (change, role)
    for change in (edit, add, grant, end, found_client)
    for role in ("member", "stranger", "owner of another")
] + [(remove, role) for role in ("keeper", "stranger", "owner of another")]


@pytest.mark.parametrize(("change", "role"), REFUSED, ids=[f"{change.__name__} by {role}" for change, role in REFUSED])
def test_a_change_by_somebody_who_may_not_is_refused_whoever_asks_for_it(
    hall: Hall, database: Database, change: Change, role: str
) -> None:
    actor = hall.make_actor(role)
    before = take_stock(database)

    with pytest.raises(NotAllowed):
        change(hall, actor)
    hall.db.commit()

    assert take_stock(database) == before


@pytest.mark.parametrize("change", [found, found_client])
def test_who_has_not_confirmed_the_address_founds_nothing(hall: Hall, database: Database, change: Change) -> None:
    actor = hall.make_actor("unconfirmed stranger")
    before = take_stock(database)

    with pytest.raises(ConfirmFirst):
        change(hall, actor)
    hall.db.commit()

    assert take_stock(database) == before


def test_what_changes_nothing_leaves_no_fact(hall: Hall, facts: Callable[[], list[str]]) -> None:
    owner, works = hall.make_actor("owner"), hall.works
    stored = {name: str(getattr(works, name)) for name in OrganizationForm.model_fields}
    before = facts()

    service.edit_organization(hall.db, works, OrganizationForm.model_validate(stored), version=1, by=owner)
    service.add_member(hall.db, works.id, hall.anna.id, role=MemberRole.OWNER, by=owner.id, now=utc_now())
    service.remove_member(hall.db, works, hall.newcomer, by=owner)
    service.grant_representation(hall.db, works, hall.centre.slug, by=owner, now=utc_now())
    service.end_representation(hall.db, works, hall.other_centre, by=owner)
    hall.db.commit()

    assert facts() == before


def test_an_organization_named_in_another_script_is_found_under_its_english_name(db: Session) -> None:
    viewer = make_viewer(db, make_user(db))
    form = make_form(name="柳江机械厂", name_en="Liujiang Machines")

    founded: Organization = service.found_organization(db, form, by=viewer, now=utc_now())

    assert founded.slug == "liujiang-machines"
