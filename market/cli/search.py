from typing import Annotated, Any

import typer

from locales import DEFAULT_LANGUAGE
from market.cli.output import AsJson, Refused, print_json, read_language
from market.cli.parts import open_parts, read_settings
from market.listings.enums import ListingKind
from market.listings.queries import list_by_reference
from market.taxonomy.values import COUNTRIES
from search.port import Filters, Query, QueryRefused


def search_listings(
    text: Annotated[str, typer.Argument(help="What to look for, in any of the twelve languages.")],
    language: Annotated[str, typer.Option(help="The reader's language.")] = DEFAULT_LANGUAGE,
    kind: Annotated[ListingKind | None, typer.Option(help="Offers or demands only.")] = None,
    country: Annotated[str, typer.Option(help="Country code.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many to show.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Find listings and say why they were found."""
    reader = read_language(language)
    if country and country not in COUNTRIES:
        raise typer.BadParameter(f"{country!r} is none of {' '.join(COUNTRIES)}", param_hint="--country")
    if not text.strip():
        raise typer.BadParameter("there is nothing to look for", param_hint="TEXT")
    chosen = {"kind": (kind.value,) if kind else (), "country": (country,) if country else ()}
    filters = Filters(any_of={name: codes for name, codes in chosen.items() if codes})
    with open_parts(read_settings(), write_index=False) as parts:
        try:
            answer = parts.search.search(Query(words=text, language=reader, filters=filters, limit=limit))
        except QueryRefused as problem:
            raise Refused(str(problem)) from problem
        with parts.database.reading() as session:
            rows = {
                row.reference: row
                for row in list_by_reference(session, [hit.id for hit in answer.hits], language=reader)
            }
    items: list[dict[str, Any]] = [
        {
            "reference": hit.id,
            "kind": rows[hit.id].kind.value,
            "country": rows[hit.id].country,
            "language": rows[hit.id].written_in,
            "title": rows[hit.id].title,
            "score": round(hit.score, 4),
            "reasons": {"by": hit.by.value, "coverage": round(hit.coverage, 3), "similarity": hit.similarity},
        }
        for hit in answer.hits
        if hit.id in rows
    ]
    if as_json:
        print_json({"items": items, "total": answer.total, "by_meaning": answer.by_meaning})
        return
    for item in items:
        reasons = item["reasons"]
        print(f"{item['reference']}  {item['language']:8} {reasons['by']:8} {item['score']:.3f}  {item['title']}")
