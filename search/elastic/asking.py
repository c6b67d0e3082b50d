"""Bodies of requests: plans of words, filters, counts and nearest vectors."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from search.elastic.mapping import spell_term
from search.port import FUSED_WINDOW, Filters, Sort
from search.wording import TIE, Clause, Plan, Term

Body = dict[str, Any]

ALL_CODES: Final = 10_000
NEAREST: Final = 250
"""Documents nearest in meaning that are looked at: as many as a page can show by words and by meaning."""

CANDIDATES: Final = 500
"""How many the graph of vectors is asked for, of which the nearest are kept."""

PIECES: Final = 3
SHOWN: Final = ["written", "published_at", "expires_at", "print"]
LIVING: Final[Body] = {"term": {"removed": False}}
SORTS: Final[Mapping[Sort, list[Body]]] = {
    Sort.RELEVANCE: [{"_score": "desc"}, {"id": "asc"}],
    Sort.NEWEST: [{"published_at": {"order": "desc", "missing": "_last"}}, {"id": "asc"}],
    Sort.EXPIRING: [{"expires_at": {"order": "asc", "missing": "_last"}}, {"id": "asc"}],
}


def compile_plan(plan: Plan) -> Body:
    return {"dis_max": {"queries": [_compile_clause(clause) for clause in plan], "tie_breaker": TIE}}


def _compile_clause(clause: Clause) -> Body:
    either = {"should": _look_up(clause.field, clause.needed), "minimum_should_match": clause.least}
    return {
        "bool": {
            "must": [{"bool": either}],
            "should": _look_up(clause.field, clause.others) + _look_up(clause.title_field, clause.titles),
            "boost": clause.boost,
        }
    }


def _look_up(field: str, terms: Iterable[Term]) -> list[Body]:
    return [
        {"constant_score": {"filter": {"term": {field: spell_term(field, term.word)}}, "boost": term.weight}}
        for term in terms
    ]


def compile_filters(filters: Filters) -> list[Body]:
    clauses: list[Body] = [LIVING]
    clauses += [{"terms": {f"facets.{name}": list(codes)}} for name, codes in filters.any_of.items()]
    clauses += [{"range": {name: {"gte": least}}} for name, least in filters.at_least.items()]
    return clauses


def count_facets(facets: Iterable[str]) -> Body:
    return {name: {"terms": {"field": f"facets.{name}", "size": ALL_CODES}} for name in facets}


def read_facets(aggregations: Mapping[str, Any], facets: Iterable[str]) -> dict[str, dict[str, int]]:
    return {
        name: dict(sorted((bucket["key"], bucket["doc_count"]) for bucket in aggregations[name]["buckets"]))
        for name in facets
    }


def ask_words(words: Body, filters: list[Body], *, sort: Sort, facets: Iterable[str], size: int = FUSED_WINDOW) -> Body:
    return {
        "query": {"bool": {"must": [words], "filter": filters}},
        "size": size,
        "sort": SORTS[sort],
        "track_scores": True,
        "track_total_hits": True,
        "_source": False,
        "docvalue_fields": SHOWN,
        "aggs": count_facets(facets),
    }


def ask_cover(words: Body, ids: list[str]) -> Body:
    """Which of these match by words, and how much of the query they cover."""
    return {
        "query": {"bool": {"must": [words], "filter": [{"terms": {"id": ids}}]}},
        "size": len(ids),
        "_source": False,
        "docvalue_fields": SHOWN,
    }


def ask_nearest(vector: list[float], filters: list[Body], *, number: int = NEAREST) -> Body:
    inner = {"size": PIECES, "_source": False, "docvalue_fields": ["vectors.language"]}
    return {
        "knn": {
            "field": "vectors.values",
            "query_vector": vector,
            "k": number,
            "num_candidates": max(number, CANDIDATES),
            "filter": filters,
            "inner_hits": inner,
        },
        "size": number,
        "_source": False,
        "docvalue_fields": SHOWN,
    }
