"""A start is refused with a line for each setting that nothing can be done with, in development as in production."""

import subprocess
import sys
from pathlib import Path

import pytest

from market.cli import serve
from market.cli.settings import find_search_problem, list_problems, list_unheard
from market.kernel.config import Settings
from tests.make.certificates import make_certificate
from tests.make.commands import Market

SECRET = "s3cr3t-w0rd"

DATABASE = "MARKET_DATABASE_URL must look like postgresql://user:password@host/name or sqlite:////folder/file"
BASE = "MARKET_BASE_URL must look like https://market.example.org, without a path"
MAIL = "MARKET_MAIL_URL must look like smtp://host:25?from=address"
SENDER = "MARKET_MAIL_URL names no mail address behind from="
EMBEDDINGS = "MARKET_EMBEDDINGS_URL must look like http://host:8080/v1#model"
SEARCH = (
    "MARKET_SEARCH_URL must be 'embedded' or look like https://user:password@host:9200, several separated by commas "
    "(a comma within is written %2C)"
)
INDEX = (
    "MARKET_SEARCH_INDEX has lower case letters a to z, digits, - and _, begins with a letter or a digit, does not "
    "end in -next, and is at most 100 long"
)

FAULTS = [
    ("DATABASE_URL", "nonsense", DATABASE),
    ("DATABASE_URL", f"postgresql://market:{SECRET}@127.0.0.1:{SECRET}/market", DATABASE),
    ("DATABASE_URL", f"mysql://market:{SECRET}@127.0.0.1/market", DATABASE),
    ("DATABASE_URL", f"postgresql+asyncpg://market:{SECRET}@127.0.0.1/market", DATABASE),
    ("DATABASE_URL", "sqlite://", DATABASE),
    ("DATABASE_URL", "sqlite:///:memory:", DATABASE),
    ("BASE_URL", "market.example", BASE),
    ("BASE_URL", "https://", BASE),
    ("BASE_URL", "https://market.example/china", BASE),
    ("BASE_URL", "https://market.example:port", BASE),
    ("BASE_URL", "https://lan@market.example", BASE),
    ("BASE_URL", "https://market.example?x", BASE),
    ("BASE_URL", "https://[market.example", BASE),
    ("BASE_URL", "https://market example", BASE),
    ("MAIL_URL", "mail.example", MAIL),
    ("MAIL_URL", f"http://lan:{SECRET}@mail.example", MAIL),
    ("MAIL_URL", f"smtp://lan:12#{SECRET}@mail.example", MAIL),
    ("MAIL_URL", f"smtp://lan:12/{SECRET}@mail.example", MAIL),
    ("MAIL_URL", f"smtp://lan:12?{SECRET}@mail.example", MAIL),
    ("MAIL_URL", f"smtp://lan:{SECRET}[@mail.example", MAIL),
    ("MAIL_URL", f"smtp://lan:{SECRET}\u2100@mail.example", MAIL),
    ("MAIL_URL", f"smtp://lan:{SECRET}@mail.example?form=lan@mail.example", MAIL),
    ("MAIL_URL", "smtp://mail.example?from=market", SENDER),
    ("MAIL_URL", "smtp://mail.example?from=lan@mail.example%0d%0aBcc:thief@evil.example", SENDER),
    ("EMBEDDINGS_URL", "127.0.0.1:9/v1", EMBEDDINGS),
    ("EMBEDDINGS_URL", f"http://127.0.0.1:9/v1?key={SECRET}", EMBEDDINGS),
    ("EMBEDDINGS_URL", f"http://m:{SECRET}@[127.0.0.1/v1", EMBEDDINGS),
    ("SEARCH_URL", f"https://m:{SECRET},{SECRET}@127.0.0.1:9200", SEARCH),
    ("SEARCH_INDEX", "Market", INDEX),
    (
        "TRUSTED_PROXIES",
        "10.0.0.1, 10.0.0.5/24",
        "MARKET_TRUSTED_PROXIES: '10.0.0.5/24' is no address and no network such as 10.0.0.0/8",
    ),
    (
        "TRUSTED_PROXIES",
        "proxy",
        "MARKET_TRUSTED_PROXIES: 'proxy' is no address and no network such as 10.0.0.0/8",
    ),
    ("TRUSTED_PROXIES", "*", "MARKET_TRUSTED_PROXIES: '*' is no address and no network such as 10.0.0.0/8"),
]

