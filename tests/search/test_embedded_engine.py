"""The embedded engine: the contract of all engines, and what only a directory on disk can do wrong."""

import dataclasses
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from search import wording
from search.centring import Centring, keep_centring
from search.embedded import open_engine
from search.embedded.engine import EmbeddedEngine, IndexNeedsRebuild, ReadOnlyIndex
from search.embedded.recentring import recentre
from search.port import Engine, SearchUnavailable
from tests.search.contract import EngineContract, by_words, ids
from tests.search.likeness_contract import LikenessContract
from tests.search.making import ConceptEmbedder, ask, make_document

Open = Callable[..., EmbeddedEngine]
PROJECT = Path(__file__).parents[2]


@pytest.fixture
def engine(open_index: Open) -> Engine:
    return open_index()


class TestEmbeddedEngine(EngineContract, LikenessContract):
    pass


def test_an_index_is_there_again_after_closing(open_index: Open, embedder: ConceptEmbedder) -> None:
    first = open_index()
    first.write([make_document("dryer", {"vi": "Máy sấy sắn"}, embedder=embedder)])
    first.remove([("gone", 4)])
    first.close()

    second = open_index()

    assert ids(second, ask("dryer for cassava")) == ["dryer"]
    assert second.write([make_document("gone", {"en": "Pump"}, version=3)]) == 0


def test_what_nearly_all_listings_are_about_counts_less_than_what_one_is_about(
    open_index: Open, embedder: ConceptEmbedder
) -> None:
    engine = open_index()
    common = [make_document(f"dryer-{n}", {"vi": f"Máy sấy số {n}"}, embedder=embedder) for n in range(80)]
    engine.write([*common, make_document("silk", {"vi": "Tơ"}, embedder=embedder)])

    assert ids(engine, ask("silk dryer"))[0] == "silk"


