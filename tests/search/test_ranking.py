"""Words decide where nearly the whole query is there; meaning decides the rest."""

import numpy as np
import pytest

from search.ranking import SHRINKAGE, Expectation, fuse, shrink_statistics, standardise


def test_the_whole_query_beats_any_likeness() -> None:
    assert fuse(1.0, 0.0) > fuse(0.3, 6.0)


def test_half_the_query_gives_way_to_meaning() -> None:
    assert fuse(0.5, 1.0) < fuse(0.0, 3.0)


def test_titles_part_those_that_have_the_whole_query() -> None:
    assert fuse(1.1, 2.0) > fuse(1.0, 2.0)


def test_without_vectors_words_alone_order() -> None:
    assert fuse(0.9, None) > fuse(0.6, None) > fuse(0.0, None) == 0.0


def test_a_score_counts_against_its_own_language() -> None:
    expectation = Expectation(np.array([0.4, 0.0], np.float32), np.array([0.1, 0.1], np.float32))
    scores = np.array([0.5, 0.3], np.float32)

    standard = standardise(scores, np.array([0, 1], np.int16), expectation)

    assert standard == pytest.approx([1.0, 3.0], rel=1e-5)


def test_few_scores_lean_on_what_is_stored_and_many_on_themselves() -> None:
    stored = Expectation(np.array([0.0, 0.0], np.float32), np.array([0.1, 0.1], np.float32))
    few, many = 5, 20_000
    scores = np.concatenate([np.full(few, 0.5), np.tile([0.2, 0.4], many // 2)]).astype(np.float32)
    languages = np.array([0] * few + [1] * many, np.int16)

    mixed = shrink_statistics(scores, languages, stored)

    assert mixed.mean[0] == pytest.approx(0.5 * few / (few + SHRINKAGE), abs=1e-4)
    assert mixed.mean[1] == pytest.approx(0.3, abs=0.01)
    assert mixed.spread[1] == pytest.approx(0.1, abs=0.01)


def test_a_language_without_documents_has_the_stored_scale() -> None:
    stored = Expectation(np.array([0.1], np.float32), np.array([0.2], np.float32))

    mixed = shrink_statistics(np.zeros(0, np.float32), np.zeros(0, np.int16), stored)

    assert (mixed.mean[0], mixed.spread[0]) == (pytest.approx(0.1), pytest.approx(0.2))