GOOD = [
    ("DATABASE_URL", f"postgresql://market:{SECRET}@127.0.0.1:5432/market?sslmode=require"),
    ("DATABASE_URL", "postgresql:///market?host=/run/postgresql"),
    ("DATABASE_URL", "sqlite:////srv/market.sqlite3"),
    ("BASE_URL", "https://market.example:8443/"),
    ("BASE_URL", "http://[::1]:8000"),
    ("MAIL_URL", f"smtps://lan%40mail:{SECRET}%2F@mail.example:465?from=Market%20<market@mail.example>"),
    ("MAIL_URL", "smtp+starttls://mail.example/?from=fair%2Bmarket@mail.example"),
    ("MAIL_URL", "smtp://[::1]:25"),
    ("EMBEDDINGS_URL", "http://127.0.0.1:8080/v1#multilingual-e5-large"),
    ("TRUSTED_PROXIES", "10.0.0.1, 172.30.57.0/24,::1,"),
    ("SEARCH_URL", "embedded"),
    ("SEARCH_URL", "http://127.0.0.1"),
    ("SEARCH_URL", f"https://m:{SECRET}%2C@one:9200, https://m:{SECRET}%2C@[::1]:9201/,https://three:9200"),
    ("SEARCH_CA_FILE", "not-there-and-not-used.pem"),
    ("SEARCH_INDEX", "2-market_next"),
]

READY = {
    "MARKET_ENVIRONMENT": "production",
    "MARKET_BASE_URL": "https://market.example",
    "MARKET_SECRET_KEY": "0123456789abcdef" * 4,
    "MARKET_MAIL_URL": "smtp://127.0.0.1:9",
}


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    monkeypatch.setattr(serve, "run_server", lambda *_arguments, **_named: names.append("serve"))
    monkeypatch.setattr(serve, "Worker", lambda _work: names.append("worker"))
    return names


@pytest.mark.parametrize(("name", "value", "reason"), FAULTS)
@pytest.mark.parametrize("production", [False, True], ids=["development", "production"])
@pytest.mark.parametrize("command", ["serve", "worker"])
def test_nothing_starts_with_a_setting_that_nothing_can_be_done_with(
    market: Market,
    started: list[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    command: str,
    production: bool,
    name: str,
    value: str,
    reason: str,
) -> None:
    for variable, ready in READY.items() if production else ():
        monkeypatch.setenv(variable, ready)
    monkeypatch.setenv(f"MARKET_{name}", value)

    outcome = market(command)

    assert (outcome.code, outcome.lines, started) == (1, [f"refused: {reason}"], [])
    assert SECRET not in outcome.said


@pytest.mark.parametrize(("name", "value"), GOOD)
def test_a_setting_that_is_right_is_left_in_peace(name: str, value: str) -> None:
    assert list_problems(Settings.model_validate({name.lower(): value})) == []


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("elasticsearch", SEARCH),
        ("127.0.0.1:9200", SEARCH),
        (f"ftp://m:{SECRET}@one:9200", SEARCH),
        ("https://", SEARCH),
        ("https://one:9200,", SEARCH),
        ("https://one:9200 https://two:9200", SEARCH),
        (f"https://m:{SECRET}@one:{SECRET}", SEARCH),
        (f"https://m:{SECRET}@one:9200?pretty", SEARCH),
        (f"https://m:{SECRET}/@one:9200", SEARCH),
        (f"https://m:{SECRET}#@one:9200", SEARCH),
        ("https://one:9200,embedded", SEARCH),
        (
            f"https://m:{SECRET}@one:9200,http://m:{SECRET}@two:9200",
            "MARKET_SEARCH_URL has http and https: a cluster has one of them",
        ),
        (
            f"https://m:{SECRET}@one:9200,https://m:{SECRET}2@two:9200",
            "MARKET_SEARCH_URL has several users or passwords: a cluster takes one",
        ),
    ],
)
def test_addresses_of_a_cluster_that_cannot_be_used_are_told_without_passwords(url: str, reason: str) -> None:
    settings = Settings(search_url=url)

    assert (find_search_problem(settings), list_problems(settings)) == (reason, [reason])


@pytest.mark.parametrize(
    "name", ["-market", "_market", "Market", "mar ket", "markt*", "märkt", "market-next", "m" * 101]
)
def test_names_that_elasticsearch_has_no_index_for_are_told(name: str) -> None:
    assert find_search_problem(Settings(search_index=name)) == INDEX


