"""The value lists for programs: codes with their names in the reader's language."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from locales import LANGUAGES
from market.kernel.errors import NotFound
from market.kernel.money import MINOR_UNITS
from market.taxonomy.fields import FIELDS, SECTORS
from market.taxonomy.values import (
    COUNTRIES,
    INDUSTRIES,
    IPR_STATUSES,
    ORGANIZATION_KINDS,
    PARTNERSHIP_TYPES,
    PRICE_BASES,
    SDGS,
    STAGE_TRL,
    STAGES,
    TRL,
)
from market.web.apikit.answers import Answer, hash_etag
from market.web.apikit.calls import Call
from market.web.apikit.doors import ApiRouter
from market.web.rendering import Reader

router = ApiRouter()

Item = dict[str, Any]
Lister = Callable[[Reader], Iterator[Item]]


def _labels(table: Mapping[Any, str]) -> Lister:
    return lambda reader: ({"code": code, "label": reader.gettext(label)} for code, label in table.items())


def _fields(reader: Reader) -> Iterator[Item]:
    for field in FIELDS.values():
        sector = {"sector": field.sector, "sector_label": reader.gettext(SECTORS[field.sector])}
        yield {"code": field.code, "label": reader.gettext(field.label), **sector}


def _stages(reader: Reader) -> Iterator[Item]:
    for stage, label in STAGES.items():
        lowest, highest = STAGE_TRL[stage]
        yield {"code": stage, "label": reader.gettext(label), "trl_from": lowest, "trl_to": highest}


TAXONOMIES: Mapping[str, Lister] = {
    "countries": lambda reader: ({"code": code, "label": reader.format.country(code)} for code in COUNTRIES),
    "currencies": lambda _reader: ({"code": code, "decimals": decimals} for code, decimals in MINOR_UNITS.items()),
    "fields": _fields,
    "industries": _labels(INDUSTRIES),
    "ipr_statuses": _labels(IPR_STATUSES),
    "languages": lambda reader: (
        {"code": code, "label": reader.format.language(code), "own_name": language.own_name}
        for code, language in LANGUAGES.items()
    ),
    "organization_kinds": _labels(ORGANIZATION_KINDS),
    "partnership_types": _labels(PARTNERSHIP_TYPES),
    "price_bases": _labels(PRICE_BASES),
    "sdgs": _labels(SDGS),
    "stages": _stages,
    "trl": _labels(TRL),
}

LIST_EXAMPLE = {"items": [{"name": "stages", "url": "/api/v1/taxonomies/stages"}]}
EXAMPLE = {
    "name": "stages",
    "language": "en",
    "items": [{"code": "concept", "label": "Concept stage", "trl_from": 1, "trl_to": 2}],
}


@router.get(
    "/taxonomies", "api.list_taxonomies", summary="List the value lists", gives="TaxonomyList", example=LIST_EXAMPLE
)
def list_taxonomies(_call: Call) -> Answer:
    """Which there are."""
    items = [{"name": name, "url": f"{router.PREFIX}/taxonomies/{name}"} for name in TAXONOMIES]
    return Answer({"items": items}, etag=hash_etag(items))


@router.get(
    "/taxonomies/{name}", "api.show_taxonomy", summary="Read one value list", gives="Taxonomy", example=EXAMPLE,
    refusals=(404,),
)  # fmt: skip
def show_taxonomy(call: Call) -> Answer:
    """Codes in their order, with their names in the reader's language."""
    lister = TAXONOMIES.get(call.parts["name"])
    if lister is None:
        raise NotFound
    shown = {"name": call.parts["name"], "language": call.language, "items": list(lister(call.reader))}
    return Answer(shown, etag=hash_etag(shown))
