"""Means take the language out of vectors, and scores of two languages become comparable."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from search import centring as module
from search.centring import (
    CODES,
    ROLES,
    SHIPPED,
    Centring,
    Role,
    compute_centring,
    judge_length,
    keep_centring,
    load_centring,
    normalise,
    place_of,
    places_of,
    read_centring,
    recall_dimensions,
    recompute_passages,
    save_centring,
    weigh_sentence,
)
from search.embedding import BundledEmbedder, to_array
from search.own_texts import Texts
from tests.search.making import ConceptEmbedder


def test_texts_of_two_languages_with_one_meaning_come_together(embedder: ConceptEmbedder, centring: Centring) -> None:
    texts = {"en": "drying of cassava", "vi": "sấy bã sắn", "th": "อบแห้งมันสำปะหลัง"}
    raw = np.array([to_array(embedder.embed_query(text)) for text in texts.values()])
    centred = centring.centre_passages(raw, places_of([Role.SHORT] * 3, texts))

    assert float((raw @ raw.T)[0, 1]) < 0.6
    assert (centred @ centred.T).min() > 0.7


def test_a_language_without_a_row_takes_the_mean_of_all(centring: Centring) -> None:
    assert place_of("ja") == len(CODES)
    assert place_of("zh") == place_of("zh-Hans")
    for means in centring.means:
        assert means[-1] == pytest.approx(means[:-1].mean(axis=0), abs=1e-5)


def test_the_size_of_an_embedder_s_vectors_is_recalled_by_its_means(centring: Centring, tmp_path: Path) -> None:
    keep_centring(centring, tmp_path)

    assert recall_dimensions(centring.embedder, tmp_path) == centring.means.shape[2]
    assert recall_dimensions("another", tmp_path) == 0


def test_a_version_is_of_the_numbers(centring: Centring, tmp_path: Path) -> None:
    save_centring(centring, tmp_path / "means.npz")

    assert read_centring(tmp_path / "means.npz").version == centring.version
    assert dataclasses.replace(centring, means=centring.means + 1).version != centring.version


def test_shipped_means_are_those_of_the_bundled_model() -> None:
    shipped = read_centring(SHIPPED)

    assert shipped.embedder == BundledEmbedder.name
    assert shipped.means.shape == (len(ROLES), len(CODES) + 1, BundledEmbedder.dimensions)
    assert (np.linalg.norm(shipped.means, axis=2) > 0.5).all()
    assert (shipped.spread > 0).all()


@pytest.mark.slow
def test_shipped_means_are_made_from_the_texts_as_they_are() -> None:
    computed = compute_centring(BundledEmbedder())

    assert computed.means == pytest.approx(read_centring(SHIPPED).means, abs=1e-3)


def test_means_of_another_model_are_computed_once_and_kept(
    embedder: ConceptEmbedder, centring: Centring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[str] = []

    def compute(one: ConceptEmbedder) -> Centring:
        computed.append(one.name)
        return centring

    monkeypatch.setattr(module, "compute_centring", compute)

    assert load_centring(embedder, tmp_path).version == load_centring(embedder, tmp_path).version == centring.version
    assert computed == ["concepts"]


def test_a_live_index_gives_means_where_it_has_enough(centring: Centring) -> None:
    live = {"vi": np.full((60, 48), 0.5, np.float32), "th": np.full((3, 48), 0.5, np.float32)}

    means = recompute_passages(centring, live).means[ROLES.index(Role.PASSAGE)]

    assert means[place_of("vi")] == pytest.approx(np.full(48, 0.5))
    assert means[place_of("th")] == pytest.approx(centring.means[ROLES.index(Role.PASSAGE), place_of("th")])


def test_means_of_few_languages_serve_the_others(embedder: ConceptEmbedder) -> None:
    texts = {"en": Texts(("a pump", "a mill"), ("what pump?", "a mill runs"), ("pump", "mill"))}

    few = compute_centring(embedder, texts)

    assert few.means[0, place_of("km")] == pytest.approx(few.means[0, place_of("en")])


@pytest.mark.parametrize(
    ("text", "language", "weight"),
    [
        ("solar dryer", "en", 0.0),
        ("What is a dryer?", "en", 1.0),
        ("a dryer for cassava pulp of small farms in the hills", "en", 1.0),
        ("one two three four five six", "en", 1 / 3),
        ("木薯渣烘干", "zh-Hans", 0.0),
        ("", "en", 0.0),
    ],
)
def test_a_query_is_keywords_or_a_sentence_by_its_words(text: str, language: str, weight: float) -> None:
    assert weigh_sentence(text, language) == pytest.approx(weight)


def test_a_short_text_has_a_role_of_its_own() -> None:
    assert judge_length(100, "en") is Role.SHORT
    assert judge_length(100, "zh-Hans") is Role.PASSAGE
    assert judge_length(400, "en") is Role.PASSAGE


def test_normalising_keeps_a_zero_vector() -> None:
    assert normalise(np.zeros((1, 3), np.float32)) == pytest.approx(np.zeros((1, 3)))
