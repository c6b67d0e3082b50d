"""What every engine must do for matching: a class of tests to be taken over with the fixtures of `contract`."""

import pytest

from search.embedding import embed_text
from search.port import DocumentText, Engine, Filters, Likeness, Passages, QueryRefused, Vector
from tests.search.making import ConceptEmbedder, make_document

WANTED = DocumentText("en", "Dryer for cassava chips wanted")
OFFERS = Filters({"kind": ("offer",)})


def make_likeness(
    embedder: ConceptEmbedder | None, text: DocumentText = WANTED, *, filters: Filters = OFFERS, limit: int = 3
) -> Likeness:
    vectors = (Vector(text.language, embed_text(embedder, text)),) if embedder else ()
    return Likeness((text,), vectors, filters, limit)


def make_passages(embedder: ConceptEmbedder, text: DocumentText) -> Passages:
    return Passages(Vector(text.language, embed_text(embedder, text)), len(text.title + text.summary + text.body))


class LikenessContract:
    def test_a_listing_resembles_others_by_words_and_across_languages_by_meaning(
        self, fair: Engine, embedder: ConceptEmbedder
    ) -> None:
        found = fair.resemble(make_likeness(embedder))

        assert {"dryer-en", "dryer-th"} <= found.keys()
        assert found["dryer-en"] > 0.2
        assert found["dryer-th"] == 0

    def test_only_what_passes_the_filters_resembles(self, fair: Engine, embedder: ConceptEmbedder) -> None:
        demands = make_likeness(embedder, filters=Filters({"kind": ("demand",), "country": ("VN",)}))

        assert set(fair.resemble(demands)) <= {"dryer-vi", "shrimp-vi"}
        assert fair.resemble(make_likeness(embedder, filters=Filters({"kind": ("neither",)}))) == {}

    def test_without_vectors_a_listing_resembles_by_its_words(self, fair: Engine) -> None:
        assert set(fair.resemble(make_likeness(None))) == {"dryer-en"}

    def test_words_that_all_have_tell_nothing(self, engine: Engine) -> None:
        engine.write([make_document(f"pump-{number}", {"en": f"Pump number{number}"}) for number in range(60)])

        found = engine.resemble(make_likeness(None, DocumentText("en", "Pump number7"), filters=Filters()))

        assert found == {"pump-7": pytest.approx(1.0)}

    def test_of_each_kind_no_more_than_the_limit_comes(self, engine: Engine, embedder: ConceptEmbedder) -> None:
        engine.write([make_document(f"dryer-{n}", {"en": f"Cassava dryer {n}"}, embedder=embedder) for n in range(10)])

        found = engine.resemble(make_likeness(embedder, filters=Filters(), limit=2))

        assert 2 <= len(found) <= 4

    def test_an_odd_filter_is_refused(self, fair: Engine) -> None:
        with pytest.raises(QueryRefused):
            fair.resemble(make_likeness(None, filters=Filters({"no such": ("x",)})))

    def test_what_says_the_same_agrees_whatever_its_language(self, fair: Engine, embedder: ConceptEmbedder) -> None:
        mine = make_passages(embedder, WANTED)
        others = [
            make_passages(embedder, DocumentText(language, title))
            for language, title in (("th", "เครื่องอบแห้งมันสำปะหลัง"), ("vi", "Pin"))
        ]

        same, different = fair.compare(mine, others)

        assert same.similarity > different.similarity + 0.2
        assert (same.mine, same.other) == (0, 0)

    def test_the_passages_that_agree_most_are_named(self, fair: Engine, embedder: ConceptEmbedder) -> None:
        text = DocumentText(
            "en", "Two machines", "One is about copper and nothing else.", "The other one is a cassava dryer for farms."
        )

        (agreement,) = fair.compare(make_passages(embedder, text), [make_passages(embedder, WANTED)])

        assert (agreement.mine, agreement.other) == (1, 0)

    def test_the_version_that_can_be_found_is_told(self, engine: Engine) -> None:
        engine.write([make_document("pump", {"en": "Pump"})])
        before = engine.find_version("kiln")
        engine.write([make_document("kiln", {"en": "Kiln"}, version=3)])
        first = engine.find_version("kiln")
        engine.write([make_document("kiln", {"en": "Larger kiln"}, version=5)])
        second = engine.find_version("kiln")
        engine.remove([("kiln", 6)])

        assert (before, first, second, engine.find_version("kiln")) == (None, 3, 5, None)

    def test_what_is_compared_needs_not_be_in_the_index(self, engine: Engine, embedder: ConceptEmbedder) -> None:
        engine.write([make_document("pump", {"en": "Pump"}, embedder=embedder)])

        (agreement,) = engine.compare(make_passages(embedder, WANTED), [make_passages(embedder, WANTED)])

        assert agreement.similarity == pytest.approx(1.0, abs=0.01)
        assert [state.id for state in engine.iterate()] == ["pump"]
