"""Puts a process together from the settings: database, engine, embedder, worker."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pydantic import ValidationError
from sqlalchemy import make_url

from market import wiring
from market.cli.output import Refused
from market.cli.settings import find_database_problem, find_embeddings_problem, find_search_problem, list_problems
from market.kernel.config import Settings
from market.kernel.db import Database
from market.kernel.work import Work
from market.listings.queries import has_published
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
        raise Refused(*faults) from problem
    if settings.log_level.lower() not in LOG_LEVELS:
        raise Refused(f"MARKET_LOG_LEVEL: {settings.log_level!r} is none of {' '.join(LOG_LEVELS)}")
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # a line for each call, with the address and its password
    return settings


@contextmanager
def open_database(settings: Settings, *, made: bool = False) -> Iterator[Database]:
    """`made`: a file that is not there yet is made. Only migrating does that, else looking would leave an empty one."""
    if problem := find_database_problem(settings):
        raise Refused(problem)
    url = make_url(settings.database_address)
    if not made and url.get_backend_name() == "sqlite" and not os.access(url.database or "", os.F_OK):
        raise Refused(f"there is no database at {url.database}: `market migrate` makes it")
    database = Database(settings.database_address)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def open_parts(settings: Settings, *, write_index: bool) -> Iterator[Parts]:
    """`write_index`: take the index's lock; where another process holds it, this one reads only."""
    if problem := find_search_problem(settings) or find_embeddings_problem(settings):
        raise Refused(problem)
    directory = settings.data_dir / "index"
    embedder = load_embedder(
        settings.embeddings_url or None, recall_dimensions=lambda name: recall_dimensions(name, directory)
    )
    with open_database(settings) as database:
        filled = write_index and _has_published(database)
        engine = open_engine(directory, embedder=embedder, write=write_index, filled=filled)
        try:
            yield Parts(settings, database, engine, embedder, Renderer(wiring.map_addresses()))
        finally:
            engine.close()


def _has_published(database: Database) -> bool:
    with database.reading() as session:
        return has_published(session)


def refuse_faulty_settings(settings: Settings) -> None:
    if problems := list_problems(settings):
        raise Refused(*problems)
