"""What is left to chance: drawn by names, the same everywhere, and untouched by what is edited elsewhere."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from installation.show.chance import Dice
from installation.show.compiled_score import compiled
from installation.show.control import Message, fold, initial_control
from installation.show.evaluate import evaluate
from installation.show.expressions import Between
from installation.show.frame import LatentPoint, LayerFrame
from installation.show.score import Choice, Leg, Score, Stretch, TakesChoice, ViewKeyframe, Walk, Way
from tests.show.scores import cue, layer, score, showing

POOL = tuple(f"n/l/{number}" for number in range(6))


@given(st.integers(0, 9), st.integers(0, 99), st.text(max_size=8))
def test_a_draw_is_a_share_and_always_the_same(seed: int, count: int, place: str) -> None:
    share = Dice(seed, "a", count).share(place)
    assert 0.0 <= share < 1.0
    assert share == Dice(seed, "a", count).share(place)


def test_every_word_of_a_draw_counts() -> None:
    dice = Dice(1, "a", 2, "2027-03-01")
    others = [replace(dice, seed=2), replace(dice, cue="b"), replace(dice, count=3), replace(dice, day="2027-03-02")]
    assert len({one.share("x") for one in [dice, *others]} | {dice.share("y")}) == 6


def test_draws_are_spread_evenly() -> None:
    shares = [Dice(0, "a", count).share("x") for count in range(4000)]
    tenths = [sum(low / 10 <= one < (low + 1) / 10 for one in shares) for low in range(10)]
    assert all(330 < count < 470 for count in tenths)


def test_a_shuffle_has_everything_once_and_one_more_leaves_the_order_of_the_others() -> None:
    for count in range(20):
        order = Dice(0, "a", count).shuffled(POOL, "walk")
        assert sorted(order) == list(POOL)
        longer = Dice(0, "a", count).shuffled((*POOL, "n/l/new"), "walk")
        assert [one for one in longer if one != "n/l/new"] == list(order)
    assert len({Dice(0, "a", count).shuffled(POOL, "walk") for count in range(20)}) > 15


def drawn_zoom(show: Score, seconds: float, *messages: Message) -> float:
    return shown(show, seconds, *messages).shot.view.zoom


def shown(show: Score, seconds: float, *messages: Message) -> LayerFrame:
    control = fold(messages, initial_control(show), compiled(show).course.apply)
    return evaluate(show, round(seconds * 10), control).outputs[0].cues[-1].layers[0]


def zooming(**changes: Any) -> Score:
    chancy = cue("a", layer(showing("n/l/0", ViewKeyframe(0.0, zoom=Between(1.0, 3.0, "zoom")))))
    return replace(score(replace(chancy, has_chance=True), cue("b")), **changes)


def test_a_number_is_drawn_whenever_its_cue_is_entered_and_stays_meanwhile() -> None:
    show = zooming()
    laps = [drawn_zoom(show, 20 * lap + 1) for lap in range(8)]
    assert all(1.0 <= one <= 3.0 for one in laps)
    assert len(set(laps)) == 8
    assert laps == [drawn_zoom(show, 20 * lap + 9) for lap in range(8)]
    assert laps != [drawn_zoom(replace(show, seed=1), 20 * lap + 1) for lap in range(8)]


def test_a_go_draws_anew_and_going_back_to_the_start_draws_as_at_first() -> None:
    show = zooming()
    first, second = drawn_zoom(show, 1), drawn_zoom(show, 21)
    assert drawn_zoom(show, 6, Message(50, 0, "go", "a")) == second
    assert drawn_zoom(show, 6, Message(45, 0, "go", "a"), Message(50, 0, "locate")) == first


def test_a_day_of_the_house_draws_anew_where_the_score_is_daily() -> None:
    monday, tuesday = (Message(0, 0, "day", f"2027-03-0{number}") for number in (1, 2))
    show = zooming(daily=True)
    assert drawn_zoom(show, 21, monday) != drawn_zoom(show, 21, tuesday)
    assert drawn_zoom(replace(show, day="2027-03-01"), 21) == drawn_zoom(show, 21, replace(monday))
    assert drawn_zoom(show, 1, monday) != drawn_zoom(show, 1, tuesday), "the day on which the show begins"
    later = Message(250, 0, "day", "2027-03-02")
    assert drawn_zoom(show, 27, monday, later) == drawn_zoom(show, 27, monday), "what plays goes on"
    opens = Message(300, 1, "go", "a")
    assert drawn_zoom(show, 31, monday, later, opens) == drawn_zoom(replace(show, day="2027-03-02"), 1)
    same = zooming()
    assert drawn_zoom(same, 21, monday) == drawn_zoom(same, 21)


def test_neurons_that_chance_picks_are_never_twice_the_same_in_one_choice() -> None:
    choice = Choice("walk", POOL, 3)
    legs = tuple(Leg(a, b, at * 5.0, at * 5.0 + 5.0) for at, (a, b) in enumerate(pairwise(choice.addresses)))
    ways = tuple(Way(a, b, (Stretch(a, b, 1.0 + int(b[-1])),)) for a in POOL for b in POOL if a != b)
    take = showing(Walk(legs, 10.0))
    show = replace(score(replace(cue("a", layer(take)), choices=(choice,), has_chance=True)), ways=ways)
    seen: set[str] = set()
    for lap in range(12):
        ends = []
        for seconds in (0.0, 9.9):
            point = shown(show, 10 * lap + seconds).shot.subject
            assert isinstance(point, LatentPoint)
            ends += [neuron for neuron, share in point.shares if share > 0.9]
        assert len(ends) == len(set(ends)) == 2
        assert set(ends) <= set(POOL)
        seen |= set(ends)
    assert len(seen) > 3


def test_takes_that_chance_picks_come_in_an_order_of_its_own() -> None:
    takes = [showing(address) for address in POOL]
    several = replace(layer(*takes), choice=TakesChoice("takes", 2, POOL))
    show = score(replace(cue("a", several), has_chance=True))
    firsts = {shown(show, 10 * lap).shot.subject for lap in range(20)}
    assert len(firsts) > 3
