from typing import Annotated

import typer

from locales import DEFAULT_LANGUAGE
from market import wiring
from market.cli.output import AsJson, Refused, print_json, read_language
from market.cli.parts import open_database, read_settings
from market.kernel.clock import utc_now
from market.kernel.errors import NotFound
from market.listings.queries import get_listing
from market.matching.enums import CONSTRAINTS
from market.matching.presenting import describe_match, present_matches
from market.matching.queries import list_kept_apart, list_matches
from market.web.rendering import Renderer


def match_listing(
    reference: Annotated[str, typer.Argument(help="Reference of a published listing, such as TO-CN-7F3K9Q.")],
    language: Annotated[str, typer.Option(help="The reader's language.")] = DEFAULT_LANGUAGE,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many to show.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Show the counterparts of a listing, with what speaks for and against each."""
    reader = read_language(language)
    settings = read_settings()
    voice = Renderer(wiring.map_addresses()).reader(reader)
    pages = f"{settings.base_url.rstrip('/')}/{reader}/listings/"
    with open_database(settings) as database, database.reading() as session:
        try:
            listing = get_listing(session, reference, viewer=None)
        except NotFound as problem:
            raise Refused(f"there is no published listing {reference}") from problem
        today = utc_now().date()
        found = present_matches(session, list_matches(session, listing, today=today, limit=limit), voice)
        kept = list_kept_apart(session, listing, today=today, limit=limit)
        apart = [one for one in present_matches(session, kept, voice) if one.match.kept_apart_by]
    items = [describe_match(one, pages) for one in found]
    if as_json:
        kept_apart = [{"reference": one.row.reference, "kept_apart_by": one.match.kept_apart_by} for one in apart]
        print_json({"items": items, "kept_apart": kept_apart})
        return
    for item in items:
        print(f"{item['reference']}  {item['language']:8} {item['score']:.3f}  {item['title']}")
        for reason in item["reasons"]:
            print(f"    {'+' if reason['speaks'] == 'for' else '-'} {reason['text']}")
    for one in apart:
        constraint = one.match.kept_apart_by
        print(f"{one.row.reference}  kept apart: {voice.gettext(CONSTRAINTS[constraint]) if constraint else ''}")
