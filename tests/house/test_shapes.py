"""How the code is laid out: sizes, names of files, what may stand where. Exceptions are listed with their reason."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

import market

ROOT = Path(market.__file__).parents[1]
PRODUCT = ("market", "search", "locales")
EVERYTHING = (*PRODUCT, "tests", "benchmarks")

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
DEEPEST = 3

MADE_BY_ALEMBIC = "made by Alembic, a table after the other"
LONG_FILES = {
    "tests/house/test_rights.py": "a row for every door and case, which grow with the house",
    "market/migrations/versions/0001_first_tables.py": MADE_BY_ALEMBIC,
    "market/migrations/versions/0008_events_and_programmes.py": MADE_BY_ALEMBIC,
}
LONG_FUNCTIONS = {
    "market/migrations/versions/0001_first_tables.py upgrade": MADE_BY_ALEMBIC,
    "market/migrations/versions/0002_exchange_and_api.py upgrade": MADE_BY_ALEMBIC,
    "market/migrations/versions/0005_matching.py upgrade": MADE_BY_ALEMBIC,
    "market/migrations/versions/0006_interests.py upgrade": MADE_BY_ALEMBIC,
    "market/migrations/versions/0008_events_and_programmes.py upgrade": MADE_BY_ALEMBIC,
    "market/migrations/versions/0009_interpreters_commitments_conflicts.py upgrade": MADE_BY_ALEMBIC,
    "market/migrations/versions/0008_events_and_programmes.py downgrade": MADE_BY_ALEMBIC,
    "market/migrations/versions/0010_registration.py upgrade": MADE_BY_ALEMBIC,
    "market/migrations/versions/0011_drafts_of_programmes.py upgrade": MADE_BY_ALEMBIC,
}
DEEP_FUNCTIONS = {
    "search/embedded/engine.py rebuild": "one rebuild at a time, its clean-up, and the lock given back between batches",
}

ROOM_FILES = {
    "__init__.py", "enums.py", "models.py", "facts.py", "rules.py", "queries.py", "service.py", "forms.py", "pages.py",
    "api.py", "indexing.py", "linked_data.py", "panels.py", "reactions.py", "templates",
}  # fmt: skip
OWN_ROOM_FILES = {
    "accounts/passwords.py": "the figures of argon2 stand in one place",
    "accounts/presenting.py": "what a browser says of itself, as people name it",
    "discovery/sitemaps.py": "what a sitemap is, and which pages stand in which",
    "events/calendars.py": "events as calendar programs read them",
    "events/kinds.py": "what kinds of events there are, which is the room's one table",
    "events/presenting.py": "from rows to what templates show",
    "events/commitments.py": "who is bound when: written by rooms above, read by their checks",
    "events/people.py": "interpreters and when somebody is there, with reads and writes of its own",
    "exchange/checking.py": "from a row to what is staged, or refused",
    "exchange/comparing.py": "a listing in the import format: compared with a row, written by an export",
    "exchange/exporting.py": "the other direction",
    "exchange/files.py": "where files lie until they are taken over",
    "exchange/formats": "the three formats, which know neither database nor pages",
    "exchange/layout.py": "which column of a file is which of ours",
    "exchange/presenting.py": "from runs and problems to what templates show",
    "exchange/repairing.py": "what is put right in a row",
    "exchange/reports.py": "the report of a run as a file",
    "exchange/running.py": "an import at work, which commands and workers share",
    "exchange/sifting.py": "the values of a row by their types",
    "exchange/staging.py": "into the staging tables and out of them",
    "exchange/takeover.py": "from the staging tables into the market",
    "exchange/upkeep.py": "what is forgotten when",
    "interests/alerting.py": "what was published against all that waits for it: half of what the worker does here",
    "interests/asking.py": "the browse page's address to what is kept of it, and back",
    "interests/digests.py": "the mails: the other half",
    "interests/exporting.py": "the shortlist as a file",
    "interests/preparing.py": "what is worked out of a saved search's words",
    "interests/presenting.py": "from rows to what templates show",
    "interests/unsubscribing.py": "the signed link of a mail",
    "listings/browsing.py": "the browse page's address and the engine's answer, before any session",
    "listings/choices.py": "the value lists that all its pages show",
    "listings/comparing.py": "index against database, for `market index verify`",
    "listings/embedding.py": "the vectors of listings: the only slow work of the room",
    "listings/feeds.py": "the door of feed readers, which no page of ours shares",
    "listings/presenting.py": "from rows to what templates show",
    "listings/reading.py": "the quick read of one listing that is only shown",
    "listings/together.py": "the same change to many listings, which is neither one listing's service nor a page",
    "matching/desk.py": "what brokers read, across the market and bounded",
    "matching/finding.py": "what the worker does to find a listing's matches, engine and all",
    "matching/presenting.py": "from matches to what pages, API and command show",
    "matching/reasons.py": "the parts of a score as sentences",
    "matching/scoring.py": "the score and its parts, which know neither session nor engine",
    "matching/sides.py": "a listing as matching sees it",
    "matching/weights.py": "what each part weighs, with the reason",
    "notifications/postman.py": "the conversation with a mail server",
    "programme/checking.py": "what is stored of commitments and conflicts after every change",
    "programme/conflicts": "what cannot be in a working copy, which knows no session of the database",
    "programme/board.py": "a day of a programme as a table",
    "programme/copying.py": "from one edition to the next",
    "programme/drafting": "the search for a draft: all but its loading knows no database",
    "programme/drafts.py": "asking for a draft, and taking it over, beside the service that changes the working copy",
    "programme/exporting.py": "from the released programme to files",
    "programme/feed_tokens.py": "the secret of a personal calendar's address",
    "programme/formats": "the formats, which know neither database nor pages",
    "programme/interpreting.py": "interpreters, times and rules, beside the service of sessions, rooms and speakers",
    "programme/moving.py": "one session or many to other places, and what would come of it",
    "programme/keeping.py": "tables that wait until their columns are named",
    "programme/marking.py": "what visitors keep, beside the service that changes the working copy",
    "programme/presenting.py": "from rows to what templates show",
    "programme/reading.py": "the quick read of one session that is only shown",
    "programme/released.py": "the reads of what a release shows, beside those of the working copy",
    "programme/releasing.py": "what a release is, beside the service that changes the working copy",
    "programme/schedules.py": "the reads of what visitors keep, and the schedule that comes of it",
    "programme/tabular.py": "a table beside what is stored",
    "programme/takeover.py": "from a file into the working copy",
    "programme/times.py": "which day of a programme a time belongs to",
    "registration/checking.py": "from the cells of a table to people, or to what is wrong where",
    "registration/exporting.py": "participants as a file",
    "registration/takeover.py": "from a table into the list of participants",
    "registration/offering.py": "what one may register as and is asked, beside the service that registers",
    "registration/presenting.py": "from rows to what templates show",
    "registration/seats.py": "the one place where a seat is taken or given back",
    "taxonomy/countries.py": "all countries, which no form offers",
    "taxonomy/fields.py": "WIPO's fields, kept apart from the other value lists for their length",
    "taxonomy/values.py": "the value lists, which are the room",
}
TOOLKITS = {
    "cli": "commands, a file each",
    "kernel": "what all rooms stand on",
    "migrations": "Alembic's own names",
    "seed": "stages of the demo data",
    "web": "the toolkit of pages",
}
"""Folders that are no room of people's doing and name their files for what is in them."""

