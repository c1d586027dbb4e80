"""Layers show more than neurons: every kind is drawn by its own drawer, and all else treats it alike."""

from __future__ import annotations

import numpy as np

from installation.picture.order import Order
from installation.picture.sources.subject_decoder import SubjectDecoder
from installation.picture.supply.governor import Rung
from installation.picture.supply.live_supply import LiveSupply
from installation.picture.supply.supply import ExactSupply
from installation.show.frame import Frame, LayerFrame, Shot, View
from tests.picture.shots import host_pixels
from tests.picture.show_of_one import ONE, SIZES, CountingDecoder, frame_of, standing
from tests.picture.sources.flags import flag, flags

WALL = ("wall", 0, 0)
COARSE = Rung(0.25, 10 / 30)
WHOLE = View()


def flag_layer(red: float = 1.0, view: View = WHOLE) -> LayerFrame:
    return LayerFrame("flag", Shot(flag(red), view))


def test_each_kind_is_drawn_by_its_own_drawer_in_the_order_in_which_they_were_asked_for() -> None:
    neurons = CountingDecoder()
    with flags() as drawer:
        decoder = SubjectDecoder(neurons)
        orders = [Order(Shot(subject, WHOLE), 4, 4) for subject in (flag(0.5), ONE, flag(0.25))]
        pictures = decoder.decode_all(orders)
        assert [host_pixels(picture)[0, 0, 0] for picture in pictures] == [0.5, 1.0, 0.25]
        assert [picture.has_alpha for picture in pictures] == [True, False, True]
        decoder.close()
        assert drawer.closed == neurons.closed == 1


def test_a_show_without_a_kind_never_opens_its_drawer() -> None:
    with flags() as drawer:
        decoder = SubjectDecoder(CountingDecoder())
        decoder.decode(Shot(ONE, WHOLE), 4, 4)
        decoder.close()
        assert drawer.closed == 0


def test_films_and_stills_draw_it_for_its_own_pixels_and_once_while_it_stands() -> None:
    with flags() as drawer, ExactSupply(CountingDecoder(), supersampled=True) as supply:
        for number in range(3):
            found = supply.sources(frame_of(number, flag_layer(), standing()), SIZES)
        assert [(order.width, order.height, order.softness) for order in drawer.orders] == [(64, 36, 0.0)]
        assert found[WALL].has_alpha
        assert not found["wall", 0, 1].has_alpha


def test_on_a_slow_machine_it_stays_as_fine_as_the_output() -> None:
    with (
        flags() as drawer,
        LiveSupply(
            CountingDecoder(), lambda number: frame_of(number, flag_layer()), 30.0, lambda: 0.0, fixed=COARSE
        ) as supply,
    ):
        for number in range(40):
            supply.sources(frame_of(number, flag_layer()), SIZES)
        assert len(drawer.orders) == 1
        assert drawer.orders[0].width >= 64


def test_what_moves_has_a_picture_of_every_frame_where_neurons_have_few() -> None:
    def frame_at(number: int) -> Frame:
        return frame_of(number, flag_layer(number / 64))

    neurons = CountingDecoder()
    with (
        flags(every_frame=True),
        LiveSupply(neurons, frame_at, 30.0, lambda: 0.0, fixed=COARSE) as supply,
    ):
        seen = []
        for number in range(20):
            found = supply.sources(frame_at(number), SIZES)
            for job in list(supply._queue._jobs.values()):
                assert job.finished.wait(10)
            ((picture, weight),) = found[WALL].parts
            seen.append((float(host_pixels(picture)[0, 0, 0]), weight))
        assert np.allclose([red for red, _ in seen][4:], [number / 64 for number in range(4, 20)])
        assert {weight for _, weight in seen} == {1.0}


def test_how_long_it_takes_says_nothing_of_neurons() -> None:
    with (
        flags(),
        LiveSupply(CountingDecoder(), lambda number: frame_of(number, flag_layer()), 30.0, lambda: 0.0) as supply,
    ):
        supply.sources(frame_of(0, flag_layer()), SIZES)
        for job in list(supply._queue._jobs.values()):
            assert job.finished.wait(10)
        assert supply._queue.measured() == []
        assert supply._lookahead.demands == {}
