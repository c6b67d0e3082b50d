"""What all commands have in common: help, exit codes, and a reason where they refuse."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from sqlalchemy.orm import Session

from market.cli.main import app
from tests.make.commands import Market
from tests.make.events import PROGRAMME


def walk_commands(command: Any, *path: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Typer brings a click of its own, whose types have no public name."""
    if hasattr(command, "commands"):
        for name, child in command.commands.items():
            yield from walk_commands(child, *path, name)
    else:
        yield path, command


COMMANDS = dict(walk_commands(typer.main.get_command(app)))
NEEDS_MORE = {
    ("users", "create"): ("--email", "lan@example.org", "--password-stdin"),
    ("search",): ("cassava",),
    ("match",): ("TO-CN-7F3K9Q",),
    ("backup",): ("saved",),
    ("restore",): ("saved",),
    ("evaluate",): ("--queries", "queries.jsonl", "--qrels", "qrels.tsv"),
    ("export", "listings"): ("out.jsonl",),
    ("events", "import"): ("programme.json",),
    ("events", "export"): ("fair-2027", "out.xml"),
    ("outbox", "retry"): ("--all",),
    ("import", "listings"): ("rows.jsonl",),
    ("tokens", "create"): ("--email", "lan@example.org", "--scope", "listings:read"),
    ("tokens", "list"): ("--email", "lan@example.org"),
    ("tokens", "end"): ("0b4cba5e-51c5-4a9f-9a3c-6f1f2c1f5d11", "--email", "lan@example.org"),
}
"""What a command cannot do without."""