MAY_COMMIT = {
    "market/web/deps.py": "the transaction of a request",
    "market/kernel/db.py": "the transaction outside a request",
    "market/cli/": "commands",
}
MAY_READ_THE_CLOCK = {"market/kernel/clock.py": "the one clock"}
CLOCKS = re.compile(r"(datetime\.)?(datetime|date)\.(now|utcnow|today)|time\.(time|time_ns|localtime|gmtime|ctime)")

Function = ast.FunctionDef | ast.AsyncFunctionDef
BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)


def list_files(*folders: str) -> list[str]:
    return sorted(path.relative_to(ROOT).as_posix() for folder in folders for path in (ROOT / folder).rglob("*.py"))


@cache
def read_lines(file: str) -> list[str]:
    return (ROOT / file).read_text(encoding="utf-8").splitlines()


@cache
def read_tree(file: str) -> ast.Module:
    return ast.parse((ROOT / file).read_text(encoding="utf-8"))


def list_functions(*folders: str) -> Iterator[tuple[str, Function]]:
    for file in list_files(*folders):
        for node in ast.walk(read_tree(file)):
            if isinstance(node, Function):
                yield f"{file} {node.name}", node


def measure_depth(node: ast.AST, depth: int = 0) -> int:
    """How many blocks stand in each other; `elif` is no deeper than its `if`, a function within begins anew."""
    deepest = depth
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function | ast.ClassDef | ast.Lambda):
            continue
        is_elif = isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
        deepest = max(deepest, measure_depth(child, depth + (isinstance(child, BLOCKS) and not is_elif)))
    return deepest


def list_places(is_wrong: Callable[[ast.AST], bool], *folders: str, but: Mapping[str, str] | None = None) -> list[str]:
    """`file:line text` of every part of the code that this is true of."""
    excused = tuple(but or {})
    return [
        f"{file}:{node.lineno} {read_lines(file)[node.lineno - 1].strip()}"  # type: ignore[attr-defined] # it has a place
        for file in list_files(*folders)
        if not (excused and file.startswith(excused))
        for node in ast.walk(read_tree(file))
        if is_wrong(node)
    ]


def test_files_are_short() -> None:
    templates = [path.relative_to(ROOT).as_posix() for path in ROOT.glob("market/*/templates/**/*") if path.is_file()]
    lengths = {file: len(read_lines(file)) for file in (*list_files(*EVERYTHING), *templates)}

    assert {file for file, length in lengths.items() if length > LONGEST_FILE} == set(LONG_FILES)


