"""What is kept of what took long to make: by its key, within its room, safe for threads."""

from concurrent.futures import ThreadPoolExecutor

from market.web.kept import Kept


def test_what_is_kept_is_made_once_and_another_version_anew() -> None:
    kept: Kept[str] = Kept()
    made = []

    def make(version: int) -> str:
        made.append(version)
        return f"page {version}"

    pages = [kept.get_or_make(("programme", version), lambda version=version: make(version)) for version in (1, 1, 2)]  # type: ignore[misc] # bound at once

    assert pages == ["page 1", "page 1", "page 2"]
    assert made == [1, 2]


def test_what_was_asked_for_longest_ago_makes_room() -> None:
    kept: Kept[bytes] = Kept(most_bytes=10)
    made: list[str] = []

    def ask(name: str) -> None:
        kept.get_or_make(name, lambda: made.append(name) or b"four")  # type: ignore[func-returns-value] # it notes

    for name in ("a", "b", "a", "c", "a", "b"):
        ask(name)

    assert made == ["a", "b", "c", "b"]


def test_what_is_larger_than_the_room_is_made_and_not_kept() -> None:
    kept: Kept[bytes] = Kept(most_bytes=3)

    assert [kept.get_or_make("large", lambda: b"four") for _time in range(2)] == [b"four"] * 2
    assert kept.get_or_make("small", lambda: b"two") == b"two"


def test_what_fails_is_not_kept() -> None:
    kept: Kept[str] = Kept()

    def fail() -> str:
        raise ValueError

    for _time in range(2):
        try:
            kept.get_or_make("page", fail)
        except ValueError:
            continue

    assert kept.get_or_make("page", lambda: "made") == "made"


def test_many_at_once_get_the_same() -> None:
    kept: Kept[str] = Kept()

    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(lambda number: kept.get_or_make(number % 3, lambda: f"{number % 3}"), range(300)))

    assert pages == [f"{number % 3}" for number in range(300)]