@pytest.fixture
def _judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One judged query, in the folder where the commands run."""
    (tmp_path / "queries.jsonl").write_text('{"id": "1", "language": "en", "text": "cassava"}\n')
    (tmp_path / "rows.jsonl").write_text('{"id": "1", "title": "Cassava dryer", "summary": "Dries."}\n')
    (tmp_path / "programme.json").write_bytes(PROGRAMME)
    (tmp_path / "qrels.tsv").write_text("1\tTO-CN-7F3K9Q\n")
    monkeypatch.chdir(tmp_path)


def test_these_are_the_commands() -> None:
    assert sorted(" ".join(path) for path in COMMANDS) == [
        *("backup", "doctor", "evaluate", "events export", "events import", "events list"),
        *("export listings", "import listings", "index rebuild", "index status"),
        *(
            "index verify",
            "match",
            "migrate",
            "outbox list",
            "outbox retry",
            "outbox status",
            "restore",
            "search",
            "seed",
        ),
        *("serve", "tokens create", "tokens end", "tokens list", "users create", "worker"),
    ]


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_explains_itself_and_its_options(market: Market, path: tuple[str, ...]) -> None:
    command = COMMANDS[path]

    outcome = market(*path, "--help")

    assert (outcome.code, outcome.said) == (0, "")
    first_line = (command.help or "").splitlines()[0]
    assert first_line
    assert first_line in " ".join(outcome.printed.split())
    assert [option.name for option in command.params if not getattr(option, "help", "")] == []


@pytest.mark.parametrize("group", [(), ("users",), ("index",)], ids=["market", "users", "index"])
def test_a_group_lists_its_commands(market: Market, group: tuple[str, ...]) -> None:
    outcome = market(*group, "--help")

    names = {path[len(group)] for path in COMMANDS if path[: len(group)] == group}
    assert outcome.code == 0
    assert names <= set(outcome.printed.split())


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("users",),
        ("dance",),
        ("index", "dance"),
        ("migrate", "--dance"),
        ("migrate", "twice"),
        ("backup",),
        ("restore",),
        ("users", "create"),
        ("users", "create", "--email", "lan@example.org"),
        ("search",),
        ("search", ""),
        ("search", " \u3000"),
        ("search", "x", "--kind", "wish"),
        ("search", "x", "--language", "xx"),
        ("search", "x", "--country", "US"),
        ("import", "listings", __file__, "--language", "xx"),
        ("import", "listings", __file__, "--kind", "wish"),
        ("users", "create", "--email", "lan@example.org", "--password-stdin", "--language", "xx"),
        ("tokens", "create", "--email", "lan@example.org", "--scope", "events:write"),
        ("search", "x", "--limit", "0"),
        ("search", "x", "--limit", "many"),
        ("seed", "--stage", "dessert"),
        ("index", "verify", "--limit", "0"),
        ("outbox", "retry"),
        ("outbox", "retry", "--all", "TO-CN-7F3K9Q"),
        ("outbox", "retry", "--all", "--handler", "dance"),
        ("serve", "--port", "0"),
        ("serve", "--port", "65536"),
        ("serve", "--workers", "0"),
        ("evaluate",),
        ("evaluate", "--queries", "q.jsonl"),
        ("evaluate", "--queries", "q.jsonl", "--qrels", "r.tsv", "--k", "0"),
    ],
    ids=lambda arguments: " ".join(arguments).replace(__file__, "FILE") or "nothing",
)
def test_wrong_usage_ends_with_2_and_says_how(market: Market, arguments: tuple[str, ...]) -> None:
    outcome = market(*arguments)

    assert outcome.code == 2
    assert "Usage: market" in outcome.said + outcome.printed


@pytest.mark.usefixtures("_judged")
@pytest.mark.parametrize("path", [path for path in COMMANDS if path != ("migrate",)], ids=" ".join)
def test_a_folder_that_is_not_there_is_told_and_not_made(
    market: Market, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, path: tuple[str, ...]
) -> None:
    folder = tmp_path / "nobody" / "made-this"
    monkeypatch.setenv("MARKET_DATA_DIR", str(folder))
    monkeypatch.setenv("MARKET_DATABASE_URL", "")

    outcome = market(*path, *NEEDS_MORE.get(path, ()), stdin="four words of tests\n")

    assert (outcome.code, "refused: " in outcome.said, "Traceback" in outcome.said) == (1, True, False)
    assert not folder.parent.exists()


@pytest.mark.usefixtures("_judged")
@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_a_folder_that_cannot_be_there_is_told_in_a_sentence(
    market: Market, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, path: tuple[str, ...]
) -> None:
    (tmp_path / "a-file").touch()
    monkeypatch.setenv("MARKET_DATA_DIR", str(tmp_path / "a-file" / "folder"))
    monkeypatch.setenv("MARKET_DATABASE_URL", "")

    outcome = market(*path, *NEEDS_MORE.get(path, ()), stdin="four words of tests\n")

    assert (outcome.code, "refused: " in outcome.said, "Traceback" in outcome.said) == (1, True, False)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("ENVIRONMENT", "prod", "MARKET_ENVIRONMENT: Input should be 'development' or 'production'"),
        ("LOG_LEVEL", "loud", "MARKET_LOG_LEVEL: 'loud' is none of debug info warning error critical"),
    ],
)
@pytest.mark.usefixtures("_judged")
@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_a_setting_that_cannot_be_read_is_named(
    market: Market, monkeypatch: pytest.MonkeyPatch, path: tuple[str, ...], name: str, value: str, reason: str
) -> None:
    monkeypatch.setenv(f"MARKET_{name}", value)

    outcome = market(*path, *NEEDS_MORE.get(path, ()), stdin="four words of tests\n")

    assert (outcome.code, outcome.printed, outcome.said) == (1, "", f"refused: {reason}")


@pytest.mark.usefixtures("_judged")
@pytest.mark.parametrize("path", [path for path in COMMANDS if path != ("doctor",)], ids=" ".join)
@pytest.mark.parametrize(
    "address", ["postgresql://market:secret@127.0.0.1:9/market", "nonsense", "cobol://market:secret@127.0.0.1/market"]
)
def test_a_database_that_does_not_answer_is_told_in_a_sentence(
    market: Market, monkeypatch: pytest.MonkeyPatch, path: tuple[str, ...], address: str
) -> None:
    monkeypatch.setenv("MARKET_DATABASE_URL", address)

    outcome = market(*path, *NEEDS_MORE.get(path, ()), stdin="four words of tests\n")

    assert (outcome.code, outcome.printed) == (1, "")
    assert outcome.said.startswith("refused: ")
    assert "secret" not in outcome.said


def test_a_reason_is_printed_as_it_stands(market: Market) -> None:
    """Brackets would be colours to the console."""
    outcome = market("users", "create", "--email", "[/red] [bold]", "--password-stdin", stdin="four words of tests\n")

    assert (outcome.code, outcome.said) == (1, "refused: '[/red] [bold]' is no mail address")


def test_results_go_to_standard_output_and_messages_to_standard_error(market: Market, db: Session) -> None:
    assert market("migrate").printed == ""
    assert market("index", "rebuild", "--json").json == {"documents": 0}
