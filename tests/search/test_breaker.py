"""A cluster that fails again and again is left alone for a moment."""

import pytest

from search.elastic.connection import FAILURES, PAUSE_SECONDS, Breaker
from search.port import SearchUnavailable


class Cluster:
    """Fails while it is away, and counts who asked."""

    def __init__(self) -> None:
        self.away = True
        self.asked = 0
        self.now = 0.0
        self.breaker = Breaker(clock=lambda: self.now)

    def ask(self) -> bool:
        """Whether there was an answer."""
        try:
            with self.breaker.trying():
                self.asked += 1
                if self.away:
                    raise SearchUnavailable
        except SearchUnavailable:
            return False
        return True


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


def test_after_some_failures_in_a_row_nobody_asks(cluster: Cluster) -> None:
    assert [cluster.ask() for _ in range(FAILURES + 10)] == [False] * (FAILURES + 10)
    assert cluster.asked == FAILURES


def test_after_the_pause_one_asks_and_the_others_wait_for_what_comes_of_it(cluster: Cluster) -> None:
    for _ in range(FAILURES):
        cluster.ask()
    cluster.now += PAUSE_SECONDS

    assert [cluster.ask() for _ in range(5)] == [False] * 5
    assert cluster.asked == FAILURES + 1


def test_one_answer_opens_the_way_again(cluster: Cluster) -> None:
    for _ in range(FAILURES):
        cluster.ask()
    cluster.away = False
    assert cluster.ask() is False
    cluster.now += PAUSE_SECONDS

    assert [cluster.ask() for _ in range(5)] == [True] * 5


def test_failures_that_are_not_in_a_row_do_no_harm(cluster: Cluster) -> None:
    for _ in range(5 * FAILURES):
        cluster.away = not cluster.away
        cluster.ask()

    assert cluster.asked == 5 * FAILURES


def test_what_is_no_failure_of_the_cluster_counts_for_nothing(cluster: Cluster) -> None:
    for _ in range(2 * FAILURES):
        with pytest.raises(KeyError), cluster.breaker.trying():
            raise KeyError
    cluster.away = False

    assert cluster.ask()
