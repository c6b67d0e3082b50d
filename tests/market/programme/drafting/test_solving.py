"""Small drafts of which one knows the answer, and what holds for all of them."""

import threading
from collections import defaultdict
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.programme.drafting.occupancy import Occupancy, list_spans, mask_of
from market.programme.drafting.problem import (
    Person,
    Place,
    Problem,
    Proposal,
    Reason,
    RoomToFill,
    SessionToPlace,
    Span,
    Taken,
    Unplaced,
    rate_all,
)
from market.programme.drafting.solve import Search
from market.programme.drafting.splitting import split_by_day

HALL, CABIN = RoomToFill(UUID(int=1), 100), RoomToFill(UUID(int=2), 20)
TRACK = UUID(int=9)
DAY = (Span(0, 4),)
TWO_DAYS = (Span(0, 4), Span(4, 8))


def session(number: int, length: int = 2, **fields: object) -> SessionToPlace:
    return SessionToPlace(UUID(int=100 + number), length, **fields)  # type: ignore[arg-type] # fields by their names


def draft(problem: Problem, *, seconds: float = 2, most: int = 300) -> Proposal:
    return Search(problem, seconds=seconds, workers=1, most=most).run()


def places(proposal: Proposal) -> dict[int, tuple[int, int]]:
    """Number of a session → its start and the number of its room."""
    return {id_.int - 100: (place.start, place.room.int) for id_, place in proposal.places.items()}


def reasons(proposal: Proposal) -> dict[int, Unplaced]:
    return {id_.int - 100: one for id_, one in proposal.unplaced.items()}


def test_what_fits_is_placed_early_and_in_rooms_that_are_big_enough_and_no_bigger_than_needed() -> None:
    problem = Problem(DAY, (HALL, CABIN), (session(1, size=80), session(2, size=15), session(3, size=15)))

    proposal = draft(problem)

    found = places(proposal)
    assert (found[1], sorted((found[2], found[3]))) == ((0, 1), [(0, 2), (2, 2)])
    assert (dict(proposal.unplaced), proposal.value) == ({}, proposal.bound)


def test_what_is_too_much_is_left_out_with_its_reason_and_the_weightier_ones_are_placed() -> None:
    problem = Problem(DAY, (HALL,), (session(1, weight=1), session(2, weight=3), session(3, weight=2)))

    proposal = draft(problem)

    assert set(places(proposal)) == {2, 3}
    assert reasons(proposal) == {1: Unplaced(Reason.NO_TIME)}


def test_what_stands_already_stays_free_of_others() -> None:
    taken = (Taken(Span(0, 2), HALL.id),)

    assert places(draft(Problem(DAY, (HALL,), (session(1),), taken))) == {1: (2, 1)}


def test_what_stands_in_its_own_way_is_no_fault_of_the_draft() -> None:
    """Two that are taken in one room, of one person, beyond the track's and the interpreters' limits."""
    one = Taken(Span(0, 2), HALL.id, frozenset({"lan"}), TRACK, frozenset({"zh-vi"}))
    problem = Problem(
        DAY, (HALL,), (session(1, persons=frozenset({"lan"}), track=TRACK, interpreted=frozenset({"zh-vi"})),),
        (one, one), {"lan": Person("Lan")}, 1, {"zh-vi": 1},
    )  # fmt: skip

    assert places(draft(problem)) == {1: (2, 1)}


def test_nobody_is_in_two_places_and_who_is_bound_elsewhere_is_waited_for() -> None:
    lan = frozenset({"lan"})
    persons = {"lan": Person("Lan", bound=(Span(0, 1),))}
    problem = Problem(TWO_DAYS, (HALL, CABIN), (session(1, persons=lan), session(2, persons=lan)), persons=persons)

    starts = sorted(start for start, _room in places(draft(problem)).values())

    assert starts[0] in (1, 2)
    assert starts[1] >= starts[0] + 2


