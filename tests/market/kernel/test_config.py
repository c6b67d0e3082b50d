from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from market.kernel.config import DEVELOPMENT_SECRET, Environment, Settings, production_problems

READY: dict[str, Any] = {
    "environment": "production",
    "base_url": "https://market.example",
    "secret_key": "0123456789abcdef" * 4,
    "mail_url": "smtp://mail.example",
}


def test_production_starts_when_nothing_stands_against_it() -> None:
    assert production_problems(Settings(**READY)) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        pytest.param({"secret_key": DEVELOPMENT_SECRET}, "MARKET_SECRET_KEY is the development default", id="secret"),
        pytest.param({"secret_key": "x" * 31}, "MARKET_SECRET_KEY is shorter than 32 characters", id="short secret"),
        pytest.param({"base_url": "http://market.example"}, "MARKET_BASE_URL is not https", id="http"),
        pytest.param({"mail_url": ""}, "MARKET_MAIL_URL is missing: nobody could confirm an address", id="no mail"),
    ],
)
def test_production_is_refused_and_told_why(change: dict[str, str], problem: str) -> None:
    assert production_problems(Settings(**{**READY, **change})) == [problem]
    assert production_problems(Settings(**{**READY, **change, "environment": "development"})) == []


def test_all_that_stands_against_production_is_told_at_once() -> None:
    assert len(production_problems(Settings(environment=Environment.PRODUCTION))) == 3


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKET_DATA_DIR", "/srv/market")
    monkeypatch.setenv("MARKET_TRUSTED_PROXIES", "10.0.0.1")
    monkeypatch.setenv("MARKET_UNHEARD_OF", "1")

    settings = Settings()

    assert (settings.data_dir, settings.trusted_proxies) == (Path("/srv/market"), "10.0.0.1")
    assert settings.database_address == "sqlite:////srv/market/market.sqlite3"


def test_an_empty_value_means_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    defaults = Settings()
    for name in ("ENVIRONMENT", "SECRET_KEY", "BASE_URL", "DATA_DIR", "DATABASE_URL", "TRUSTED_PROXIES"):
        monkeypatch.setenv(f"MARKET_{name}", "")

    assert Settings() == defaults


def test_an_unknown_environment_is_refused_and_not_taken_for_development(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKET_ENVIRONMENT", "prod")

    with pytest.raises(ValidationError):
        Settings()


def test_settings_stay_as_they_were_read() -> None:
    settings = Settings()

    with pytest.raises(ValidationError):
        settings.environment = Environment.PRODUCTION  # type: ignore[misc] # what this test is about


def test_the_secret_does_not_show_where_settings_are_printed() -> None:
    settings = Settings(**READY)

    assert settings.secret_key.get_secret_value() == READY["secret_key"]
    assert READY["secret_key"] not in f"{settings!r} {settings} {settings.model_dump()}"
