"""Participants from a table and out to one: all or none, told by line and column, and the same table twice is once."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from httpx2 import Response
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.kernel.clock import utc_now
from market.kernel.work import Work
from market.registration.models import Participant, ParticipantImport, Question, RegistrationType
from market.registration.takeover import clear_tables
from market.web.tokens import FORM_TOKEN
from tests.make.accounts import make_user
from tests.make.events import make_event
from tests.make.reading import read_form, read_html
from tests.make.registrations import make_participant, make_question, make_registration, make_type
from tests.make.visitor import Visitor
from tests.market.registration.expo import Expo, read_admitted

FORMULA = '=HYPERLINK("https://example.org")'
TABLE = (
    "Họ tên,Email,Quốc gia,Register as,Language,Diet\n"
    "Thuý,Thuy@Example.org,Việt Nam,Khách thương mại,vi,No fish\n"
    "Mai,mai@example.org,th,,,\n"
    "Zhang Wei,wei@example.org,,press,中文,\n"
)


@pytest.fixture
def press(db: Session, expo: Expo) -> RegistrationType:
    return make_type(db, expo.event, by=expo.organizer, name="Press", needs_approval="1")


@pytest.fixture
def diet(db: Session, expo: Expo) -> Question:
    return make_question(db, expo.event, by=expo.organizer)


def send(browser: Visitor, expo: Expo, content: bytes, name: str = "people.csv") -> Response:
    return browser.client.post(
        f"/en/manage{expo.address}/participants/import", data={FORM_TOKEN: browser.form_token()},
        files={"file": (name, content)}, headers={"sec-fetch-site": "same-origin"}, follow_redirects=True,
    )  # fmt: skip


def take_over(browser: Visitor, page: Response, **changes: str) -> Response:
    form = read_form(page, page.url.path.rpartition("/")[2])
    return browser.post(form.address, form.filled(changes))


def list_people(db: Session) -> list[tuple[str, str, str | None, str, str]]:
    people = db.scalars(select(Participant).order_by(Participant.registered_at)).all()
    db.commit()
    return [(one.name, one.email, one.country, one.language, one.state.value) for one in people]


def list_problems(page: Response) -> list[str]:
    return [item.text for box in read_html(page).find_all("div", id="problems") for item in box.find_all("li")]


def make_workbook(text: str) -> bytes:
    workbook, file = Workbook(), BytesIO()
    sheet = workbook.active
    for line in text.splitlines():
        sheet.append(line.split(","))
    workbook.save(file)
    return file.getvalue()


@pytest.mark.parametrize("write", [str.encode, make_workbook], ids=["csv", "xlsx"])
def test_a_table_comes_in_with_words_of_several_languages(
    db: Session,
    expo: Expo,
    press: RegistrationType,
    diet: Question,
    sign_in: Callable[..., Visitor],
    write: Callable[[str], bytes],
) -> None:
    browser = sign_in(expo.organizer)
    page = send(browser, expo, write(TABLE))
    form = read_form(page, page.url.path.rpartition("/")[2])

    answer = take_over(browser, page, **{"column-0": "name", "type": str(expo.kind.id)})

    guessed = [form.values[f"column-{place}"][0] for place in range(6)]
    assert guessed == ["", "email", "country", "type", "language", f"answer-{diet.id}"]
    assert answer.url.path.endswith("/participants")
    assert list_people(db) == [
        ("Thuý", "thuy@example.org", "VN", "vi", "admitted"),
        ("Mai", "mai@example.org", "TH", "en", "admitted"),
        ("Zhang Wei", "wei@example.org", None, "zh-Hans", "admitted"),
    ]
    assert db.scalars(select(Participant).filter_by(name="Thuý")).one().answers == {str(diet.id): "No fish"}
    assert (read_admitted(db, expo.kind), read_admitted(db, press)) == (2, 1)


def test_the_same_table_again_changes_nothing(
    db: Session, expo: Expo, press: RegistrationType, sign_in: Callable[..., Visitor], facts: Callable[[], list[str]]
) -> None:
    browser = sign_in(expo.organizer)
    states = []
    for _time in range(2):
        page = send(browser, expo, TABLE.encode())
        take_over(browser, page, **{"column-0": "name", "type": str(expo.kind.id)})
        states.append((list_people(db), read_admitted(db, expo.kind), facts().count("ParticipantsImported")))

    assert states[0] == states[1]
    assert len(states[0][0]) == 3


def test_what_is_wrong_is_told_by_line_and_column_and_nobody_comes_in(
    db: Session, expo: Expo, sign_in: Callable[..., Visitor]
) -> None:
    browser = sign_in(expo.organizer)
    table = (
        "name,email,country,type\n"
        "Mai,mai@example.org,TH,Trade visitor\n"
        "Lan,no address,VN,\n"
        "An,MAI@example.org,Atlantis,King\n"
        "Bo,mai@example.org,,\n"
    )

    page = take_over(browser, send(browser, expo, table.encode()), type=str(expo.kind.id))

    assert page.status_code == 422
    assert list_problems(page) == [
        "Line 3 · email: Please write a mail address like name@example.org.",
        "Line 4 · country: Please choose one of the values offered.",
        "Line 4 · type: Please choose one of the values offered.",
        "Line 5 · email: This address stands in line 2 already.",
    ]
    assert (list_people(db), read_admitted(db, expo.kind)) == ([], 0)


def test_beyond_capacity_people_come_on_the_waiting_list_in_the_order_of_the_table(
    db: Session, expo: Expo, sign_in: Callable[..., Visitor]
) -> None:
    browser = sign_in(expo.organizer)
    make_registration(db, expo.event, expo.kind, make_user(db))
    table = "name,email\n" + "".join(f"Person {number},p{number}@example.org\n" for number in range(3))

    take_over(browser, send(browser, expo, table.encode()), type=str(expo.kind.id))

    assert [(name, state) for name, _mail, _country, _language, state in list_people(db)[1:]] == [
        ("Person 0", "admitted"), ("Person 1", "waiting"), ("Person 2", "waiting"),
    ]  # fmt: skip
    assert read_admitted(db, expo.kind) == 2


def test_who_is_brought_in_is_told_nothing(
    db: Session, expo: Expo, sign_in: Callable[..., Visitor], facts: Callable[[], list[str]]
) -> None:
    browser = sign_in(expo.organizer)

    take_over(browser, send(browser, expo, b"name,email\nMai,mai@example.org\n"), type=str(expo.kind.id))

    assert "ParticipantMoved" not in facts()
    assert len(list_people(db)) == 1


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02\x03" * 50, b'{"name": "Mai"}\n', b"name,email\n", b'name,email\n"Mai,x\n'],
    ids=["empty", "no-text", "json", "header", "quotes"],
)  # fmt: skip
def test_a_file_that_is_no_table_is_refused_at_once(
    db: Session, expo: Expo, sign_in: Callable[..., Visitor], content: bytes
) -> None:
    answer = send(sign_in(expo.organizer), expo, content)

    assert answer.status_code == 422
    assert db.scalar(select(func.count()).select_from(ParticipantImport)) == 0


def test_a_table_needs_names_and_addresses(db: Session, expo: Expo, sign_in: Callable[..., Visitor]) -> None:
    browser = sign_in(expo.organizer)

    page = take_over(browser, send(browser, expo, b"Wort,Satz\nMai,mai@example.org\n"), type=str(expo.kind.id))

    assert "Please choose a column for the name and one for the mail address." in page.text
    assert (page.status_code, list_people(db)) == (422, [])


def test_a_table_of_another_event_is_not_there(db: Session, expo: Expo, sign_in: Callable[..., Visitor]) -> None:
    page = send(sign_in(expo.organizer), expo, b"name,email\nMai,mai@example.org\n")

    answer = sign_in(make_user(db, organizer=True)).get(page.url.path)

    assert answer.status_code == 404


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_what_is_exported_has_no_formula_and_comes_in_again_as_it_was(
    db: Session, expo: Expo, diet: Question, sign_in: Callable[..., Visitor], ending: str
) -> None:
    browser = sign_in(expo.organizer)
    make_registration(
        db, expo.event, expo.kind, make_user(db, email="lan@example.org"), name=FORMULA, organization="@sum",
        answers={str(diet.id): "-1"},
    )  # fmt: skip
    make_participant(db, expo.event, expo.kind, by=expo.organizer, email="mai@example.org")

    file = browser.get(f"/en/manage{expo.address}/participants.{ending}?q=lan@").content
    db.delete(db.scalars(select(Participant).filter_by(email="lan@example.org")).one())
    db.commit()
    take_over(browser, send(browser, expo, file, f"people.{ending}"), type=str(expo.kind.id))

    if ending == "csv":
        assert f"'{FORMULA}".replace('"', '""') in file.decode()
        assert "mai@example.org" not in file.decode()
    else:
        cells = [cell for row in load_workbook(BytesIO(file)).active.iter_rows() for cell in row if cell.value]
        assert {cell.data_type for cell in cells} == {"s"}
    again = db.scalars(select(Participant).filter_by(email="lan@example.org")).one()
    assert (again.name, again.organization, again.answers) == (FORMULA, "@sum", {str(diet.id): "-1"})


def test_answers_are_taken_by_their_own_words_before_those_that_look_alike(
    db: Session, expo: Expo, sign_in: Callable[..., Visitor]
) -> None:
    size = make_question(db, expo.event, by=expo.organizer, name="Size", kind="choice", choices="1-5\n15\n-")
    halal = make_question(db, expo.event, by=expo.organizer, name="Halal", kind="yes_no")
    table = "Name,Email,Size,Halal\nMai,mai@example.org,15,Có\nLan,lan@example.org,,no\n"
    browser = sign_in(expo.organizer)

    take_over(browser, send(browser, expo, table.encode()), type=str(expo.kind.id))

    answers = {one.name: one.answers for one in db.scalars(select(Participant))}
    assert answers["Mai"] == {str(size.id): "15", str(halal.id): "yes"}
    assert answers["Lan"] == {str(halal.id): "no"}


def test_a_question_is_no_formula_in_the_header(db: Session, expo: Expo, sign_in: Callable[..., Visitor]) -> None:
    make_question(db, expo.event, by=expo.organizer, name=FORMULA)
    make_registration(db, expo.event, expo.kind, make_user(db))

    file = sign_in(expo.organizer).get(f"/en/manage{expo.address}/participants.xlsx").content

    header = next(load_workbook(BytesIO(file)).active.iter_rows(max_row=1))
    assert {cell.data_type for cell in header} == {"s"}


def test_a_type_of_another_event_takes_nobody_in(db: Session, expo: Expo, sign_in: Callable[..., Visitor]) -> None:
    other = make_type(db, make_event(db, by=expo.organizer), by=expo.organizer)
    browser = sign_in(expo.organizer)
    page = send(browser, expo, b"Name,Email\nMai,mai@example.org\n")

    answer = take_over(browser, page, type=str(other.id))

    assert answer.status_code == 422
    assert list_people(db) == []


def test_a_table_that_is_discarded_or_left_alone_is_forgotten(
    db: Session, expo: Expo, sign_in: Callable[..., Visitor], work: Work
) -> None:
    browser = sign_in(expo.organizer)
    table = b"Name,Email\nMai,mai@example.org\n"
    page = send(browser, expo, table)
    form = read_form(page, "/discard")

    assert browser.post(form.address, form.values).status_code == 200
    assert db.scalar(select(func.count()).select_from(ParticipantImport)) == 0
    db.commit()
    send(browser, expo, table)
    clear_tables(work, utc_now() + timedelta(hours=23))
    assert db.scalar(select(func.count()).select_from(ParticipantImport)) == 1
    db.commit()
    clear_tables(work, utc_now() + timedelta(hours=25))
    assert db.scalar(select(func.count()).select_from(ParticipantImport)) == 0
    assert list_people(db) == []