@pytest.mark.parametrize(
    ("changes", "fields", "reason"),
    [
        ({"rooms": (CABIN,)}, {"size": 50}, Unplaced(Reason.NO_ROOM)),
        ({}, {"length": 5}, Unplaced(Reason.OUTSIDE)),
        ({}, {"start": 3}, Unplaced(Reason.OUTSIDE)),
        ({"taken": (Taken(Span(1, 3), HALL.id),)}, {}, Unplaced(Reason.NO_TIME)),
        (
            {"persons": {"lan": Person("Lan", present=(Span(0, 1),)), "wei": Person("Wei")}},
            {"persons": frozenset({"lan", "wei"})},
            Unplaced(Reason.PERSONS, ("Lan",)),
        ),
        (
            {"taken": (Taken(Span(0, 4), track=TRACK),), "track_limit": 1},
            {"track": TRACK},
            Unplaced(Reason.TRACK),
        ),
        (
            {"taken": (Taken(Span(1, 3), interpreted=frozenset({"zh-vi"})),), "interpreters": {"zh-vi": 1}},
            {"interpreted": frozenset({"zh-vi"})},
            Unplaced(Reason.INTERPRETERS),
        ),
        ({"interpreters": {"zh-vi": 0}}, {"interpreted": frozenset({"zh-vi"})}, Unplaced(Reason.INTERPRETERS)),
        (
            {
                "persons": {"lan": Person("Lan", bound=(Span(0, 2),))},
                "taken": (Taken(Span(2, 4), track=TRACK),),
                "track_limit": 1,
            },
            {"persons": frozenset({"lan"}), "track": TRACK},
            Unplaced(Reason.SEVERAL),
        ),
    ],
    ids=["room", "long", "own time", "time", "person", "track", "interpreters", "no interpreter", "several"],
)
def test_the_reason_is_the_one_that_leaves_no_place(
    changes: dict[str, object], fields: dict[str, object], reason: Unplaced
) -> None:
    usual: dict[str, object] = {"days": DAY, "rooms": (HALL,), "sessions": (session(1, **{"length": 2, **fields}),)}  # type: ignore[arg-type] # as above

    proposal = draft(Problem(**{**usual, **changes}))  # type: ignore[arg-type] # as above

    assert reasons(proposal) == {1: reason}


def test_a_track_has_no_more_at_once_than_it_may() -> None:
    sessions = tuple(session(number, track=TRACK) for number in range(3))

    proposal = draft(Problem(DAY, (HALL, CABIN), sessions, track_limit=1))

    assert sorted(start for start, _room in places(proposal).values()) == [0, 2]
    assert [one.reason for one in proposal.unplaced.values()] == [Reason.TRACK]


def test_interpreters_are_shared_by_all_that_need_them() -> None:
    pair = frozenset({"zh-vi"})
    sessions = tuple(session(number, interpreted=pair) for number in range(3))

    proposal = draft(Problem(DAY, (HALL, CABIN), sessions, interpreters={"zh-vi": 1}))

    assert sorted(start for start, _room in places(proposal).values()) == [0, 2]
    assert [one.reason for one in proposal.unplaced.values()] == [Reason.INTERPRETERS]


def test_a_wanted_day_and_room_are_kept_where_they_can_be_and_given_up_rather_than_the_session() -> None:
    wishes = {"wanted_day": 1, "wanted_room": HALL.id}
    sessions = (session(1, length=4, **wishes), session(2, length=4, **wishes))

    found = places(draft(Problem(TWO_DAYS, (HALL,), sessions)))

    assert sorted(found.values()) == [(0, 1), (4, 1)]
    assert places(draft(Problem(TWO_DAYS, (CABIN, HALL), sessions[:1]))) == {1: (4, 1)}


def test_its_own_time_is_kept_and_a_room_is_found_for_it() -> None:
    taken = (Taken(Span(2, 3), CABIN.id),)

    assert places(draft(Problem(DAY, (CABIN, HALL), (session(1, start=2),), taken))) == {1: (2, 1)}


def test_a_session_never_goes_on_into_the_next_day() -> None:
    problem = Problem((Span(0, 3), Span(3, 6)), (HALL,), (session(1), session(2), session(3)))

    proposal = draft(problem)

    assert sorted(start for start, _room in places(proposal).values()) == [0, 3]


def test_a_search_that_is_stopped_answers_what_it_has() -> None:
    sessions = tuple(
        session(number, length=1 + number % 4, persons=frozenset({str(number % 9)})) for number in range(60)
    )
    search = Search(Problem(tuple(Span(4 * n, 4 * n + 4) for n in range(6)), (HALL, CABIN), sessions), seconds=600)
    timer = threading.Timer(0.3, search.stop)
    timer.start()

    proposal = search.run()

    timer.join()
    assert len(proposal.places) + len(proposal.unplaced) == 60
    assert search.progress.placed == len(proposal.places)


def test_a_search_that_is_stopped_before_it_begins_answers_at_once() -> None:
    search = Search(Problem(DAY, (HALL,), (session(1),)), seconds=600)
    search.stop()

    assert places(search.run()) == {1: (0, 1)}


def test_many_sessions_are_cut_by_day_and_a_track_stays_on_one() -> None:
    other = UUID(int=8)
    sessions = tuple(session(number, 1, track=TRACK if number % 2 else other) for number in range(8))
    problem = Problem(TWO_DAYS, (HALL, CABIN), sessions)

    parts = split_by_day(problem, most=4)

    assert [len(part.sessions) for part in parts] == [4, 4]
    proposal = draft(problem, most=4)
    check(problem, proposal)
    assert len(proposal.places) == 8


