"""Plans of words as tantivy queries."""

from tantivy import Occur, Query, Schema, Searcher

from search.wording import TIE, Clause, Frequencies, Plan, Term


def count_terms(searcher: Searcher, terms: dict[str, list[str]]) -> Frequencies:
    """Return in how many documents each term stands, by its field."""
    return {(field, term): searcher.doc_freq(field, term) for field, words in terms.items() for term in words}


def compile_plan(schema: Schema, plan: Plan) -> Query:
    return Query.disjunction_max_query([_compile_clause(schema, clause) for clause in plan], TIE)


def _compile_clause(schema: Schema, clause: Clause) -> Query:
    either = [(Occur.Should, _look_up(schema, clause.field, term)) for term in clause.needed]
    needed = (Occur.Must, Query.boolean_query(either, clause.least))
    others = [(Occur.Should, _look_up(schema, clause.field, term)) for term in clause.others]
    titles = [(Occur.Should, _look_up(schema, clause.title_field, term)) for term in clause.titles]
    return Query.boost_query(Query.boolean_query([needed, *others, *titles]), clause.boost)


def _look_up(schema: Schema, field: str, term: Term) -> Query:
    return Query.const_score_query(Query.term_query(schema, field, term.word, "basic"), term.weight)