def test_certificates_of_a_cluster_must_be_there(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path).file
    (tmp_path / "empty.pem").write_text("")
    files = {name: tmp_path / name for name in (certificate.name, "none.pem", "empty.pem")}

    found = {
        name: find_search_problem(Settings(search_url=f"https://m:{SECRET}@one:9200", search_ca_file=str(file)))
        for name, file in files.items()
    }

    assert found == {
        certificate.name: None,
        "none.pem": f"MARKET_SEARCH_CA_FILE: {files['none.pem']} cannot be read: No such file or directory",
        "empty.pem": f"MARKET_SEARCH_CA_FILE: {files['empty.pem']} cannot be read: there is no certificate in it",
    }


@pytest.mark.parametrize("place", ["a-file", "a-file/below", "a-file/far/below"])
def test_a_folder_that_cannot_be_made_is_told_before_it_is_needed(
    market: Market, started: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str
) -> None:
    (tmp_path / "a-file").write_text("")
    monkeypatch.setenv("MARKET_DATA_DIR", str(tmp_path / place))

    outcome = market("serve")

    assert (outcome.code, started) == (1, [])
    assert outcome.lines[0] == f"refused: MARKET_DATA_DIR: nothing can be written at {tmp_path / place}"


def test_every_problem_is_a_line_of_its_own_and_no_trace_of_our_insides(tmp_path: Path) -> None:
    """In a process of its own, as a service manager sees it. What is wrong twice is told once."""
    (tmp_path / "a-file").write_text("")
    environment = {
        "MARKET_ENVIRONMENT": "production",
        "MARKET_DATA_DIR": f"{tmp_path}/a-file",
        "MARKET_DATABASE_URL": f"postgresql://market:{SECRET}@127.0.0.1:{SECRET}/market",
        "MARKET_BASE_URL": "market.example",
        "MARKET_SECRET_KEY": SECRET,
        "MARKET_MAIL_URL": f"smtp://lan:{SECRET}[@mail.example",
        "MARKET_EMBEDDINGS_URL": f"ftp://m:{SECRET}@127.0.0.1",
        "MARKET_TRUSTED_PROXIES": "proxy",
        "MARKET_SEARCH_URL": f"http://m:{SECRET}@127.0.0.1:9200/elasticsearch",
        "MARKET_SEARCH_CA_FILE": f"{tmp_path}/not-there.pem",
        "MARKET_SEARCH_INDEX": "-",
    }

    command = [sys.executable, "-m", "market.cli.main", "serve"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.splitlines() == [
        f"refused: MARKET_DATA_DIR: nothing can be written at {tmp_path}/a-file",
        f"refused: {DATABASE}",
        f"refused: {BASE}",
        f"refused: {MAIL}",
        f"refused: {EMBEDDINGS}",
        "refused: MARKET_TRUSTED_PROXIES: 'proxy' is no address and no network such as 10.0.0.0/8",
        f"refused: {SEARCH}",
        "refused: MARKET_SEARCH_CA_FILE is for https: MARKET_SEARCH_URL has http",
        f"refused: {INDEX}",
        "refused: production is refused: MARKET_SECRET_KEY is shorter than 32 characters",
    ]


@pytest.mark.parametrize("value", ["0", "1025", "many"])
def test_a_number_of_shards_that_elasticsearch_does_not_take_is_told(
    market: Market, started: list[str], monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("MARKET_SEARCH_SHARDS", value)

    outcome = market("serve")

    assert (outcome.code, started) == (1, [])
    assert outcome.lines[0].startswith("refused: MARKET_SEARCH_SHARDS: Input should be")


@pytest.mark.parametrize(
    ("environment", "unheard"),
    [
        ({"MARKET_DATA_DIR": "var", "MARKET_TEST_DATA": "data", "PATH": "/bin"}, []),
        ({"MARKET_SEARCH_INDEX": "fair", "MARKET_SEARCH_CA_FILE": "ca.pem"}, []),
        ({"MARKET_SEARCH_ALIAS": "fair"}, ["MARKET_SEARCH_ALIAS"]),
        ({"MARKET_TRUSTED_PROXY": "", "market_mailurl": "x"}, ["MARKET_MAILURL", "MARKET_TRUSTED_PROXY"]),
    ],
)
def test_what_looks_like_a_setting_and_is_none_is_known(environment: dict[str, str], unheard: list[str]) -> None:
    assert list_unheard(environment) == unheard
