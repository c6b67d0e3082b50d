"""What a large programme costs: pages, files and a release, in CPU milliseconds of this process.

`python -m benchmarks.programmes FILE`: a programme in the frab format (FOSDEM 2025 has 1,074 sessions) is taken in and
released; then each page and file is asked for anew (with what is kept of it thrown away) and again. Application and
database (SQLite) are one process, so its CPU time is all there is.
"""

import asyncio
import gzip
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch
from uuid import UUID, uuid4

from sqlalchemy import func, select, update

from benchmarks.core import take_one_core
from benchmarks.market import call, cpu_per_call, make_asgi_app
from market import wiring
from market.cli.schema import migrate_database
from market.events.models import Event
from market.events.queries import find_event_by_id
from market.events.service import bring_into_the_open
from market.kernel.clock import utc_now
from market.kernel.config import Settings
from market.kernel.db import Database
from market.kernel.outbox import RecordedFact
from market.kernel.viewer import OPERATOR
from market.kernel.work import Work
from market.programme import queries
from market.programme.checking import recheck
from market.programme.formats.detecting import read_programme
from market.programme.forms import ReleaseForm
from market.programme.models import ReleaseNotice, Speaker
from market.programme.reactions import tell_speakers
from market.programme.releasing import release_programme
from market.programme.service import place_session
from market.programme.takeover import take_over_programme
from market.web.kept import Kept
from market.web.mails import TemplateLetters
from market.web.middleware import AnonymousCache
from market.web.rendering import Renderer
from search.embedded import open_engine
from search.port import Engine

MOVES = 5


def main(file: Path) -> None:
    take_one_core()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        migrate_database(settings)
        database = Database(settings.database_address)
        slug, event_id = _take_in(database, file)
        measure(settings, database, slug, event_id)
        database.close()


def _take_in(database: Database, file: Path) -> tuple[str, UUID]:
    content = file.read_bytes()
    content = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    started = time.process_time()
    read = read_programme(content)
    parsed = time.process_time()
    assert read.programme is not None
    with database.transaction() as session:
        taken = take_over_programme(session, read.programme, by=OPERATOR, now=utc_now())
        done = time.process_time()
        bring_into_the_open(session, taken.event, by=OPERATOR, now=utc_now())
        release_programme(session, taken.event, ReleaseForm(), by=OPERATOR, now=utc_now(), despite_conflicts=True)
        slug, event_id = taken.event.slug, taken.event.id
    released = time.process_time()
    spent = [f"{(end - start) * 1000:,.0f} ms" for start, end in ((started, parsed), (parsed, done), (done, released))]
    print(f"{taken.sessions:,} sessions: read in {spent[0]}, taken in in {spent[1]}, released in {spent[2]}")
    return slug, event_id


def measure(settings: Settings, database: Database, slug: str, event_id: UUID) -> None:
    engine = open_engine(settings.data_dir / "index", embedder=None)
    app = make_asgi_app(settings, database, engine)
    base = f"/en/events/{slug}/programme"
    with database.reading() as session:
        code = queries.list_sessions(session, event_id)[0].code
        day = session.scalars(select(Event.starts_on).where(Event.id == event_id)).one()
    addresses = {
        "whole programme": (base, ""),
        "one day": (base, f"day={day}"),
        "a session": (f"{base}/{code}", ""),
        "frab XML": (f"{base}.xml", ""),
        "frab JSON": (f"{base}.json", ""),
        "calendar": (f"{base}.ics", ""),
        "event": (f"/en/events/{slug}", ""),
        "API": (f"/api/v1/events/{slug}/programme", ""),
    }
    with patch.object(AnonymousCache, "_keep", lambda *_anything: None):
        for name, address in addresses.items():
            with patch.object(Kept, "get_or_make", lambda _kept, _key, make: make()):
                anew = cpu_per_call(app, [address], times=2)
            again = cpu_per_call(app, [address], times=8)
            _status, body = asyncio.run(call(app, address[0], query=address[1]))
            print(f"{name:16} {anew:8.1f} ms anew, {again:6.1f} again, {len(body):,} bytes")
    _measure_check(database, event_id)
    _measure_release(settings, database, engine, event_id)
    engine.close()


def _measure_check(database: Database, event_id: UUID) -> None:
    """What every change of the working copy costs beside itself: bonds and conflicts, found anew and compared."""
    spent = []
    for _round in range(4):
        with database.transaction() as session:
            event, programme = find_event_by_id(session, event_id), queries.find_programme(session, event_id)
            assert event is not None
            assert programme is not None
            started = time.process_time()
            recheck(session, event, programme, now=utc_now())
            spent.append((time.process_time() - started) * 1000)
    print(f"conflicts found again after a change: {min(spent):,.0f} ms")


def _measure_release(settings: Settings, database: Database, engine: Engine, event_id: UUID) -> None:
    """Five sessions are moved by five minutes; all who speak in them have an address."""
    letters = TemplateLetters(Renderer(wiring.map_addresses()), base_url=settings.base_url)
    work = Work(settings, database, engine, None, letters)
    with database.transaction() as session:
        session.execute(update(Speaker).values(email=Speaker.name + "@example.org"))
    spent, mails = [], 0
    for _round in range(3):
        with database.transaction() as session:
            event = find_event_by_id(session, event_id)
            assert event is not None
            for planned in queries.list_sessions(session, event_id)[10 : 10 + MOVES]:
                assert planned.starts_at is not None
                place_session(planned, planned.starts_at + timedelta(minutes=5), zone=event.zone)
        started = time.process_time()
        with database.transaction() as session:
            event = find_event_by_id(session, event_id)
            assert event is not None
            release = release_programme(
                session, event, ReleaseForm(), by=OPERATOR, now=utc_now(), despite_conflicts=True
            )
        fact = RecordedFact(
            uuid4(), "ProgrammeReleased", release.id, {"event_id": str(event_id), "release_id": str(release.id)},
            utc_now(), 0,
        )  # fmt: skip
        tell_speakers(work, [fact])
        spent.append((time.process_time() - started) * 1000)
    with database.reading() as session:
        mails = session.scalar(select(func.count()).select_from(ReleaseNotice)) or 0
    print(
        f"a release with {MOVES} moves and its notices: {min(spent):,.0f} ms ({mails} mails in {len(spent)} releases)"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
