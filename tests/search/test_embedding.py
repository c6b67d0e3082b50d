"""Texts become vectors; what a model cannot take never reaches it; an address that misbehaves is no answer."""

import json
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx2
import numpy as np
import pytest

from search.embedding import (
    LONGEST_TEXT,
    MOST_PIECES,
    AddressEmbedder,
    BundledEmbedder,
    RememberingEmbedder,
    _name_service,
    cut_text,
    embed_text,
    load_embedder,
    prepare_text,
    split_passages,
    to_array,
)
from search.port import DocumentText, SearchUnavailable
from tests.search.making import ConceptEmbedder

Answer = Callable[[list[str]], Any]


def make_address(answer: Answer) -> tuple[AddressEmbedder, list[Any]]:
    asked: list[Any] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        body = json.loads(request.content)
        asked.append((str(request.url), body))
        answered = answer(body["input"])
        return answered if isinstance(answered, httpx2.Response) else httpx2.Response(200, json=answered)

    return AddressEmbedder("http://127.0.0.1:9/v1/", model="m", transport=httpx2.MockTransport(handle)), asked


def vectors_of(texts: list[str]) -> dict[str, Any]:
    rows = [{"index": place, "embedding": [3.0, 4.0 + place]} for place in range(len(texts))]
    return {"data": rows[::-1]}


def test_an_address_is_asked_in_openai_s_form() -> None:
    embedder, asked = make_address(vectors_of)

    first, second = embedder.embed_passages(["one", "two"])

    assert asked[-1] == ("http://127.0.0.1:9/v1/embeddings", {"model": "m", "input": ["one", "two"]})
    assert embedder.dimensions == 2
    assert to_array(first) == pytest.approx([0.6, 0.8])
    assert np.linalg.norm(to_array(second)) == pytest.approx(1.0)


@pytest.mark.parametrize(
    "answered",
    [
        httpx2.Response(500),
        httpx2.Response(200, text="<html>"),
        {"data": []},
        {"data": [{"index": 0, "embedding": [1.0, 2.0, 3.0]}]},
        {"data": [{"index": 0, "embedding": ["x"]}]},
        {"data": [{"index": 0, "embedding": [float("1e400"), 1.0]}]},
        {"error": "no such model"},
        [],
    ],
    ids=["fault", "no json", "too few", "another size", "no numbers", "infinite", "refusal", "a list"],
)
def test_an_answer_that_is_none_is_unavailable(answered: Any) -> None:
    turns = iter([None, answered])
    embedder, _ = make_address(lambda texts: vectors_of(texts) if (turn := next(turns)) is None else turn)

    with pytest.raises(SearchUnavailable):
        embedder.embed_query("pump")


def test_an_address_that_is_silent_leaves_no_embedder() -> None:
    assert load_embedder("http://127.0.0.1:9/v1#model") is None


def test_an_address_used_before_that_is_silent_at_the_start_may_answer_later() -> None:
    answers = iter([httpx2.Response(503), vectors_of(["cassava"])])
    names: list[str] = []

    def recall(name: str) -> int:
        names.append(name)
        return 2

    transport = httpx2.MockTransport(
        lambda _request: one if isinstance(one := next(answers), httpx2.Response) else httpx2.Response(200, json=one)
    )
    embedder = AddressEmbedder("http://127.0.0.1:9/v1", model="m", transport=transport, recall_dimensions=recall)

    assert names == [embedder.name]
    assert to_array(embedder.embed_query("cassava")) == pytest.approx([0.6, 0.8])


def test_a_query_asked_lately_is_not_computed_again() -> None:
    embedder, asked = make_address(vectors_of)
    remembering = RememberingEmbedder(embedder)
    before = len(asked)

    assert remembering.embed_query("pump") == remembering.embed_query(" pump ")
    assert len(asked) == before + 1


