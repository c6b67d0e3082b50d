from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from market.cli import doctor
from market.kernel.config import DEVELOPMENT_SECRET, Settings
from market.kernel.outbox import Delivery, DeliveryState
from market.notifications.postman import Postman
from tests.make.certificates import make_certificate
from tests.make.commands import Market, Outcome
from tests.make.listings import make_listing
from tests.make.mail_server import Encryption, make_mail_server

Index = Callable[[], None]
SECRET = "s3cr3t-w0rd"


def read_findings(outcome: Outcome) -> dict[str, tuple[bool, str]]:
    return {finding["what"]: (finding["good"], finding["detail"]) for finding in outcome.json["findings"]}


def list_bad(outcome: Outcome) -> list[str]:
    return [what for what, (good, _detail) in read_findings(outcome).items() if not good]


def test_a_healthy_installation_is_told_so(market: Market, db: Session, index: Index) -> None:
    make_listing(db)
    index()

    outcome = market("doctor", "--json")

    assert outcome.code == 0
    findings = read_findings(outcome)
    assert list(findings) == ["python", "settings", "database", "search", "mail", "disk"]
    assert list_bad(outcome) == []
    assert findings["search"][1] == "embedded, 1 documents, no embedder: search goes by words alone"
    assert findings["database"][1].endswith(", 0 facts waiting, 0 set aside")


def test_for_people_each_setting_and_each_finding_is_a_line(market: Market, index: Index) -> None:
    index()

    lines = market("doctor").printed.splitlines()

    assert [line.split()[0] for line in lines if line.startswith("ok ")] == ["ok"] * 6
    names = [line.split()[0] for line in lines if line.startswith("  MARKET_")]
    assert names == [f"MARKET_{name.upper()}" for name in Settings.model_fields]


def test_a_missing_index_is_found(market: Market) -> None:
    outcome = market("doctor", "--json")

    assert (outcome.code, list_bad(outcome)) == (1, ["search"])
    assert outcome.said.endswith("refused: search")


def test_a_folder_that_cannot_be_made_is_one_finding_of_several(
    market: Market, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "a-file").touch()
    monkeypatch.setenv("MARKET_DATA_DIR", str(tmp_path / "a-file" / "folder"))
    monkeypatch.setenv("MARKET_DATABASE_URL", "")

    outcome = market("doctor", "--json")

    assert (outcome.code, list_bad(outcome)) == (1, ["settings", "database", "search"])
    assert read_findings(outcome)["settings"][1].startswith("MARKET_DATA_DIR: nothing can be written at ")