def test_functions_are_short() -> None:
    long = {
        name for name, node in list_functions(*EVERYTHING) if (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    }

    assert long == set(LONG_FUNCTIONS)


def test_blocks_do_not_stand_deep_in_each_other() -> None:
    deep = {name for name, node in list_functions(*PRODUCT) if measure_depth(node) > DEEPEST}

    assert deep == set(DEEP_FUNCTIONS)


@pytest.mark.parametrize(
    ("body", "depth"),
    [
        ("pass", 0),
        ("if a:\n  for b in c:\n    pass", 2),
        ("if a:\n  pass\nelif b:\n  pass\nelif c:\n  pass", 1),
        ("with a:\n  try:\n    if b:\n      while c:\n        pass\n  finally:\n    pass", 4),
        ("if a:\n  def f():\n    if b:\n      pass", 1),
    ],
    ids=["none", "two", "elif", "four", "inner-function"],
)
def test_depth_is_measured(body: str, depth: int) -> None:
    assert measure_depth(ast.parse(body)) == depth


def list_rooms() -> list[Path]:
    return sorted(path for path in (ROOT / "market").iterdir() if path.is_dir() and path.name != "__pycache__")


def test_every_room_says_what_it_is() -> None:
    silent = []
    for room in list_rooms():
        if room.name != "migrations":
            paragraph = ast.get_docstring(read_tree(f"market/{room.name}/__init__.py"))
            if paragraph is None or len(paragraph) < 60 or not paragraph.endswith("."):
                silent.append(room.name)

    assert silent == []


def test_every_room_uses_the_same_names() -> None:
    files = {
        f"{room.name}/{path.name}"
        for room in list_rooms()
        if room.name not in TOOLKITS
        for path in room.iterdir()
        if path.name != "__pycache__"
        and path.name.removesuffix(".py") not in {name.removesuffix(".py") for name in ROOM_FILES}
    }

    assert files == set(OWN_ROOM_FILES)


def test_rooms_keep_their_templates_under_their_name() -> None:
    folders = {
        path.relative_to(ROOT / "market").as_posix() for path in ROOT.glob("market/*/templates/*") if path.is_dir()
    }

    assert folders == {f"{room}/templates/{room}" for room in {folder.split("/")[0] for folder in folders}}


def ends_transaction(node: ast.AST) -> bool:
    """A tantivy writer commits too, in `search`; only a session's is meant here."""
    return isinstance(node, ast.Attribute) and node.attr in ("commit", "rollback")


def test_transactions_end_in_their_one_place() -> None:
    assert list_places(ends_transaction, "market", but=MAY_COMMIT) == []


def reads_clock(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and CLOCKS.fullmatch(ast.unparse(node)) is not None


def test_the_clock_is_read_in_one_place() -> None:
    assert list_places(reads_clock, *PRODUCT, but=MAY_READ_THE_CLOCK) == []


def puts_in_order(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and ast.unparse(node) == "unicodedata.normalize"


def test_what_was_sent_is_put_in_order_in_one_place() -> None:
    """Python's own takes minutes for a megabyte of marks."""
    assert list_places(puts_in_order, "market", but={"market/kernel/text.py": "cuts the marks first"}) == []


def test_a_flush_says_why() -> None:
    places = list_places(lambda node: isinstance(node, ast.Attribute) and node.attr == "flush", "market")

    assert [place for place in places if "  # " not in place] == []


def list_inner_imports(file: str) -> Iterator[str]:
    for function in (node for node in ast.walk(read_tree(file)) if isinstance(node, Function)):
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield f"{file}:{node.lineno} {read_lines(file)[node.lineno - 1].strip()}"


def test_imports_stand_at_the_top_or_say_why_not() -> None:
    inner = [place for file in list_files(*EVERYTHING) for place in list_inner_imports(file)]

    assert [place for place in inner if not re.search(r"# noqa: PLC0415 - \w", place)] == []


SILENCED = re.compile(r"#\s*(noqa|type: ignore|pragma: no cover|fmt: off)")
WITH_REASON = re.compile(r"# noqa: [A-Z0-9, ]+ (- |\()\w|# type: ignore\[[a-z-]+(, ?[a-z-]+)*\] # \w")
TODO = re.compile(r"\b(TODO|FIXME|HACK)\b")
NUMBERED = re.compile(r"\bTODO\(#\d+\)|\bTODO #\d+")


def list_lines(*folders: str) -> Iterator[tuple[str, str]]:
    own = Path(__file__).relative_to(ROOT).as_posix()
    for file in list_files(*folders):
        if file != own:
            for number, line in enumerate(read_lines(file), 1):
                yield f"{file}:{number}", line


def test_what_silences_a_check_says_why() -> None:
    silenced = [(place, line.strip()) for place, line in list_lines(*EVERYTHING) if SILENCED.search(line)]

    assert [(place, line) for place, line in silenced if not WITH_REASON.search(line)] == []


def test_what_is_left_to_do_has_a_number() -> None:
    left = [(place, line.strip()) for place, line in list_lines(*EVERYTHING) if TODO.search(line)]

    assert [(place, line) for place, line in left if not NUMBERED.search(line)] == []


def test_templates_leave_nothing_to_do_without_a_number() -> None:
    templates = [path for path in ROOT.glob("market/*/templates/**/*") if path.is_file()]

    assert [path.name for path in templates if TODO.search(path.read_text(encoding="utf-8"))] == []
