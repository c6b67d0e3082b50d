"""Twelve demands, one listing each, that carry their words in all twelve languages."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.listings.enums import ListingKind
from market.listings.forms import TextForm
from market.listings.service import save_translation
from market.seed.listings import make_form, publish_demo
from market.seed.organizations import Owner
from market.seed.reading import read_parallel, read_table


def seed_parallel_demands(session: Session, owners: Mapping[str, Owner], *, now: datetime) -> None:
    words = {language: read_table("parallel", language) for language in LANGUAGES}
    for place, (key, shared) in enumerate(read_parallel().items()):
        language = shared["language"]
        owner = owners[shared["organization"]]
        published = now - timedelta(days=place + 1, hours=place)
        form = make_form(shared | words[language][key], language)
        listing = publish_demo(session, form, ListingKind.DEMAND, owner, key=f"parallel-{key}", now=published)
        for other in LANGUAGES:
            if other == language:
                continue
            session.flush()  # the row's version counts each saving
            translation = TextForm(**words[other][key])
            save_translation(
                session, listing, translation, language=other, version=listing.version, by=owner.viewer, now=published
            )