def check(problem: Problem, proposal: Proposal) -> None:
    """That nothing is where it cannot be."""
    sessions = {one.id: one for one in problem.sessions}
    rooms = {room.id: room for room in problem.rooms}
    assert set(proposal.places) | set(proposal.unplaced) == set(sessions)
    assert not set(proposal.places) & set(proposal.unplaced)
    used: dict[object, list[int]] = defaultdict(list)
    for id_, place in proposal.places.items():
        one = sessions[id_]
        slots = range(place.start, place.start + one.length)
        assert any(day.start <= slots[0] and slots[-1] < day.end for day in problem.days)
        assert rooms[place.room].holds(one.size)
        assert one.start in (None, place.start)
        for key in (place.room, *one.persons):
            used[key].extend(slots)
        used["track", one.track].extend(slots)
        for pair in one.interpreted:
            used["pair", pair].extend(slots)
    for taken in problem.taken:
        slots = range(taken.span.start, taken.span.end)
        for key in (*((taken.room,) if taken.room else ()), *taken.persons):
            if key in used:
                assert not set(slots) & set(used[key])
    for key, taken_slots in used.items():
        limit = 1
        if isinstance(key, tuple):
            limit = problem.interpreters.get(key[1], 99) if key[0] == "pair" else (problem.track_limit or 99)
            limit = 99 if key == ("track", None) else limit
        assert max(taken_slots.count(slot) for slot in taken_slots) <= limit
    assert proposal.value == rate_all(problem, proposal.places) <= proposal.bound


SPANS = st.tuples(st.integers(0, 11), st.integers(1, 4)).map(lambda pair: Span(pair[0], pair[0] + pair[1]))
NAMES = st.frozensets(st.sampled_from(["lan", "wei", "mai"]), max_size=2)
PAIRS = st.frozensets(st.just("zh-vi"), max_size=1)
TRACKS = st.sampled_from([None, TRACK])
ROOMS = st.sampled_from([None, HALL.id, CABIN.id])
PROBLEMS = st.builds(
    Problem,
    days=st.just((Span(0, 4), Span(4, 8), Span(8, 12))),
    rooms=st.sampled_from([(HALL,), (HALL, CABIN)]),
    sessions=st.lists(
        st.builds(
            SessionToPlace, id=st.uuids(), length=st.integers(1, 5), size=st.sampled_from([None, 10, 50, 500]),
            persons=NAMES, track=TRACKS, interpreted=PAIRS, weight=st.integers(1, 3),
            start=st.sampled_from([None, None, 2, 5]), wanted_day=st.sampled_from([None, 0, 2]), wanted_room=ROOMS,
        ),
        max_size=8, unique_by=lambda one: one.id,
    ).map(tuple),
    taken=st.lists(
        st.builds(Taken, span=SPANS, room=ROOMS, persons=NAMES, track=TRACKS, interpreted=PAIRS), max_size=3
    ).map(tuple),
    persons=st.fixed_dictionaries({
        name: st.builds(
            Person, name=st.just(name), present=st.sampled_from([None, (Span(0, 6),)]),
            bound=st.lists(SPANS, max_size=1).map(tuple),
        )
        for name in ("lan", "wei", "mai")
    }),
    track_limit=st.sampled_from([None, 1]),
    interpreters=st.sampled_from([{}, {"zh-vi": 1}]),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(PROBLEMS, st.sampled_from([2, 300]))
def test_whatever_is_asked_nothing_is_where_it_cannot_be_and_the_rest_has_a_reason(problem: Problem, most: int) -> None:
    check(problem, draft(problem, seconds=1, most=most))


@settings(max_examples=60, deadline=None)
@given(PROBLEMS)
def test_what_a_draft_left_out_fits_nowhere_beside_what_it_placed(problem: Problem) -> None:
    proposal = draft(problem, seconds=1)

    occupancy = Occupancy(problem)
    for one in problem.sessions:
        if one.id in proposal.places:
            occupancy.put(one, proposal.places[one.id])
    assert [occupancy.find_best_place(one) for one in problem.sessions if one.id in proposal.unplaced] == [
        None for _one in proposal.unplaced
    ]


@given(st.lists(SPANS, max_size=4))
def test_a_mask_and_its_runs_say_the_same(spans: list[Span]) -> None:
    runs = list_spans(mask_of(spans))

    assert mask_of(runs) == mask_of(spans)
    assert all(one.end < other.start for one, other in pairwise(runs))


def test_a_seed_makes_the_same_draft_twice() -> None:
    problem = Problem(TWO_DAYS, (HALL, CABIN), tuple(session(number, 1 + number % 3) for number in range(7)))

    assert draft(problem).places == draft(problem).places


def test_a_place_that_is_taken_is_offered_to_nobody() -> None:
    problem = Problem(DAY, (HALL,), (session(1), session(2)))
    occupancy = Occupancy(problem)

    occupancy.put(problem.sessions[0], Place(0, HALL.id))

    assert occupancy.find_best_place(problem.sessions[1]) == Place(2, HALL.id)
