"""What every engine must do: a class of tests to be taken over with a fixture `engine`.

The engine is empty at the start and uses `ConceptEmbedder`.
"""

import dataclasses
import threading
import unicodedata
from collections.abc import Iterator

import pytest

from search.languages import LANGUAGES
from search.port import (
    FUSED_WINDOW,
    MAX_QUERY_CHARACTERS,
    MEANING_LIMIT,
    Document,
    DocumentRefused,
    DocumentText,
    Engine,
    Filters,
    FoundBy,
    IndexedState,
    Query,
    QueryRefused,
    Sort,
    Vector,
)
from tests.search.making import ConceptEmbedder, ask, make_document


def ids(engine: Engine, query: Query) -> list[str]:
    return [hit.id for hit in engine.search(query).hits]


def by_words(engine: Engine, query: Query) -> list[str]:
    return [hit.id for hit in engine.search(query).hits if hit.by is FoundBy.WORDS]


class EngineContract:
    @pytest.mark.parametrize(
        ("words", "language", "found"),
        [
            ("cassava drying", "en", "dryer-en"),
            ("มันสำปะหลัง", "th", "dryer-th"),
            ("máy sấy", "vi", "dryer-vi"),
            ("may say san", "vi", "dryer-vi"),
            ("电池", "zh-Hans", "battery-zh"),
            ("电池回收", "en", "battery-zh"),
            ("丝绸", "zh-Hans", "silk-two"),
            ("SILK", "ms", "silk-two"),
            ("olar dryi", "en", "dryer-en"),
        ],
    )
    def test_words_find_their_listing(self, fair: Engine, words: str, language: str, found: str) -> None:
        assert ids(fair, ask(words, language))[:1] == [found]

    @pytest.mark.parametrize(
        ("language", "written", "typed"),
        [
            ("vi", "Công nghệ sấy", unicodedata.normalize("NFD", "công nghệ sấy")),
            ("th", "ระบบกรองน้ำ", "กรองน\u0e49\u0e4d\u0e32"),
            ("lo", "ເຄື່ອງກອງນ້ຳ", "ກອງນ\u0ec9\u0ecd\u0eb2"),
            ("km", "ម៉ាស៊ីនច្រោះទឹក", "ច\u17c4\u17d2រះទឹក"),
            ("my", "ရေသန့်စင်စက်", "ေရသန္႔စင္စက္"),
            ("my", "ကြိတ်စက်", "က\u102d\u103cတ\u103aစက်"),
            ("en", "Fuel cell stack", "ｆｕｅｌ\u200b cell"),
            ("zh-Hans", "电动车１２０Ｖ电池", "120v电池"),
            ("ta", "மொத்த கொள்முதல்", "க\u0bc6\u0bbeள்முதல்"),
        ],
    )
    def test_what_is_typed_otherwise_finds_the_same(
        self, engine: Engine, language: str, written: str, typed: str
    ) -> None:
        engine.write([make_document("it", {language: written}), make_document("other", {"en": "Windmill"})])

        assert by_words(engine, ask(typed, language)) == ["it"]
        assert engine.write([make_document("it", {language: typed}, version=2)]) == 1
        assert by_words(engine, ask(typed, language)) == ["it"]

    def test_a_listing_in_another_language_is_found_by_meaning(self, fair: Engine) -> None:
        answer = fair.search(ask("dryer for cassava", "en"))

        assert {hit.id for hit in answer.hits[:3]} == {"dryer-en", "dryer-th", "dryer-vi"}
        found = {hit.id: hit for hit in answer.hits}
        assert (found["dryer-th"].by, found["dryer-th"].language) == (FoundBy.MEANING, "th")
        assert answer.meaning_asked
        assert answer.by_meaning == sum(hit.by is FoundBy.MEANING for hit in answer.hits)

    def test_total_and_facets_count_what_matches_by_words(self, fair: Engine) -> None:
        answer = fair.search(dataclasses.replace(ask("máy sấy sắn", "vi"), facets=("kind", "field")))

        assert answer.total == 1
        assert answer.facets == {"kind": {"demand": 1}, "field": {"30": 1}}

    def test_the_text_that_fits_names_the_language(self, fair: Engine) -> None:
        assert fair.search(ask("silk reeling", "en")).hits[0].language == "en"
        assert fair.search(ask("丝绸", "zh-Hans")).hits[0].language == "zh-Hans"

    def test_codes_of_one_facet_are_alternatives_and_facets_conditions(self, fair: Engine) -> None:
        filters = Filters({"country": ("VN", "TH"), "kind": ("offer",)})

        assert ids(fair, Query("drying cassava", "en", filters=filters)) == ["dryer-th"]
        assert fair.count(filters, ("country",)).facets == {"country": {"TH": 1}}

    def test_a_number_is_a_least_value(self, fair: Engine) -> None:
        assert fair.count(Filters(at_least={"trl": 7}), ()).total == 3
        assert ids(fair, Query("cassava drying", "en", filters=Filters(at_least={"trl": 6}))) == ["dryer-en"]

    def test_counts_are_exact_without_words(self, fair: Engine) -> None:
        counts = fair.count(Filters(), ("kind", "field", "unheard"))

        assert counts.total == 6
        assert counts.facets == {
            "kind": {"demand": 2, "offer": 4},
            "field": {"1": 1, "18": 1, "24": 1, "28": 1, "30": 3},
            "unheard": {},
        }

    def test_sorting_puts_newest_first_and_next_to_expire_first(self, fair: Engine) -> None:
        newest = dataclasses.replace(ask("dryer for cassava"), sort=Sort.NEWEST)
        expiring = dataclasses.replace(newest, sort=Sort.EXPIRING)

        assert [one for one in ids(fair, newest) if one.startswith("dryer")] == ["dryer-en", "dryer-vi", "dryer-th"]
        assert [one for one in ids(fair, expiring) if one.startswith("dryer")] == ["dryer-vi", "dryer-en", "dryer-th"]

    def test_no_words_browse_the_newest(self, fair: Engine) -> None:
        answer = fair.search(Query("  ", "en", limit=2, facets=("kind",)))

        assert [hit.id for hit in answer.hits] == ["silk-two", "battery-zh"]
        assert (answer.total, answer.more, answer.facets) == (6, True, {"kind": {"demand": 2, "offer": 4}})

    def test_pages_continue_each_other(self, engine: Engine) -> None:
        engine.write(make_document(f"pump-{place:02}", {"en": "Water pump"}) for place in range(30))

        pages = [ids(engine, Query("pump", "en", offset=offset, limit=10)) for offset in (0, 10, 20)]

        assert sorted(sum(pages, [])) == [f"pump-{place:02}" for place in range(30)]  # noqa: RUF017 (three short lists)
        assert engine.search(Query("pump", "en", offset=20, limit=10)).more is False

    @pytest.mark.parametrize("words", ["pump", ""], ids=["words", "no-words"])
    @pytest.mark.parametrize("sort", [Sort.NEWEST, Sort.EXPIRING])
    @pytest.mark.parametrize("dated", [True, False], ids=["dated", "undated"])
    def test_what_ties_stands_by_id_also_when_something_is_written_between_two_pages(
        self, engine: Engine, *, words: str, sort: Sort, dated: bool
    ) -> None:
        """More of one second than the order has places, and most of them written anew after the first page."""
        numbers = {"published_at": 500, "expires_at": 900} if dated else {"published_at": 500}
        names = [f"pump-{place:03}" for place in range(FUSED_WINDOW + 60)]
        engine.write(make_document(name, {"en": "Water pump"}, numbers=numbers) for name in reversed(names))

        first = ids(engine, Query(words, "en", sort=sort, limit=120))
        engine.write(make_document(name, {"en": "Water pump"}, version=2, numbers=numbers) for name in names[:150])
        second = ids(engine, Query(words, "en", sort=sort, offset=120, limit=120))

        assert first + second == names[:FUSED_WINDOW]

    def test_places_end_with_the_window_and_the_total_does_not(self, engine: Engine) -> None:
        engine.write(make_document(f"pump-{place:03}", {"en": "Water pump"}) for place in range(FUSED_WINDOW + 40))

        answer = engine.search(Query("pump", "en", offset=FUSED_WINDOW - 5, limit=10))

        assert (len(answer.hits), answer.more, answer.total) == (5, False, FUSED_WINDOW + 40)

    def test_what_repeats_a_better_place_stands_behind_the_others(
        self, engine: Engine, embedder: ConceptEmbedder
    ) -> None:
        """The same text published three times would else be all that is seen."""
        same = {"en": "Solar drying of cassava chips"}
        titles = {"a": same, "b": same, "c": same, "d": {"vi": "Máy sấy sắn lát"}, "e": {"en": "Drying of rice"}}
        engine.write(make_document(name, texts, embedder=embedder) for name, texts in titles.items())

        found = ids(engine, ask("solar drying of cassava"))

        assert found[0] == "a"
        assert found[-2:] == ["b", "c"]

    def test_meaning_alone_shows_a_limited_number(self, engine: Engine, embedder: ConceptEmbedder) -> None:
        others = [f"Thiết bị số {place} cho mỏ" for place in range(200)]
        engine.write(make_document(f"other-{n}", {"vi": text}, embedder=embedder) for n, text in enumerate(others))
        engine.write(
            make_document(f"copper-{n}", {"vi": f"Tuyển quặng đồng {n}"}, embedder=embedder)
            for n in range(MEANING_LIMIT + 20)
        )

        answer = engine.search(ask("copper", limit=200))

        assert answer.by_meaning == MEANING_LIMIT == len(answer.hits)
        assert all(hit.id.startswith("copper") for hit in answer.hits[:40])

    def test_an_older_version_is_ignored_also_after_a_removal(self, engine: Engine) -> None:
        newer = make_document("pump", {"en": "Diesel pump"}, version=5)
        older = make_document("pump", {"en": "Windmill"}, version=4)

        assert engine.write([newer]) == 1
        assert engine.write([older]) == 0
        assert ids(engine, ask("diesel")) == ["pump"]
        assert engine.remove([("pump", 3)]) == 0
        assert engine.remove([("pump", 6)]) == 1
        assert engine.remove([("pump", 6)]) == 0
        assert engine.write([newer, dataclasses.replace(newer, version=6)]) == 0
        assert list(engine.iterate()) == []
        assert engine.write([dataclasses.replace(newer, version=7)]) == 1
        assert ids(engine, ask("diesel")) == ["pump"]

    def test_a_removal_heard_of_before_its_listing_holds(self, engine: Engine) -> None:
        engine.remove([("pump", 2)])

        assert engine.write([make_document("pump", {"en": "Diesel pump"}, version=1)]) == 0
        assert engine.search(ask("diesel")).total == 0

    def test_a_change_replaces_words_codes_and_vectors(self, engine: Engine, embedder: ConceptEmbedder) -> None:
        engine.write([make_document("one", {"vi": "Máy sấy"}, facets={"kind": ("offer",)}, embedder=embedder)])
        engine.write(
            [make_document("one", {"vi": "Ao tôm"}, version=2, facets={"kind": ("demand",)}, embedder=embedder)]
        )

        assert by_words(engine, ask("máy sấy", "vi")) == []
        assert by_words(engine, ask("ao tôm", "vi")) == ["one"]
        assert engine.count(Filters(), ("kind",)).facets == {"kind": {"demand": 1}}
        assert engine.status().vectors == 1

    def test_the_newest_of_one_batch_wins(self, engine: Engine) -> None:
        engine.write([make_document("one", {"en": "Windmill"}, version=2), make_document("one", {"en": "Pump"})])

        assert list(engine.iterate()) == [IndexedState("one", 2, "one-2")]

    def test_iterate_lists_states_in_order_of_id(self, fair: Engine) -> None:
        states = list(fair.iterate())

        assert [state.id for state in states] == sorted(state.id for state in states)
        assert states[0] == IndexedState("battery-zh", 1, "battery-zh-1")
        assert len(states) == fair.status().documents == 6

    def test_a_rebuild_takes_the_place_of_the_index(self, fair: Engine) -> None:
        assert fair.rebuild([make_document("pump", {"en": "Diesel pump"})]) == 1

        assert [state.id for state in fair.iterate()] == ["pump"]
        assert ids(fair, ask("silk")) == []

    def test_searches_and_writes_go_on_during_a_rebuild(self, fair: Engine) -> None:
        seen: list[list[str]] = []

        def stream() -> Iterator[Document]:
            yield make_document("silk-two", {"en": "Silk loom"}, version=2)
            yield make_document("pump", {"en": "Diesel pump"})
            writer = threading.Thread(
                target=fair.write, args=([make_document("pump", {"en": "Hand pump"}, version=2)],)
            )
            writer.start()
            writer.join(timeout=30)
            fair.remove([("silk-two", 3)])
            seen.append(by_words(fair, ask("hand pump")) + by_words(fair, ask("cassava drying")))

        fair.rebuild(stream())

        assert seen == [["pump", "dryer-en"]]
        assert list(fair.iterate()) == [IndexedState("pump", 2, "pump-2")]
        assert by_words(fair, ask("hand")) == ["pump"]

    def test_a_rebuild_that_fails_leaves_the_index_as_it_was(self, fair: Engine) -> None:
        def stream() -> Iterator[Document]:
            yield make_document("pump", {"en": "Diesel pump"})
            raise OSError("the source broke")

        with pytest.raises(OSError, match="the source broke"):
            fair.rebuild(stream())

        assert len(list(fair.iterate())) == 6
        assert fair.write([make_document("pump", {"en": "Diesel pump"})]) == 1

    @pytest.mark.parametrize(
        "words",
        [
            'cassava "drying',
            "cassava AND drying",
            "title:cassava^2 +drying -silk ~1 [a TO b] (",
            "cassava\x00drying",
            "cassava \ud83d drying",
            "cassava\u200bdrying 木薯 มัน",
            "*",
            "'; DROP TABLE document; --",
            "\U0001f33e",
        ],
        ids=lambda words: words.encode("ascii", "backslashreplace").decode(),
    )
    def test_signs_and_operators_are_plain_words(self, fair: Engine, words: str) -> None:
        assert fair.search(ask(words)).query_language in LANGUAGES

    @pytest.mark.parametrize(
        "words",
        [
            '"',
            "\\",
            "(((",
            "?!…",
            "\u202e\u200b",
            "\u3164 \u115f",
            "\ufe0f",
            "\ufffd",
            "\U0001f33e",
            "\u0301",
            chr(0xDCFF),
        ],
        ids=lambda words: words.encode("ascii", "backslashreplace").decode(),
    )
    def test_signs_without_a_letter_or_a_figure_find_nothing(self, fair: Engine, words: str) -> None:
        answer = fair.search(Query(words, "vi", facets=("kind",)))

        assert (answer.hits, answer.total, answer.by_meaning, answer.more) == ((), 0, 0, False)
        assert (answer.facets, answer.meaning_asked) == ({"kind": {}}, True)

    @pytest.mark.parametrize("words", ["7", "٣", "水", "(silk)", "\u200bsilk"], ids=ascii)
    def test_one_letter_or_figure_is_a_search(self, engine: Engine, embedder: ConceptEmbedder, words: str) -> None:
        engine.write([make_document("it", {"zh-Hans": f"{words} silk 水 7 ٣"}, embedder=embedder)])

        assert by_words(engine, ask(words)) == ["it"]

    def test_a_query_too_long_is_refused(self, fair: Engine) -> None:
        fair.search(ask(("cassava drying " * 100)[:MAX_QUERY_CHARACTERS]))

        with pytest.raises(QueryRefused):
            fair.search(ask("a" * (MAX_QUERY_CHARACTERS + 1)))

    @pytest.mark.parametrize(
        "query",
        [
            Query("pump", "en", filters=Filters(at_least={"weight": 3})),
            Query("pump", "en", filters=Filters(any_of={"kind.x": ("offer",)})),
            Query("pump", "en", facets=("no facet",)),
            Query("pump", "en", offset=-1),
        ],
        ids=["unknown number", "odd filter", "odd facet", "negative place"],
    )
    def test_a_query_that_makes_no_sense_is_refused(self, fair: Engine, query: Query) -> None:
        with pytest.raises(QueryRefused):
            fair.search(query)

    def test_a_document_that_never_fits_is_refused_and_nothing_is_written(self, engine: Engine) -> None:
        good = make_document("good", {"en": "Pump"})
        bad = dataclasses.replace(make_document("bad", {"en": "Pump"}), vectors=(Vector("en", b"\0" * 20),))

        with pytest.raises(DocumentRefused):
            engine.write([good, bad])
        with pytest.raises(DocumentRefused):
            engine.write([make_document("bad", {"en": "Pump"}, numbers={"weight": 3})])
        assert list(engine.iterate()) == []

    def test_a_document_without_words_is_kept(self, engine: Engine) -> None:
        engine.write([Document("empty", 1, "h", (DocumentText("km", ""),))])

        assert [hit.id for hit in engine.search(ask("")).hits] == ["empty"]

    def test_many_threads_search_while_one_writes(self, fair: Engine) -> None:
        faults: list[BaseException] = []
        stop = threading.Event()

        def search() -> None:
            try:
                while not stop.is_set():
                    assert "dryer-en" in ids(fair, ask("cassava drying"))
            except BaseException as fault:  # noqa: BLE001 (any fault of a thread is the test's)
                faults.append(fault)

        threads = [threading.Thread(target=search) for _ in range(3)]
        for thread in threads:
            thread.start()
        for version in range(2, 12):
            fair.write([make_document("pump", {"en": f"Pump {version}"}, version=version)])
        stop.set()
        for thread in threads:
            thread.join()

        assert faults == []
