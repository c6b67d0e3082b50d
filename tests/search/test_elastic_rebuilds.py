"""Rebuilds on a cluster while others write and search: killed at any step, or two of them at once."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from elastic_transport import ConnectionError as ConnectionLost
from elastic_transport import ConnectionTimeout

from search.elastic import connection as elastic_connection
from search.elastic import engine as elastic_engine
from search.elastic import writing
from search.elastic.engine import ElasticEngine
from search.port import Document, IndexedState, SearchUnavailable
from tests.elasticsearch.watching import watching
from tests.make.waiting import wait_until
from tests.search.making import ask
from tests.search.traffic import Traffic, finds, joining, make_pump, using

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("elasticsearch")]

STEPS = ("create", "write", "refresh", "aliases", "delete")
POINTS = [f"{step}{when}" for step in STEPS for when in ("", " answered")]
NOTHING_LEFT = ("create", "delete answered")


class Killed(BaseException):
    """After it nothing runs, not even what tidies up."""


def watch(engine: ElasticEngine, note: Any, patch: pytest.MonkeyPatch) -> None:
    transport = engine._connection._client.transport
    patch.setattr(transport, "perform_request", watching(transport.perform_request, note))


def kill_at(point: str, engine: ElasticEngine, patch: pytest.MonkeyPatch) -> None:
    """Nothing of this engine reaches the cluster any more from there on."""
    dead = threading.Event()

    def note(step: str) -> None:
        if step == point:
            dead.set()
        if dead.is_set():
            raise Killed

    watch(engine, note, patch)


@pytest.mark.parametrize("point", POINTS)
def test_a_rebuild_killed_at_any_step_hides_nothing_and_the_next_one_leaves_one_index(
    elasticsearch_url: str, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    with using(elasticsearch_url) as engine, joining(engine, elasticsearch_url) as other:
        engine.write([make_pump(0)])
        traffic = Traffic(engine)
        kill_at(point, other, monkeypatch)
        with traffic.running():
            wait_until(lambda: traffic.written > 8)
            with pytest.raises(Killed):
                other.rebuild(traffic.list_documents())
            left = len(engine.indices.list_names())
            wait_until(lambda written=traffic.written: traffic.written > written + 8)  # type: ignore[misc] # bound
            engine.rebuild(traffic.list_documents())

        assert left == (1 if point in NOTHING_LEFT else 2)
        assert len(engine.indices.list_names()) == 1
        assert (traffic.missed, traffic.faults < 3) == (0, True)
        assert {state.id: state.version for state in engine.iterate()} == traffic.living


def test_control_a_rebuild_that_tidies_nothing_up_leaves_what_a_killed_one_made(
    elasticsearch_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with using(elasticsearch_url) as engine, joining(engine, elasticsearch_url) as other:
        engine.write([make_pump(1)])
        kill_at("write", other, monkeypatch)
        with pytest.raises(Killed):
            other.rebuild([make_pump(1)])
        monkeypatch.setattr(engine.indices, "_clear_leftovers", lambda: None)

        engine.rebuild([make_pump(1)])

        assert len(engine.indices.list_names()) == 2


def test_control_an_index_that_is_searched_before_it_is_filled_misses_what_is_there(elasticsearch_url: str) -> None:
    with using(elasticsearch_url) as engine, joining(engine, elasticsearch_url) as other:
        engine.write([make_pump(0)])
        traffic = Traffic(engine)
        with traffic.running():
            wait_until(lambda: traffic.written > 8)
            other.indices.swap(other.indices.make_next(other._wanted))
            wait_until(lambda: traffic.missed)


@pytest.mark.parametrize(("knows_both", "version"), [(True, 2), (False, 1)], ids=["both indices", "control: one"])
def test_a_change_written_while_a_rebuild_fills_is_in_the_index_that_takes_the_place(
    elasticsearch_url: str, monkeypatch: pytest.MonkeyPatch, *, knows_both: bool, version: int
) -> None:
    with using(elasticsearch_url) as writer, joining(writer, elasticsearch_url) as rebuilding:
        writer.write([make_pump(1)])
        if not knows_both:
            find = writer.indices.find
            monkeypatch.setattr(writer.indices, "find", lambda: replace(find(), filling=()))

        def stream() -> Iterator[Document]:
            yield make_pump(1)
            writer.write([make_pump(1, version=2)])

        rebuilding.rebuild(stream())

        assert list(rebuilding.iterate()) == [IndexedState("pump-001", version, f"pump-001-{version}")]


def test_a_change_written_while_a_rebuild_ends_is_in_the_index_that_takes_the_place(
    elasticsearch_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rebuild reads the market before the change, and has swapped when the change is in the index of before."""
    with using(elasticsearch_url) as engine:
        engine.write([make_pump(1)])
        once = iter([True])

        def send_and_rebuild(*arguments: Any, **options: Any) -> list[str]:
            taken = writing.send(*arguments, **options)
            if next(once, False):
                engine.rebuild([make_pump(1)])
            return taken

        monkeypatch.setattr(elastic_engine, "send", send_and_rebuild)
        assert engine.write([make_pump(1, version=2)]) == 1

        assert list(engine.iterate()) == [IndexedState("pump-001", 2, "pump-001-2")]


