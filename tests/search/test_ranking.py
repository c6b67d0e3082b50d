"""Words decide where nearly the whole query is there; meaning decides the rest."""

import numpy as np
import pytest

from search.ranking import (
    SHRINKAGE,
    THEME_SHRINKAGE,
    Expectation,
    find_theme,
    fuse,
    leave_theme,
    shrink_statistics,
    standardise,
)


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
    assert mixed.mean[1] == pytest.approx(0.3, abs=0.02)
    assert mixed.spread[1] == pytest.approx(0.1, abs=0.01)


def test_a_language_without_documents_has_the_stored_scale() -> None:
    stored = Expectation(np.array([0.1], np.float32), np.array([0.2], np.float32))

    mixed = shrink_statistics(np.zeros(0, np.float32), np.zeros(0, np.int16), stored)

    assert (mixed.mean[0], mixed.spread[0]) == (pytest.approx(0.1), pytest.approx(0.2))


def test_the_theme_is_what_every_language_s_documents_have_in_common() -> None:
    # Many of the first language lean to the second axis as well, those of the second language do not.
    many, few = 4_000, 2_000
    vectors = np.array([[1.0, 1.0, 0.0]] * many + [[1.0, -1.0, 0.0]] * few, np.float32) / np.sqrt(np.float32(2))
    languages = np.array([0] * many + [1] * few, np.int16)

    theme = find_theme(vectors, languages)

    assert theme == pytest.approx([0.707, 0.0, 0.0], abs=0.02)


def test_a_handful_of_documents_is_hardly_a_theme() -> None:
    one = np.array([[1.0, 0.0]], np.float32)

    assert find_theme(one, np.zeros(1, np.int16)) == pytest.approx([1 / (1 + THEME_SHRINKAGE), 0.0])
    assert find_theme(one[:0], np.zeros(0, np.int16)) == pytest.approx([0.0, 0.0])


def test_a_query_without_the_theme_prefers_what_is_about_its_own_subject() -> None:
    theme = np.array([1.0, 0.0, 0.0], np.float32)
    query = np.array([0.6, 0.8, 0.0], np.float32)
    general, special = np.array([1.0, 0.0, 0.0], np.float32), np.array([0.0, 0.7, 0.7], np.float32)

    rest = leave_theme(query, theme)

    assert np.linalg.norm(rest) == pytest.approx(1.0)
    assert query @ general > query @ special
    assert rest @ general < rest @ special
