"""An index whose files are gone or damaged, within one process; `tests/faults` does the same to a running server."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from search.embedded import open_engine
from search.embedded.engine import EmbeddedEngine, IndexNeedsRebuild
from search.port import SearchUnavailable
from tests.search.contract import by_words
from tests.search.making import ConceptEmbedder, ask, make_document

Open = Callable[..., EmbeddedEngine]
PUMP = make_document("pump", {"en": "Diesel pump"})


class PanicException(BaseException):
    """What a fault in the engine's depths looks like: no `Exception`."""


@pytest.fixture
def damaged(open_index: Open, tmp_path: Path) -> Path:
    engine = open_index(embedded=False)
    engine.write([PUMP])
    engine.close()
    (tmp_path / "index" / "index-1" / "words" / "meta.json").write_bytes(b"\xff" * 100)
    return tmp_path / "index"


@pytest.mark.parametrize("written", [b"", b"\xff", b"[]", b"{}", b'{"analysis": 1, "more": 2}', b"null"], ids=repr)
def test_a_description_of_any_form_is_found_out(open_index: Open, tmp_path: Path, written: bytes) -> None:
    open_index(embedded=False).close()
    (tmp_path / "index" / "index-1" / "meta.json").write_bytes(written)

    assert "needs a rebuild" in str(open_index(embedded=False).status().problem)


def test_a_damaged_index_opens_says_so_and_is_mended_by_a_rebuild(damaged: Path) -> None:
    engine = open_engine(damaged, embedder=None)

    status = engine.status()
    assert (status.writable, status.documents, "needs a rebuild" in str(status.problem)) == (True, 0, True)
    with pytest.raises(IndexNeedsRebuild):
        engine.search(ask("diesel"))
    engine.rebuild([PUMP])
    assert (by_words(engine, ask("diesel")), engine.status().problem) == (["pump"], None)
    engine.close()


def test_an_index_that_lacks_what_was_there_says_so_until_it_is_rebuilt(damaged: Path) -> None:
    """Through restarts, and however much is written meanwhile: 'nothing found' would be untrue."""
    for _start in range(2):
        engine = open_engine(damaged, embedder=None)
        assert engine.write([make_document("mill", {"en": "Windmill"})]) == 0
        with pytest.raises(IndexNeedsRebuild):
            engine.search(ask("windmill"))
        engine.close()


def test_whoever_may_not_write_leaves_a_damaged_index_alone(damaged: Path) -> None:
    with pytest.raises(SearchUnavailable):
        open_engine(damaged, embedder=None, write=False)

    assert [path.name for path in damaged.glob("index-*")] == ["index-1"]


@pytest.mark.parametrize("part", ["words", "state.sqlite", "meta.json"])
def test_a_part_that_is_gone_is_not_made_anew_and_empty(open_index: Open, tmp_path: Path, part: str) -> None:
    engine = open_index(embedded=False)
    engine.write([PUMP])
    engine.close()
    gone = tmp_path / "index" / "index-1" / part
    if gone.is_dir():
        shutil.rmtree(gone)
    else:
        gone.unlink()

    assert "needs a rebuild" in str(open_index(embedded=False).status().problem)


def test_vectors_that_are_cut_off_are_found_out(open_index: Open, tmp_path: Path, embedder: ConceptEmbedder) -> None:
    engine = open_index()
    engine.write([make_document("dryer", {"vi": "Máy sấy sắn"}, embedder=embedder)])
    engine.close()
    (tmp_path / "index" / "index-1" / "vectors" / "raw.f16").write_bytes(b"")

    assert "needs a rebuild" in str(open_index().status().problem)


@pytest.mark.parametrize(("filled", "says"), [(True, True), (False, False)], ids=["filled", "empty"])
def test_a_new_index_says_that_it_lacks_something_only_where_there_is_something(
    tmp_path: Path, *, filled: bool, says: bool
) -> None:
    engine = open_engine(tmp_path / "index", embedder=None, filled=filled)

    assert (engine.status().problem is not None) == says
    engine.close()


def test_a_directory_deleted_under_its_writer_is_made_anew_and_lacks_what_was_in_it(
    open_index: Open, tmp_path: Path
) -> None:
    engine = open_index(embedded=False)
    engine.write([PUMP])
    shutil.rmtree(tmp_path / "index")

    with pytest.raises(IndexNeedsRebuild):
        engine.search(ask("diesel"))
    assert engine.may_write()
    engine.rebuild([PUMP])
    assert by_words(engine, ask("diesel")) == ["pump"]


def test_a_directory_deleted_and_made_anew_by_another_is_followed(open_index: Open, tmp_path: Path) -> None:
    """Their generations have the same name."""
    first, reader = open_index(embedded=False), open_index(embedded=False)
    first.write([PUMP])
    assert by_words(reader, ask("diesel")) == ["pump"]
    shutil.rmtree(tmp_path / "index")
    second = open_index(embedded=False)
    second.write([make_document("mill", {"en": "Windmill"})])

    for engine in (first, reader):
        assert (by_words(engine, ask("diesel")), by_words(engine, ask("windmill"))) == ([], ["mill"])
        assert not engine.may_write()


def test_a_directory_deleted_under_a_reader_is_said(open_index: Open, tmp_path: Path) -> None:
    open_index(embedded=False).write([PUMP])
    reader = open_index(embedded=False, write=False)
    shutil.rmtree(tmp_path / "index")

    with pytest.raises(SearchUnavailable, match="the index is gone"):
        reader.search(ask("diesel"))


@pytest.mark.parametrize("fault", [PanicException("in a depth"), OSError("gone"), ValueError("no utf-8")])
def test_whatever_the_files_make_go_wrong_is_one_error_for_callers(
    open_index: Open, monkeypatch: pytest.MonkeyPatch, fault: BaseException
) -> None:
    engine = open_index(embedded=False)
    engine.write([PUMP])

    def fail(*_arguments: object, **_named: object) -> None:
        raise fault

    monkeypatch.setattr("search.embedded.engine.Search.answer", fail)
    with pytest.raises(SearchUnavailable, match="the index failed"):
        engine.search(ask("diesel"))


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit])
def test_an_end_of_the_program_is_no_fault_of_the_index(
    open_index: Open, monkeypatch: pytest.MonkeyPatch, interruption: type[BaseException]
) -> None:
    engine = open_index(embedded=False)
    engine.write([PUMP])

    def interrupt(*_arguments: object, **_named: object) -> None:
        raise interruption

    monkeypatch.setattr("search.embedded.engine.Search.answer", interrupt)
    with pytest.raises(interruption):
        engine.search(ask("diesel"))


class BrokenWriter:
    """Tantivy's after a full disk: neither commit nor rollback work any more."""

    def __getattr__(self, _name: str) -> Callable[..., None]:
        def fail(*_arguments: object) -> None:
            raise PanicException("The IndexWriter does not have any lock.")

        return fail


def test_a_writer_that_broke_is_replaced(open_index: Open) -> None:
    engine = open_index(embedded=False)
    engine.write([PUMP])
    engine._live.words._writer = BrokenWriter()  # type: ignore[assignment] # it lets go of the lock, as a dropped one does
    changed = make_document("pump", {"en": "Windmill"}, version=2)

    with pytest.raises(SearchUnavailable, match="does not have any lock"):
        engine.write([changed])

    assert engine.write([changed]) == 1
    assert (by_words(engine, ask("diesel")), by_words(engine, ask("windmill"))) == ([], ["pump"])
