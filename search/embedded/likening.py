"""What resembles a whole listing: the nearest by its telling words, and the nearest by its meaning."""

from typing import ClassVar

from tantivy import Occur
from tantivy import Query as TantivyQuery

from search.asking import CentredQuery
from search.embedded.generation import Generation
from search.embedded.searching import MeaningHits, Search, WordHits, filter_clauses
from search.embedded.wording import compile_plan, count_terms
from search.port import Likeness, Query
from search.profile import WHOLE_THEME, count_words, list_profile_terms, make_profile


class Likening(Search):
    """Carries out one likeness on one view."""

    theme_weight: ClassVar = WHOLE_THEME

    def __init__(self, generation: Generation, likeness: Likeness) -> None:
        super().__init__(generation, Query("", "", filters=likeness.filters), "", "")
        self._likeness = likeness

    def resemble(self, centred: CentredQuery | None) -> dict[str, float]:
        words = self._find_profile()
        meaning = self._find_meaning(centred, words) if centred is not None else MeaningHits({}, {}, [])
        nearest = meaning.nearest[: self._likeness.limit]
        coverage = dict.fromkeys(nearest, 0.0) | words.coverage
        if words.query is not None:
            coverage |= self._cover(self._view.searcher, words.query, nearest)
        return {self._columns.ids[slot]: min(1.0, share) for slot, share in coverage.items()}

    def _find_profile(self) -> WordHits:
        searcher, totals = self._view.searcher, self._view.totals
        counted = count_words(self._likeness.texts, totals)
        plan = make_profile(counted, totals, count_terms(searcher, list_profile_terms(counted)))
        if not plan:
            return WordHits(0, {}, {}, None)
        filters = filter_clauses(self._schema, self._likeness.filters)
        asked = TantivyQuery.boolean_query([(Occur.Must, compile_plan(self._schema, plan)), *filters])
        result = searcher.search(asked, limit=self._likeness.limit, count=False)
        return WordHits(0, {}, self._to_coverage(searcher, result.hits), asked)
