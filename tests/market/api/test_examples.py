"""`docs/api.md`: it is what the API is now, and every program in it runs against a running market."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import market
from market.app import create_app
from market.kernel.config import Settings
from market.kernel.db import Database
from market.web.rendering import Renderer
from search.embedded import open_engine
from tests.make.accounts import make_user
from tests.make.listings import make_listing
from tests.make.programs import make_api_token
from tests.make.serving import serving

DOCS = Path(market.__file__).parents[1] / "docs"
BLOCK = re.compile(
    r"^### (?P<title>.+?)\n```python\n(?P<python>.*?)```\n\n```js\n(?P<js>.*?)```\n", re.MULTILINE | re.DOTALL
)
EXAMPLES = [match.groupdict() for match in BLOCK.finditer((DOCS / "api.md").read_text(encoding="utf-8"))]


@pytest.fixture(scope="module")
def running(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, renderer: Renderer
) -> Iterator[dict[str, str]]:
    """What an example finds in its environment: the address of a running market, and the token of an owner."""
    folder = tmp_path_factory.mktemp("running")
    shutil.copy(sqlite_template, folder / "market.sqlite3")
    settings = Settings(data_dir=folder)
    database = Database(settings.database_address)
    engine = open_engine(folder / "index", embedder=None)
    with database.writing() as db:
        mai = make_user(db)
        make_listing(db, by=mai, texts={"en": "Drying kiln", "vi": "Lò sấy"})
        token = make_api_token(db, mai)
    app = create_app(settings, database=database, search=engine, renderer=renderer)
    with serving(app) as address:
        yield {"MARKET_API": f"{address}/api/v1", "MARKET_TOKEN": token}
    engine.close()
    database.close()


def read_generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_api", DOCS / "make_api.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_api_is() -> None:
    assert (DOCS / "api.md").read_text(encoding="utf-8") == read_generator().write_page(), "run docs/make_api.py"


def test_every_example_is_found() -> None:
    assert len(EXAMPLES) == len(read_generator().TITLES)


def run(command: list[str], code: str, environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    file = folder / f"example{command[-1]}"
    file.write_text(code, encoding="utf-8")
    return subprocess.run(  # noqa: S603 - our own
        [*command[:-1], str(file)], env=os.environ | environment | {"PYTHONIOENCODING": "utf-8"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["title"])
def test_the_python_example_runs(example: dict[str, str], running: dict[str, str], tmp_path: Path) -> None:
    done = run([sys.executable, "-W", "error", ".py"], example["python"], running, tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["title"])
def test_the_javascript_example_runs(example: dict[str, str], running: dict[str, str], tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed here")
    done = run([node, ".mjs"], example["js"], running, tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout
