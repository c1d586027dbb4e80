"""What a GO shows is drawn before the button is pressed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from installation.picture.source import LayerPicture
from installation.picture.supply.governor import Rung
from installation.picture.supply.live_supply import LiveSupply
from installation.player.standby import Standby
from installation.show.control import Message
from installation.show.playing.performance import Performance
from installation.show.score import CUT, Score, Transition
from tests.picture.shots import host_pixels
from tests.picture.show_of_one import CountingDecoder
from tests.show.scores import DISSOLVE, MORPH, cue, layer, score, showing, walking

SIZES = {"left": (64, 36)}
KEYS = Rung(0.5, 0.5)


def three_walks(transition: Transition) -> Score:
    """Cues that stay, each a walk of its own, at ten frames a second."""
    return score(
        *(cue(name, layer(showing(walking(name, f"{name}2"))), transition=transition, seconds=100.0) for name in "abc")
    )


class Evening:
    """A show on a machine that draws while it must, and stops drawing when it is told to."""

    def __init__(self, score: Score, rung: Rung = KEYS) -> None:
        self.performance = Performance(score, SIZES)
        self.decoder = CountingDecoder()
        self.supply = LiveSupply(self.decoder, self.performance.frame_at, 10.0, lambda: 0.0, fixed=rung)
        self.standby = Standby(self.performance, self.supply, lambda: SIZES)
        self.frame_number = -1

    def step(self, *messages: Message) -> dict[str, list[LayerPicture]]:
        """One frame; gives what each cue shows in it. Then what was ordered is drawn, unless the decoder is stopped."""
        self.frame_number += 1
        self.performance.follow(messages, self.frame_number)
        frame = self.performance.frame_at(self.frame_number)
        sources = self.supply.sources(frame, SIZES)
        self.standby.look(self.frame_number)
        if self.decoder.open.is_set():
            with self.supply._queue._changed:
                jobs = list(self.supply._queue._jobs.values())
            for job in jobs:
                assert job.finished.wait(10)
        shown: dict[str, list[LayerPicture]] = {}
        for (_, number, _), source in sources.items():
            shown.setdefault(frame.outputs[0].cues[number].cue, []).append(source)
        return shown

    def go(self, target: str) -> dict[str, list[LayerPicture]]:
        return self.step(Message(self.frame_number + 1, 0, "go", target))


@pytest.fixture
def evening(request: pytest.FixtureRequest) -> Iterator[Evening]:
    show = Evening(three_walks(getattr(request, "param", CUT)))
    with show.supply:
        for _ in range(30):
            show.step()
        yield show


def widths(source: LayerPicture) -> set[int]:
    return {picture.pixels.shape[1] for picture, _ in source.parts}


def red(source: LayerPicture) -> float:
    return sum(float(host_pixels(picture)[0, 0, 0]) * weight for picture, weight in source.parts)


@pytest.mark.parametrize("evening", [CUT, DISSOLVE], indirect=True, ids=["cut", "dissolve"])
def test_after_go_every_frame_shows_pictures_that_were_drawn_before(evening: Evening) -> None:
    evening.decoder.open.clear()
    seen = [evening.go("b")["b"], *(evening.step()["b"] for _ in range(4))]
    assert [red(source) for (source,) in seen] == pytest.approx([1.0, 0.81, 0.62, 0.43, 0.24], abs=2e-3)
    assert all(widths(source) == {34} for (source,) in seen), "as fine as the rest of the show"
    assert evening.supply.statistics().late == 0
    evening.decoder.open.set()


def test_a_cue_that_is_put_on_standby_is_ready_soon_and_the_one_before_it_is_let_go(evening: Evening) -> None:
    held = len(evening.supply._queue._jobs)
    assert evening.standby.is_ready
    evening.step(Message(evening.frame_number + 1, 0, "load", "c"))
    assert not evening.standby.is_ready
    for _ in range(5):
        evening.step()
    assert evening.standby.is_ready
    evening.decoder.open.clear()
    (source,) = evening.go("c")["c"]
    assert (red(source), widths(source)) == (1.0, {34})
    assert len(evening.supply._queue._jobs) <= held + 2
    evening.decoder.open.set()


def test_a_fader_on_its_way_lets_go_of_nothing_and_its_new_place_is_ready_too(evening: Evening) -> None:
    for number in range(10):
        evening.step(Message(evening.frame_number + 1, 0, "set", "/master", number / 10))
        assert evening.standby.is_ready


def test_while_nothing_changes_nothing_is_drawn_twice(evening: Evening) -> None:
    ordered = zip(evening.decoder.orders, evening.decoder.neurons(), strict=True)
    drawn = [order for order, name in ordered if name.startswith("b")]
    assert len(drawn) == len(set(drawn)) == 2


def test_pictures_of_the_running_show_come_before_those_of_the_cue_on_standby(evening: Evening) -> None:
    queue = evening.supply._queue
    evening.decoder.open.clear()
    evening.step(Message(evening.frame_number + 1, 0, "load", "c"))
    for _ in range(8):
        evening.step()
    drawn = len(evening.decoder.orders)
    evening.decoder.open.set()
    with queue._changed:
        jobs = list(queue._jobs.values())
    for job in jobs:
        assert job.finished.wait(10)
    names = evening.decoder.neurons()[drawn:]
    assert names.index("c") > max(index for index, name in enumerate(names) if name.startswith("a"))


@pytest.mark.parametrize("evening", [MORPH], indirect=True, ids=["morph"])
def test_a_morph_goes_on_with_the_pictures_that_are_seen(evening: Evening) -> None:
    assert not any(name.startswith("b") for name in evening.decoder.neurons())
    before = red(evening.step()["a"][0])
    evening.decoder.open.clear()
    (source,) = evening.go("b")["b"]
    assert red(source) == pytest.approx(before + 0.01, abs=2e-3), "the walk goes on"
    assert widths(source) == {34}
    evening.decoder.open.set()


def test_where_the_score_ends_nothing_is_on_standby() -> None:
    show = Evening(score(cue("a"), loop=False))
    with show.supply:
        for _ in range(12):
            show.step()
        assert not show.standby.is_ready
        assert set(show.decoder.neurons()) == {"a"}
