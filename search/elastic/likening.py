"""What resembles a whole listing: the nearest by its telling words, and the nearest by its meaning."""

from typing import Any, ClassVar

from search.asking import CentredQuery
from search.elastic import asking
from search.elastic.connection import Connection
from search.elastic.sampling import Sampler
from search.elastic.searching import Knowledge, MeaningHits, Search, WordHits
from search.port import Likeness, Query, Sort
from search.profile import WHOLE_THEME, count_words, list_profile_terms, make_profile


class Likening(Search):
    """Carries out one likeness on one index."""

    theme_weight: ClassVar = WHOLE_THEME

    def __init__(
        self, connection: Connection, index: str, likeness: Likeness, *, knowledge: Knowledge, sampler: Sampler | None
    ) -> None:
        query = Query("", "", filters=likeness.filters)
        super().__init__(connection, index, query, "", "", knowledge=knowledge, sampler=sampler)
        self._likeness = likeness

    def resemble(self, centred: CentredQuery | None) -> dict[str, float]:
        words, meaning = self._find_both(centred)
        nearest = meaning.nearest[: self._likeness.limit]
        coverage = dict.fromkeys(nearest, 0.0) | words.coverage
        if words.words is not None and nearest:
            (answer,) = self._ask([asking.ask_cover(words.words, nearest)])
            coverage |= self._read_hits(answer)
        return {one: min(1.0, share) for one, share in coverage.items()}

    def _find_both(self, centred: CentredQuery | None) -> tuple[WordHits, MeaningHits]:
        self._totals = self._knowledge.totals()
        expectation, vector = self._expect(centred) if centred is not None else (None, [])
        profile = self._compile_profile()
        bodies = [asking.ask_nearest(vector, self._filters)] if vector else []
        if profile is not None:
            size = self._likeness.limit
            bodies.append(asking.ask_words(profile, self._filters, sort=Sort.RELEVANCE, facets=(), size=size))
        answers = self._ask(bodies)
        words = WordHits(words=profile)
        if profile is not None:
            words.coverage = self._read_hits(answers.pop())
        near = self._read_meaning(answers, words, expectation) if expectation is not None else MeaningHits()
        return words, near

    def _compile_profile(self) -> dict[str, Any] | None:
        counted = count_words(self._likeness.texts, self._totals)
        frequencies = self._knowledge.frequencies(list_profile_terms(counted))
        plan = make_profile(counted, self._totals, frequencies)
        return asking.compile_plan(plan) if plan else None