def test_a_swap_whose_answer_is_lost_is_done(elasticsearch_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(step: str) -> None:
        if step == "aliases answered":
            raise ConnectionLost("reset")

    with using(elasticsearch_url) as engine, joining(engine, elasticsearch_url) as other:
        engine.write([make_pump(1)])
        watch(other, lose, monkeypatch)

        assert other.rebuild([make_pump(1), make_pump(2)]) == 2

        assert len(engine.indices.list_names()) == 1
        assert finds(engine, "pump") == ["pump-001", "pump-002"]


def test_of_two_rebuilds_at_once_the_later_one_counts_and_the_earlier_one_fails(elasticsearch_url: str) -> None:
    with using(elasticsearch_url) as first, joining(first, elasticsearch_url) as second:
        first.write([make_pump(1)])

        def stream() -> Iterator[Document]:
            yield make_pump(7)
            second.rebuild([make_pump(1), make_pump(2)])

        with pytest.raises(SearchUnavailable):
            first.rebuild(stream())

        assert len(first.indices.list_names()) == 1
        assert finds(first, "pump") == ["pump-001", "pump-002"]


@pytest.mark.parametrize(
    ("step", "found"), [("abandon", ["pump-001"]), ("delete", [])], ids=["given up first", "control: deleted at once"]
)
def test_what_is_swapped_in_while_another_rebuild_begins_is_not_taken_for_a_leftover(
    elasticsearch_url: str, monkeypatch: pytest.MonkeyPatch, step: str, found: list[str]
) -> None:
    with using(elasticsearch_url) as first, joining(first, elasticsearch_url) as second:
        first.write([make_pump(1)])
        filled = first.indices.make_next(first._wanted)
        first.write([make_pump(1, version=2)])
        look, once = second.indices._ask, iter([True])

        def look_before_the_swap(seconds: float) -> dict[str, list[str]]:
            names = look(seconds)
            if next(once, False):
                first.indices.swap(filled)
            return names

        monkeypatch.setattr(second.indices, "_ask", look_before_the_swap)
        monkeypatch.setattr(second.indices, "abandon", getattr(second.indices, step))
        second.indices.make_next(second._wanted)

        assert finds(first, "pump") == found


def test_of_two_rebuilds_that_began_at_once_each_has_what_is_written_meanwhile(
    elasticsearch_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with using(elasticsearch_url) as engine, joining(engine, elasticsearch_url) as other:
        engine.write([make_pump(1)])
        monkeypatch.setattr(other.indices, "_clear_leftovers", lambda: None)  # it looked when there was none yet
        filled = [one.indices.make_next(one._wanted) for one in (engine, other)]

        engine.write([make_pump(1, version=2)])

        for name in filled:
            engine.indices.swap(name)
            assert list(engine.iterate()) == [IndexedState("pump-001", 2, "pump-001-2")]


def test_what_was_given_up_cannot_be_swapped_in_and_goes_with_the_next_rebuild(
    elasticsearch_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who gave it up was killed before deleting it."""
    with using(elasticsearch_url) as engine, joining(engine, elasticsearch_url) as other:
        engine.write([make_pump(1)])
        filled = engine.indices.make_next(engine._wanted)
        monkeypatch.setattr(other.indices, "delete", lambda _name: None)
        other.indices.abandon(filled)

        with pytest.raises(SearchUnavailable):
            engine.indices.swap(filled)

        assert (finds(engine, "pump"), len(engine.indices.list_names())) == (["pump-001"], 2)
        engine.rebuild([make_pump(1)])
        assert len(engine.indices.list_names()) == 1


def test_no_search_under_way_is_lost_when_a_rebuild_ends(
    elasticsearch_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elastic_connection, "SEARCH_SECONDS", 20)  # nothing here is about haste
    pumps = [make_pump(number) for number in range(20)]
    ended = threading.Event()
    lost: list[str] = []
    answered: list[int] = []

    def keep_searching() -> None:
        with joining(engine, elasticsearch_url) as own:
            while not ended.is_set():
                try:
                    answered.append(len(own.search(ask("pump")).hits))
                except SearchUnavailable as problem:
                    lost.append(str(problem))

    with using(elasticsearch_url) as engine:
        engine.rebuild(pumps)
        threads = [threading.Thread(target=keep_searching) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(5):
                engine.rebuild(pumps)
        finally:
            ended.set()
            for thread in threads:
                thread.join()

    assert (lost, set(answered)) == ([], {20})


def test_a_rebuild_goes_on_after_a_request_that_gets_no_answer(
    elasticsearch_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once it is done all the same, once it is not."""
    bulk = writing._bulk
    losses = iter([True, False])

    def lose_some(*arguments: Any) -> Any:
        is_done = next(losses, None)
        answer = None if is_done is False else bulk(*arguments)
        if is_done is None:
            return answer
        raise ConnectionTimeout("timed out")

    monkeypatch.setattr(writing, "_bulk", lose_some)
    monkeypatch.setattr(writing, "UNANSWERED_WAIT_SECONDS", 0.0)
    with using(elasticsearch_url) as engine:
        assert engine.rebuild([make_pump(1), make_pump(2)]) == 2
        assert finds(engine, "pump") == ["pump-001", "pump-002"]
