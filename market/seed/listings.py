"""The demo listings: each in the language its author would use."""

import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.listings.enums import ListingKind
from market.listings.forms import ListingForm
from market.listings.models import Listing
from market.listings.service import draft_listing, publish_listing
from market.seed.organizations import Owner
from market.seed.reading import read_table

SEED = 20_260_917
"""The day of the expo the demo plays around; the same data every time."""

LONGEST_AGO_DAYS = 150


def seed_listings(
    session: Session, owners: Mapping[str, Owner], *, now: datetime, show: Callable[[int, int], None]
) -> None:
    rows = [(language, key, row) for language in LANGUAGES for key, row in read_table("listings", language).items()]
    chance = random.Random(SEED)  # noqa: S311 - the order of demo data is no secret
    chance.shuffle(rows)
    for place, (language, key, row) in enumerate(rows):
        owner = owners[row["organization"]]
        form = make_form(row, language)
        published = now - timedelta(days=LONGEST_AGO_DAYS * (1 - place / len(rows)), minutes=chance.randrange(600))
        publish_demo(session, form, ListingKind(row["kind"]), owner, key=key, now=published)
        show(place + 1, len(rows))


def make_form(row: Mapping[str, Any], language: str) -> ListingForm:
    price = row.get("price", {})
    return ListingForm(
        language=language,
        title=row["title"],
        summary=row["summary"],
        description=row["description"],
        advantages=row.get("advantages", ""),
        technical_specification=row.get("expertise_sought", ""),
        expected_partner=row.get("expected_partner", ""),
        ipr_notes=row.get("ipr_notes", ""),
        keywords="\n".join(row.get("keywords", ())),
        stage=row.get("stage"),
        trl=row.get("trl"),
        ipr_status=row.get("ipr_status"),
        partnership_types=row["partnership_types"],
        fields=row["fields"],
        ipc=", ".join(row.get("ipc", ())),
        industries=row["industries"],
        sdgs=row["sdgs"],
        target_countries=row["target_countries"],
        price_amount=str(price.get("amount", "")),
        price_currency=price.get("currency", ""),
        price_basis=price.get("basis"),
    )


def publish_demo(
    session: Session, form: ListingForm, kind: ListingKind, owner: Owner, *, key: str, now: datetime
) -> Listing:
    listing = draft_listing(
        session, form, listing_id=find_id(key), kind=kind, organization=owner.organization, by=owner.viewer, now=now
    )
    publish_listing(session, listing, by=owner.viewer, now=now)
    return listing


def find_id(key: str) -> UUID:
    """Of a demo listing: the same every time."""
    return uuid5(NAMESPACE_URL, f"https://market.example/demo/{key}")
