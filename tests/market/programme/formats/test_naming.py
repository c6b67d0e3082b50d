"""Names made to fit: always in the same way, and to stay as they are in every format."""

import re

import pytest

from market.programme.formats.addresses import make_address, quote_address
from market.programme.formats.frab_json import read_frab_json, write_frab_json
from market.programme.formats.frab_xml import read_frab_xml, write_frab_xml
from market.programme.formats.naming import Slugs, derive_guid, fit_acronym, make_key
from tests.market.programme.formats.making import make_programme, make_session, settle, take

ACRONYM = re.compile("[a-z0-9_-]{4,}")
SLUG = re.compile("[a-z0-9_]{4,}-[a-z0-9_-]{4,}")


@pytest.mark.parametrize(
    ("acronym", "in_xml", "in_json", "key"),
    [
        ("expo_2026", "expo_2026", "expo_2026", "expo_2026"),
        ("fosdem-2025", "fosdem-2025", "fosdem_2025", "fosdem_2025"),
        ("rc3", "rc3_", "rc3_", "rc3_"),
        ("Camp 2019", "camp_2019", "camp_2019", "camp_2019"),
        ("expo-2026-day", "expo-2026-day", "expo-2026-day", "expo_2026_day"),
        ("", "expo_2026", "expo_2026", "expo_2026"),
        ("博览会", "p98b6559e", "p98b6559e", "p98b6559e"),
    ],
)
def test_an_acronym_that_fits_stays_and_others_are_made_to(acronym: str, in_xml: str, in_json: str, key: str) -> None:
    programme = make_programme([make_session()], acronym=acronym)

    from_xml = take(read_frab_xml(write_frab_xml(programme)))
    from_json = take(read_frab_json(write_frab_json(programme)))

    assert (from_xml.acronym, from_json.acronym) == (in_xml, in_json)
    assert {make_key(one) for one in (programme, from_xml, from_json)} == {key}
    assert fit_acronym(from_json, ACRONYM) == in_json


@pytest.mark.parametrize(
    ("slug", "title", "fitted"),
    [
        ("expo_2026-7-heat-pumps", "Any", "expo_2026-7-heat-pumps"),
        ("fosdem-2025-7-work-", "Any", "fosdem-2025-7-work-"),
        ("Camp2019-7-opening_ceremony", "Any", "camp2019-7-opening_ceremony"),
        ("7-heat-pumps", "Any", "expo_2026-0007-7-heat-pumps"),
        ("", "Heat pumps", "expo_2026-0007-heat-pumps"),
        ("", "热泵", "expo_2026-0007-session"),
        ("热泵", "A", "expo_2026-0007-a"),
    ],
)
def test_a_slug_that_fits_stays_and_another_is_made_to_fit(slug: str, title: str, fitted: str) -> None:
    slugs = Slugs(make_programme())

    assert slugs.fit(make_session(7, slug=slug, title=title), SLUG) == fitted
    assert SLUG.fullmatch(fitted)


def test_two_sessions_with_one_slug_and_one_code_get_two_and_keep_them() -> None:
    sessions = [make_session(number, slug="expo_2026-same", code="A1B2C3") for number in (1, 2)]

    once = settle(take(read_frab_xml(write_frab_xml(make_programme(sessions)))))
    twice = settle(take(read_frab_xml(write_frab_xml(once))))

    assert [session.code for session in once.sessions] == ["A1B2C3", ""]
    assert once.sessions[0].slug == "expo_2026-same"
    assert once.sessions[1].slug == f"expo_2026-same-{sessions[1].guid.hex}"
    assert twice == once


def test_a_code_of_another_form_is_left_out() -> None:
    for code in ("a1b2c3", "A1B2C", "A1B2C3D", "A1B2C\n"):
        programme = make_programme([make_session(code=code)])

        assert take(read_frab_xml(write_frab_xml(programme))).sessions[0].code == ""
        assert take(read_frab_json(write_frab_json(programme))).sessions[0].code == ""


def test_derived_guids_never_change() -> None:
    assert str(derive_guid("expo_2026", "id", "7")) == "cd8a5107-8c5d-5bfc-b84e-fd3f5f860977"


@pytest.mark.parametrize(
    ("text", "base", "address"),
    [
        ("https://example.org/a b?ü=热#x#y", "", "https://example.org/a%20b?%C3%BC=%E7%83%AD#x%23y"),
        ("https://example.org/100%", "", "https://example.org/100%25"),
        ("https://example.org/%C3%BC", "", "https://example.org/%C3%BC"),
        ("HTTPS://example.org", "", "https://example.org"),
        ("mailto:lan@example.org", "", "mailto:lan@example.org"),
        ("/a", "https://example.org/x/y", "https://example.org/a"),
        ("a", "https://example.org/x/y", "https://example.org/x/a"),
        ("//example.net/a", "https://example.org/x/y", "https://example.net/a"),
        ("/a", "", ""),
        ("//[::1/a", "https://example.org/", ""),
        ("", "https://example.org/", ""),
        ("javascript:alert(1)", "https://example.org/", None),
        (" JavaScript:alert(1)", "", None),
        ("java\nscript:alert(1)", "", ""),
        ("data:text/html,x", "", None),
        ("vbscript:x", "", None),
    ],
)
def test_addresses_are_made_whole_and_harmless(text: str, base: str, address: str | None) -> None:
    assert make_address(text, base=base) == address
    if address:
        assert quote_address(address) == address
