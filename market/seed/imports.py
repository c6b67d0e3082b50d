"""A table that the centre has sent for a client: checked when the server starts, then waiting for somebody."""

from pathlib import Path

from sqlalchemy import select

from market.accounts.queries import find_user
from market.exchange.enums import FileFormat
from market.exchange.files import keep_file
from market.exchange.forms import ImportOptions
from market.exchange.service import hash_file, send_to_worker, start_run
from market.kernel.clock import utc_now
from market.kernel.config import Settings
from market.kernel.db import Database
from market.listings.enums import ListingKind
from market.organizations.models import Membership, Representation

FILE = Path(__file__).parent / "demo" / "import.csv"
NAME = "广西技术成果表.csv"
OPTIONS = ImportOptions(language="zh-Hans", kind=ListingKind.OFFER, publishes=True)


def seed_import(database: Database, settings: Settings, broker: str) -> None:
    """One of its rows has no title, another a stage of no list: the page shows what becomes of them."""
    with database.transaction() as session:
        person = find_user(session, broker)
        if person is None:
            return
        centre = select(Membership.organization_id).where(Membership.user_id == person.id)
        clients = select(Representation.client_id, Representation.centre_id).where(Representation.centre_id.in_(centre))
        row = session.execute(clients.order_by(Representation.client_id)).first()
        if row is None:
            return
        run = start_run(
            session, row.client_id, name=NAME, file_format=FileFormat.CSV,
            file_hash=hash_file(FILE), options=OPTIONS, by=person.id, now=utc_now(), represented_by=row.centre_id,
        )  # fmt: skip
        keep_file(settings, run.id, iter([FILE.read_bytes()]))
        send_to_worker(session, run)
