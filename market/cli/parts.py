"""Puts a process together from the settings: database, engine, embedder, worker."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pydantic import ValidationError

from market import wiring
from market.cli.output import Refused
from market.kernel.config import Settings, production_problems
from market.kernel.db import Database
from market.kernel.work import Work
from market.web.mails import TemplateLetters
from market.web.rendering import Renderer
from search.centring import recall_dimensions
from search.embedded import open_engine
from search.embedding import load_embedder
from search.port import Embedder, Engine

LOG_LEVELS = ("debug", "info", "warning", "error", "critical")


@dataclass(frozen=True, slots=True)
class Parts:
    settings: Settings
    database: Database
    search: Engine
    embedder: Embedder | None
    renderer: Renderer

    @property
    def work(self) -> Work:
        letters = TemplateLetters(self.renderer, base_url=self.settings.base_url)
        return Work(self.settings, self.database, self.search, self.embedder, letters)


def read_settings() -> Settings:
    try:
        settings = Settings()
    except ValidationError as problem:
        faults = [f"MARKET_{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in problem.errors()]
        raise Refused("; ".join(faults)) from problem
    if settings.log_level.lower() not in LOG_LEVELS:
        raise Refused(f"MARKET_LOG_LEVEL: {settings.log_level!r} is none of {' '.join(LOG_LEVELS)}")
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    return settings


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    database = Database(settings.database_address)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def open_parts(settings: Settings, *, write_index: bool) -> Iterator[Parts]:
    """`write_index`: take the index's lock; where another process holds it, this one reads only."""
    if settings.search_url != "embedded":
        raise Refused("MARKET_SEARCH_URL: only 'embedded' is there so far")
    directory = settings.data_dir / "index"
    embedder = load_embedder(
        settings.embeddings_url or None, recall_dimensions=lambda name: recall_dimensions(name, directory)
    )
    engine = open_engine(directory, embedder=embedder, write=write_index)
    try:
        with open_database(settings) as database:
            yield Parts(settings, database, engine, embedder, Renderer(wiring.map_addresses()))
    finally:
        engine.close()


def refuse_unready_production(settings: Settings) -> None:
    if problems := production_problems(settings):
        raise Refused("production is refused: " + "; ".join(problems))
