from collections.abc import Callable
from pathlib import Path

import pytest

from market.cli.schema import is_current
from market.kernel.config import Settings
from market.kernel.db import Database
from tests.make.commands import Market


def test_an_empty_folder_becomes_a_market_and_migrating_again_is_harmless(
    market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data_dir=tmp_path / "new")
    monkeypatch.setenv("MARKET_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("MARKET_DATABASE_URL", "")

    outcomes = [market("migrate"), market("migrate")]

    assert [(o.code, o.printed, o.said) for o in outcomes] == [(0, "", "schema is current")] * 2
    database = Database(settings.database_address)
    assert is_current(database)
    database.close()


@pytest.mark.parametrize(
    "arguments",
    [
        ("serve",),
        ("worker",),
        ("seed",),
        ("users", "create", "--email", "lan@example.org", "--password-stdin"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_missing_migration_is_refused(
    market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("MARKET_DATA_DIR", str(tmp_path / "new"))
    monkeypatch.setenv("MARKET_DATABASE_URL", "")

    outcome = market(*arguments, stdin="four words of tests\n")

    assert (outcome.code, outcome.printed) == (1, "")
    missing = tmp_path / "new" / "market.sqlite3"
    assert outcome.said.endswith(f"refused: there is no database at {missing}: `market migrate` makes it")
    assert not missing.parent.exists()


@pytest.mark.parametrize("command", ["status", "rebuild", "verify"])
def test_commands_that_only_read_say_what_is_missing(
    market: Market, index: Callable[[], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    index()
    (tmp_path / "empty.sqlite3").touch()
    monkeypatch.setenv("MARKET_DATABASE_URL", f"sqlite:///{tmp_path}/empty.sqlite3")

    outcome = market("index", command)

    assert (outcome.code, outcome.printed) == (1, "")
    assert "refused: the database says: no such table" in outcome.said
    assert outcome.said.endswith("run `market migrate`)")