def test_an_old_schema_is_found(market: Market, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    index()
    monkeypatch.setattr(doctor, "is_current", lambda _database: False)

    outcome = market("doctor", "--json")

    assert (outcome.code, list_bad(outcome)) == (1, ["database"])
    assert read_findings(outcome)["database"] == (False, "schema is not current: run `market migrate`")


def test_facts_set_aside_are_found(market: Market, db: Session, index: Index) -> None:
    make_listing(db)
    index()
    db.execute(update(Delivery).where(Delivery.handler == "index_listings").values(state=DeliveryState.SET_ASIDE))
    db.commit()

    outcome = market("doctor", "--json")

    assert (outcome.code, list_bad(outcome)) == (1, ["database"])
    assert read_findings(outcome)["database"][1].endswith(", 0 facts waiting, 1 set aside")


def test_a_database_that_does_not_answer_is_found(
    market: Market, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    index()
    monkeypatch.setenv("MARKET_DATABASE_URL", "postgresql://market@127.0.0.1:9/market")

    outcome = market("doctor", "--json")

    assert (outcome.code, list_bad(outcome)) == (1, ["database"])
    assert read_findings(outcome)["database"] == (False, "OperationalError")


def test_a_full_disk_is_found(market: Market, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    index()
    monkeypatch.setattr(doctor, "LEAST_FREE_BYTES", 10**18)

    assert list_bad(market("doctor", "--json")) == ["disk"]


def test_what_stands_against_production_is_found(market: Market, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    index()
    monkeypatch.setenv("MARKET_ENVIRONMENT", "production")

    outcome = market("doctor", "--json")

    assert (outcome.code, list_bad(outcome)) == (1, ["settings", "mail"])
    assert read_findings(outcome)["settings"][1].split("; ") == [
        "production is refused: MARKET_SECRET_KEY is the development default",
        "production is refused: MARKET_BASE_URL is not https",
        "production is refused: MARKET_MAIL_URL is missing: nobody could confirm an address",
    ]


def test_a_search_engine_that_is_not_there_is_found(
    market: Market, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    index()
    monkeypatch.setenv("MARKET_SEARCH_URL", "elasticsearch")

    assert list_bad(market("doctor", "--json")) == ["settings", "search"]


def test_a_search_cluster_that_is_away_is_found(market: Market, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    index()
    monkeypatch.setenv("MARKET_SEARCH_URL", f"http://m:{SECRET}@127.0.0.1:9")

    outcome = market("doctor", "--json")

    assert list_bad(outcome) == ["search"]
    assert read_findings(outcome)["search"] == (False, "the search cluster failed: ConnectionError")


def test_settings_that_cannot_be_used_are_found(market: Market, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them at once, where a start would be refused."""
    index()
    monkeypatch.setenv("MARKET_DATABASE_URL", "nonsense")
    monkeypatch.setenv("MARKET_TRUSTED_PROXIES", "proxy")
    monkeypatch.setenv("MARKET_MAIL_URL", "mail.example")

    outcome = market("doctor", "--json")

    assert (outcome.code, list_bad(outcome)) == (1, ["settings", "database", "search", "mail"])
    assert [problem.split()[0].rstrip(":") for problem in read_findings(outcome)["settings"][1].split("; ")] == [
        "MARKET_DATABASE_URL", "MARKET_MAIL_URL", "MARKET_TRUSTED_PROXIES",
    ]  # fmt: skip


def test_a_setting_without_effect_is_named(market: Market, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    index()
    monkeypatch.setenv("MARKET_SEARCH_ALIAS", SECRET)
    monkeypatch.setenv("MARKET_MAILURL", SECRET)

    outcome = market("doctor", "--json")

    assert (outcome.code, SECRET in outcome.printed) == (0, False)
    assert read_findings(outcome)["without effect"] == (
        True, "no settings of this release: MARKET_MAILURL, MARKET_SEARCH_ALIAS",
    )  # fmt: skip


# The mail server ---------------------------------------------------------------------------------------------------


def ask_doctor_about(server_url: str, market: Market, monkeypatch: pytest.MonkeyPatch) -> tuple[bool, str]:
    monkeypatch.setenv("MARKET_MAIL_URL", server_url)
    return read_findings(market("doctor", "--json"))["mail"]


def test_a_mail_server_that_takes_our_mails_is_told_and_gets_none(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = make_mail_server()

    with server.running():
        finding = ask_doctor_about(server.url.replace("://", "://market:right@"), market, monkeypatch)

    assert finding == (True, "sent as market@fair.example")
    assert (server.signed_in, server.received) == ([("market", "right")], [])


def test_a_refused_password_is_found(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    server = make_mail_server()
    server.password = "the right one"

    with server.running():
        finding = ask_doctor_about(server.url.replace("://", f"://market:{SECRET}@"), market, monkeypatch)

    assert finding == (False, "the server refuses user or password: 535 5.7.8 Authentication credentials invalid")


@pytest.mark.parametrize("encryption", [Encryption.STARTTLS, Encryption.FROM_THE_START])
def test_a_certificate_that_nobody_vouches_for_is_found(
    market: Market, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, encryption: Encryption
) -> None:
    server = make_mail_server(encryption=encryption, certificate=make_certificate(tmp_path))

    with server.running():
        good, detail = ask_doctor_about(server.url, market, monkeypatch)

    assert (good, detail.startswith("the server's certificate is not trusted: self")) == (False, True)


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ("smtp+starttls", "STARTTLS extension not supported by server."),
        ("smtps", "[SSL"),
    ],
)
def test_a_mail_server_without_encryption_is_found(
    market: Market, monkeypatch: pytest.MonkeyPatch, wanted: str, reason: str
) -> None:
    server = make_mail_server()

    with server.running():
        good, detail = ask_doctor_about(server.url.replace("smtp", wanted, 1), market, monkeypatch)

    assert not good
    assert detail.startswith(f"the server does not answer as it should: {reason}")


def test_a_mail_server_that_is_down_is_found(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    good, detail = ask_doctor_about(make_mail_server().url, market, monkeypatch)

    assert (good, "Connection refused" in detail) == (False, True)


# Secrets -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("SECRET_KEY", SECRET, "**********"),
        ("DATABASE_URL", f"postgresql://market:{SECRET}@127.0.0.1:9/market", "postgresql://…@127.0.0.1:9/market"),
        ("DATABASE_URL", f"postgresql://127.0.0.1:9/m?user=x&password={SECRET}", "postgresql://127.0.0.1:9/m?…"),
        ("DATABASE_URL", f"postgresql://127.0.0.1:9/m?password={SECRET}@{SECRET}", "postgresql://…"),
        ("DATABASE_URL", f"postgresql://market:{SECRET}?{SECRET}@127.0.0.1:9/m", "postgresql://…"),
        ("DATABASE_URL", f"postgresql://market:{SECRET}/{SECRET}@127.0.0.1:9/m", "postgresql://…@127.0.0.1:9/m"),
        ("MAIL_URL", f"smtp://lan:{SECRET}@mail.example:25", "smtp://…@mail.example:25"),
        ("MAIL_URL", f"smtp://lan:{SECRET}@mail.example?from=lan@x.example", "smtp://…@mail.example?…"),
        ("MAIL_URL", "smtp://mail.example?from=lan@x.example", "smtp://mail.example?…"),
        ("MAIL_URL", f"smtp://lan:{SECRET}", "smtp://…"),
        ("MAIL_URL", "smtps://[::1]:465", "smtps://[::1]:465"),
        (
            "SEARCH_URL",
            f"http://m:{SECRET}@127.0.0.1:9,http://m:{SECRET}@127.0.0.1:10",
            "http://…@127.0.0.1:9,http://…@127.0.0.1:10",
        ),
        ("SEARCH_URL", f"https://m:12,{SECRET}@one:9200,https://two:9200", "https://…@one:9200,https://two:9200"),
        ("SEARCH_URL", f"m:{SECRET}@one:9200,https://two:9200", "…,https://two:9200"),
        ("EMBEDDINGS_URL", f"http://m:{SECRET}@127.0.0.1:9/v1", "http://…@127.0.0.1:9/v1"),
        ("EMBEDDINGS_URL", f"http://127.0.0.1:9/v1?key={SECRET}", "http://127.0.0.1:9/v1?…"),
    ],
)
@pytest.mark.parametrize("form", [(), ("--json",)], ids=["lines", "json"])
def test_no_secret_is_printed(
    market: Market,
    index: Index,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    name: str,
    value: str,
    shown: str,
    form: tuple[str, ...],
) -> None:
    index()
    monkeypatch.setenv(f"MARKET_{name}", value)
    monkeypatch.setattr(Postman, "knock", lambda _postman: None)  # nobody is asked whose name we made up

    outcome = market("doctor", *form)

    assert SECRET not in outcome.printed + outcome.said + caplog.text
    assert shown in outcome.printed


def test_even_the_known_secret_of_development_is_not_printed(market: Market) -> None:
    outcome = market("doctor")

    assert DEVELOPMENT_SECRET not in outcome.printed + outcome.said