def test_a_model_never_sees_what_breaks_it() -> None:
    assert prepare_text("a\x00b\ud800c") == "a b c"
    assert prepare_text(unicodedata.normalize("NFD", "sấy")) == "sấy"
    assert prepare_text("  ") == " "
    assert len(prepare_text("word " * 10_000)) <= LONGEST_TEXT


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", [""]),
        ("One.", ["One."]),
        ("One. Two! Three? Four.", ["One. Two!", "Three? Four."]),
        ("一。二！三？", ["一。 二！", "三？"]),
        ("၁။ ၂။ ၃။", ["၁။ ၂။", "၃။"]),
        ("Costs 3.5 euro", ["Costs 3.5 euro"]),
    ],
)
def test_a_text_is_cut_into_pieces_of_two_sentences(text: str, pieces: list[str]) -> None:
    assert split_passages(text) == pieces


def test_a_long_text_has_few_pieces() -> None:
    assert len(split_passages("A sentence. " * 40)) == MOST_PIECES


def test_a_listing_is_cut_into_its_opening_and_pieces_that_carry_its_title() -> None:
    listing = DocumentText("en", "Pulp dryer", "Dries pulp.", "One. Two. Three. Four. Five.", ("drying",))

    assert cut_text(listing) == ["Pulp dryer Dries pulp.", "Pulp dryer One. Two. Three.", "Pulp dryer Four. Five."]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        (DocumentText("en", "", "", "One. Two. Three."), ["One. Two.", "Three."]),
        (DocumentText("en", "Pulp dryer"), ["Pulp dryer"]),
        (DocumentText("en", "Pulp dryer", "Dries pulp."), ["Pulp dryer Dries pulp."]),
        (DocumentText("en", "Pulp dryer", "Dries", "Dries pulp. Soon."), ["Pulp dryer Dries pulp. Soon."]),
        (DocumentText("en", ""), [""]),
    ],
    ids=["no title", "nothing but a title", "no body", "a summary that begins the body", "nothing"],
)
def test_a_text_that_lacks_parts_is_cut_into_what_there_is(text: DocumentText, pieces: list[str]) -> None:
    assert cut_text(text) == pieces


def test_a_long_listing_has_few_pieces_and_no_more_text_than_the_model_takes_well() -> None:
    pieces = cut_text(DocumentText("en", "Dryer", "Dries pulp.", "A sentence on drying. " * 500))

    assert len(pieces) == MOST_PIECES
    assert sum(map(len, pieces)) < LONGEST_TEXT + 50


def test_a_listing_has_a_vector_for_each_piece_and_each_leans_towards_the_title() -> None:
    embedder = ConceptEmbedder()
    text = DocumentText("en", "Silk", "Of cassava.", "With shrimp. With copper. With battery.")

    vectors = to_array(embed_text(embedder, text)).reshape(-1, embedder.dimensions)

    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1.0, 1.0, 1.0])
    untitled = to_array(embed_text(embedder, replace(text, title=""))).reshape(-1, embedder.dimensions)
    title = to_array(embedder.embed_query("Silk"))
    assert (vectors @ title).min() > (untitled @ title).max()


def test_a_text_of_one_piece_has_the_model_s_own_vector() -> None:
    embedder = ConceptEmbedder()

    own = to_array(embedder.embed_passages(["Drying."])[0])

    assert to_array(embed_text(embedder, DocumentText("en", "Drying."))) == pytest.approx(own, abs=1e-6)


def test_the_bundled_model_gives_equal_vectors_for_equal_texts() -> None:
    embedder = BundledEmbedder()

    composed = to_array(embedder.embed_query("công nghệ sấy"))

    assert len(composed) == embedder.dimensions == 384
    assert np.linalg.norm(composed) == pytest.approx(1.0, abs=1e-5)
    assert to_array(embedder.embed_query(unicodedata.normalize("NFD", "công nghệ sấy"))) == pytest.approx(composed)
    for odd in ("", "\x00", "\ud83d", "\u200b"):
        assert np.isfinite(to_array(embedder.embed_passages([odd])[0])).all()


def test_the_name_of_a_service_holds_no_secret_of_its_address() -> None:
    name = _name_service("small", "http://anna:secret@127.0.0.1:9/v1?key=hidden")

    assert name == "small@http://127.0.0.1:9/v1"
