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
from search import elastic, embedded
from search.centring import recall_dimensions
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
    logging.getLogger("elastic_transport").setLevel(logging.ERROR)  # a line for each call, a traceback for each failure
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
    """`write_index`: take the index's lock, where the engine has one; where another process holds it, this one reads
    only.
    """
    embedder = open_embedder(settings)
    with open_database(settings) as database:
        engine = open_search(settings, database, embedder, write=write_index)
        try:
            yield Parts(settings, database, engine, embedder, Renderer(wiring.map_addresses()))
        finally:
            engine.close()


def open_embedder(settings: Settings) -> Embedder | None:
    if problem := find_search_problem(settings) or find_embeddings_problem(settings):
        raise Refused(problem)
    directory = settings.means_dir
    return load_embedder(
        settings.embeddings_url or None, recall_dimensions=lambda name: recall_dimensions(name, directory)
    )


def open_search(settings: Settings, database: Database, embedder: Embedder | None, *, write: bool) -> Engine:
    """The engine that the settings choose. A cluster is asked nothing yet: it may be away."""
    if settings.cluster_urls:
        return elastic.open_engine(
            settings.cluster_urls,
            alias=settings.search_index,
            embedder=embedder,
            shards=settings.search_shards,
            ca_file=settings.search_ca_file,
            directory=settings.means_dir,
            is_filled=lambda: _has_published(database),
        )
    filled = write and _has_published(database)
    return embedded.open_engine(settings.means_dir, embedder=embedder, write=write, filled=filled)


@contextmanager
def open_throwaway_search(settings: Settings, embedder: Embedder | None) -> Iterator[Engine]:
    """An empty index of its own on the configured engine, gone when this ends, whatever happened."""
    if not settings.cluster_urls:
        with embedded.open_throwaway(embedder) as engine:
            yield engine
        return
    with elastic.open_throwaway(
        settings.cluster_urls,
        alias=settings.search_index,
        embedder=embedder,
        ca_file=settings.search_ca_file,
        directory=settings.means_dir,
    ) as engine:
        yield engine


def _has_published(database: Database) -> bool:
    with database.reading() as session:
        return has_published(session)


def refuse_faulty_settings(settings: Settings) -> None:
    if problems := list_problems(settings):
        raise Refused(*problems)