def test_an_index_read_in_pages_is_ordered_as_before_it_was_closed(
    open_index: Open, embedder: ConceptEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = open_index()
    # Words first and vectors later, as the worker does it: the oldest changes then have no vectors.
    for n in range(300):
        first.write([make_document(f"plain-{n}", {"en": f"Pump {n}"})])
    first.write([make_document(f"dryer-{n}", {"vi": f"Máy sấy số {n}"}, embedder=embedder) for n in range(300)])
    sampled = len(first._live.view.sample.languages)
    first.close()
    monkeypatch.setattr("search.embedded.state._PAGE", 100)

    second = open_index()

    assert len(second._live.view.sample.languages) == sampled > 0


def test_only_one_opener_writes_and_the_others_follow_it(open_index: Open) -> None:
    writer, reader = open_index(), open_index()

    assert (writer.status().writable, reader.status().writable) == (True, False)
    with pytest.raises(ReadOnlyIndex):
        reader.write([make_document("pump", {"en": "Pump"})])
    writer.write([make_document("pump", {"en": "Diesel pump"}, facets={"kind": ("offer",)})])
    assert ids(reader, ask("diesel")) == ["pump"]
    writer.rebuild([make_document("mill", {"en": "Windmill"})])
    assert ids(reader, ask("diesel")) == []
    assert ids(reader, ask("windmill")) == ["mill"]


def test_a_reader_in_another_process_sees_each_change(open_index: Open, tmp_path: Path) -> None:
    writer = open_index(embedded=False)
    program = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from search.embedded import open_engine
        from search.port import Query
        engine = open_engine(Path(sys.argv[1]), embedder=None)
        for line in sys.stdin:
            print(engine.status().writable, engine.search(Query(line.strip(), "en")).total, flush=True)
        """
    )
    command = [sys.executable, "-c", program, str(tmp_path / "index")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT) as reader:  # noqa: S603 (our own lines)
        assert reader.stdin is not None
        assert reader.stdout is not None
        for version in (1, 2):
            writer.write([make_document(f"pump-{version}", {"en": "Diesel pump"}, version=version)])
            reader.stdin.write("diesel\n")
            reader.stdin.flush()
            assert reader.stdout.readline().split() == ["False", str(version)]
        reader.stdin.close()


def test_no_index_and_no_right_to_make_one_is_said(tmp_path: Path) -> None:
    with pytest.raises(SearchUnavailable):
        open_engine(tmp_path / "index", embedder=None, write=False)


@pytest.mark.parametrize("change", ["means", "embedder", "analysis"])
def test_an_index_of_another_make_asks_for_a_rebuild(
    open_index: Open,
    tmp_path: Path,
    embedder: ConceptEmbedder,
    centring: Centring,
    monkeypatch: pytest.MonkeyPatch,
    change: str,
) -> None:
    document = make_document("dryer", {"en": "Cassava dryer"}, embedder=embedder)
    first = open_index()
    first.write([document])
    first.close()
    other = centring
    if change == "means":
        other = dataclasses.replace(centring, means=centring.means * 0.5)
    elif change == "embedder":
        other = dataclasses.replace(centring, embedder="another")
    else:
        monkeypatch.setattr("search.analysis.VERSION", 99)

    engine = EmbeddedEngine(tmp_path / "index", embedder=embedder, centring=other, write=True)

    with pytest.raises(IndexNeedsRebuild):
        engine.search(ask("cassava"))
    with pytest.raises(IndexNeedsRebuild):
        engine.write([document])
    assert "needs a rebuild" in str(engine.status().problem)
    engine.rebuild([document])
    assert ids(engine, ask("cassava")) == ["dryer"]
    assert engine.status().problem is None
    engine.close()


def test_an_index_with_vectors_is_searched_by_words_where_no_model_loads(
    open_index: Open, embedder: ConceptEmbedder
) -> None:
    first = open_index()
    first.write([make_document("dryer", {"vi": "Máy sấy sắn"}, embedder=embedder)])
    first.close()

    answer = open_index(embedded=False).search(ask("máy sấy", "vi"))

    assert ([hit.id for hit in answer.hits], answer.meaning_asked) == (["dryer"], False)


def test_an_embedder_that_stops_leaves_the_words(open_index: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_index()
    engine.write([make_document("pump", {"en": "Diesel pump"})])

    def stop(_self: ConceptEmbedder, _text: str) -> bytes:
        raise SearchUnavailable

    monkeypatch.setattr(ConceptEmbedder, "embed_query", stop)

    answer = engine.search(ask("diesel"))

    assert ([hit.id for hit in answer.hits], answer.meaning_asked) == (["pump"], False)


def test_a_fragment_of_what_stands_in_every_text_finds_none_of_many_listings(
    open_index: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would find them all, and take longer than any other search."""
    monkeypatch.setattr(wording, "_MANY", 20)
    engine = open_index()
    engine.write(make_document(f"pump-{number}", {"en": f"This program {number}"}) for number in range(30))

    assert by_words(engine, ask("his progr")) == []
    assert by_words(engine, ask("his program 17"))[0] == "pump-17"
    assert len(by_words(engine, ask("this", limit=50))) == 30


@pytest.mark.parametrize(
    "moment", ["search.embedded.words.WordIndex.commit", "search.embedded.state.StateStore.record"]
)
def test_a_change_that_fails_half_way_can_be_sent_again(
    open_index: Open, embedder: ConceptEmbedder, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    engine = open_index()
    engine.write([make_document("pump", {"en": "Diesel pump"}, embedder=embedder)])
    changed = make_document("pump", {"en": "Windmill"}, version=2, embedder=embedder)

    def fail_once(*_arguments: object, **_keys: object) -> None:
        monkeypatch.undo()
        raise OSError("the disk is full")

    monkeypatch.setattr(moment, fail_once)
    with pytest.raises(SearchUnavailable, match="the disk is full"):
        engine.write([changed])

    assert list(engine.iterate()) == []
    assert by_words(engine, ask("diesel")) == by_words(engine, ask("windmill")) == []
    assert engine.write([changed]) == 1
    assert by_words(engine, ask("windmill")) == ["pump"]


def test_a_writer_killed_at_any_time_leaves_an_index_that_opens(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import sys, time
        from pathlib import Path
        from search.embedded import open_engine
        from tests.search.making import make_document
        engine = open_engine(Path(sys.argv[1]), embedder=None)
        print("ready", flush=True)
        while True:
            version = time.time_ns()
            pumps = [make_document(f"pump-{n}", {"en": f"Pump {version}"}, version=version) for n in range(20)]
            engine.write(pumps)
            if version % 5 == 0:
                engine.rebuild(pumps)
        """
    )
    for place in range(3):
        command = [sys.executable, "-c", program, str(tmp_path / "index")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT) as writer:  # noqa: S603 (our own lines)
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
            time.sleep(0.15 + 0.13 * place)
            os.kill(writer.pid, signal.SIGKILL)

        engine = open_engine(tmp_path / "index", embedder=None)
        states = list(engine.iterate())
        hits = engine.search(ask("pump", limit=50)).hits
        assert sorted(hit.id for hit in hits) == [state.id for state in states]
        assert len({path.name for path in (tmp_path / "index").glob("index-*")}) == 1
        engine.close()


def test_closing_lets_another_opener_write(open_index: Open) -> None:
    first, second = open_index(), open_index()
    first.close()

    third = open_index()

    assert (second.status().writable, third.status().writable) == (False, True)


def test_one_that_waits_to_write_takes_over_when_the_writer_ends(open_index: Open) -> None:
    first, second = open_index(), open_index()
    first.write([make_document("pump", {"en": "Diesel pump"})])
    assert second.may_write() is False
    first.close()

    # The lock may be taken by a worker's thread and given back by the process's main one.
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(second.may_write).result() is True

    second.write([make_document("mill", {"en": "Windmill"})])
    assert (ids(second, ask("diesel")), ids(second, ask("windmill"))) == (["pump"], ["mill"])
    second.close()
    assert open_index().status().writable


def test_one_opened_to_search_never_takes_the_lock(open_index: Open) -> None:
    open_index().close()

    assert open_index(write=False).may_write() is False
    assert open_index().status().writable


def test_means_recomputed_from_the_index_ask_for_a_rebuild(
    open_index: Open, tmp_path: Path, embedder: ConceptEmbedder, centring: Centring
) -> None:
    keep_centring(centring, tmp_path / "index")
    first = open_index()
    documents = [make_document(f"one-{n}", {"vi": f"Máy sấy số {n}"}, embedder=embedder) for n in range(60)]
    first.write(documents)
    first.close()

    fresh = recentre(tmp_path / "index", embedder)

    assert fresh.version != centring.version
    engine = open_engine(tmp_path / "index", embedder=embedder)
    assert "needs a rebuild" in str(engine.status().problem)
    engine.rebuild(documents)
    assert engine.status().means == fresh.version
    engine.close()
