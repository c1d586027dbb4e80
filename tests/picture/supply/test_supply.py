"""What the mixer gets to draw: exact pictures for film and stills, key pictures for a running show."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
import pytest

from installation.errors import DeviceError
from installation.picture.order import Order
from installation.picture.pixel_map import PixelMap
from installation.picture.source import DecodedPicture, LayerPicture
from installation.picture.supply.cache import MAX_PICTURES, PictureCache
from installation.picture.supply.governor import LADDER, Rung
from installation.picture.supply.key_pictures import serves
from installation.picture.supply.live_supply import LiveSupply
from installation.picture.supply.supply import ExactSupply
from installation.show.frame import Frame, LatentPoint, Place, Shot, View
from tests.picture.shots import host_pixels
from tests.picture.show_of_one import ONE, SIZES, CountingDecoder, frame_of, standing, walking

KEYS = Rung(0.5, 5 / 30)
WALL = ("wall", 0, 0)


@contextmanager
def live(
    frame_at: Callable[[int], Frame], decoder: CountingDecoder | None = None, rung: Rung = KEYS
) -> Iterator[LiveSupply]:
    with LiveSupply(decoder or CountingDecoder(), frame_at, 30.0, lambda: 0.0, fixed=rung) as supply:
        yield supply


def settle(supply: LiveSupply) -> None:
    """Wait until everything that was ordered is drawn."""
    with supply._queue._changed:
        jobs = list(supply._queue._jobs.values())
    for job in jobs:
        assert job.finished.wait(10)


def play(supply: LiveSupply, frame_at: Callable[[int], Frame], numbers: range) -> list[LayerPicture]:
    seen = []
    for number in numbers:
        seen.append(supply.sources(frame_at(number), SIZES)[WALL])
        settle(supply)
    return seen


def red(source: LayerPicture) -> float:
    return sum(float(host_pixels(picture)[0, 0, 0]) * weight for picture, weight in source.parts)


def test_film_and_stills_get_every_shot_decoded_for_its_own_pixels() -> None:
    decoder = CountingDecoder()
    with ExactSupply(decoder) as supply:
        layer = standing(View(zoom=2.0))
        found = supply.sources(frame_of(0, layer), SIZES)
    assert decoder.orders == [Order(layer.shot, 64, 36)]
    ((picture, weight),) = found[WALL].parts
    assert (picture.view, weight, found[WALL].view) == (View(zoom=2.0), 1.0, View(zoom=2.0))
    assert decoder.closed


def test_equal_shots_on_several_outputs_are_decoded_once_and_again_not_at_all() -> None:
    decoder = CountingDecoder()
    with ExactSupply(decoder) as supply:
        sizes = {"left": (64, 36), "right": (64, 36)}
        found = supply.sources(frame_of(0, standing(), outputs=("left", "right")), sizes)
        supply.sources(frame_of(1, standing(), outputs=("left", "right")), sizes)
        assert found["left", 0, 0].parts[0][0] is found["right", 0, 0].parts[0][0]
        assert (supply.statistics().decoded, supply.statistics().reused) == (1, 3)


def test_a_film_stops_where_a_picture_cannot_be_decoded() -> None:
    decoder = CountingDecoder()
    decoder.fails = True
    with ExactSupply(decoder) as supply, pytest.raises(DeviceError, match="the card is gone"):
        supply.sources(frame_of(0, standing()), SIZES)


def test_outputs_that_are_not_shown_and_places_without_pixels_cost_nothing() -> None:
    decoder = CountingDecoder()
    with ExactSupply(decoder) as supply:
        sliver = standing()
        assert not supply.sources(frame_of(0, standing(), outputs=("elsewhere",)), SIZES)
        thin = type(sliver)("thin", sliver.shot, Place(0.0, 0.0, 0.001, 1.0))
        assert not supply.sources(frame_of(0, thin), SIZES)
    assert decoder.orders == []


def test_the_cache_forgets_what_nobody_asked_for_longest() -> None:
    decoder = CountingDecoder()
    orders = [Order(standing(View(x=x)).shot, 8, 8) for x in (0.0, 0.1, 0.2)]
    pictures = [decoder.decode(*order[:3]) for order in orders]
    cache = PictureCache(2 * pictures[0].pixels.nbytes)
    cache.put(orders[0], pictures[0])
    cache.put(orders[1], pictures[1])
    assert cache.get(orders[0]) is pictures[0]
    cache.put(orders[2], pictures[2])
    assert cache.get(orders[1]) is None
    assert cache.get(orders[0]) is pictures[0]
    assert cache.size_bytes == 2 * pictures[0].pixels.nbytes


def test_key_pictures_are_decoded_every_key_step_and_cross_faded_evenly() -> None:
    def frame_at(number: int) -> Frame:
        return frame_of(number, walking(number))

    decoder = CountingDecoder()
    with live(frame_at, decoder) as supply:
        seen = play(supply, frame_at, range(40))
    shares = [red(source) for source in seen[5:]]
    assert shares == pytest.approx([number / 1000 for number in range(5, 40)], abs=1e-3)
    assert len(decoder.orders) <= 40 / 5 + 4
    assert all(sum(weight for _, weight in source.parts) == pytest.approx(1.0) for source in seen)
    assert supply.statistics().late == 0
    assert supply.statistics().quality == {"wall": 0.5}
    assert supply.statistics().key_step_frames == 5


def test_every_key_picture_shows_all_that_the_camera_sees_while_it_is_shown() -> None:
    def frame_at(number: int) -> Frame:
        seconds = number / 30
        return frame_of(number, walking(number, View(0.3 * seconds, -0.1 * seconds, 1.2**seconds, 40 * seconds)))

    with live(frame_at) as supply:
        for source in play(supply, frame_at, range(60)):
            for picture, _ in source.parts:
                height, width, _ = picture.pixels.shape
                order = Order(Shot(ONE, picture.view), width, height)
                assert serves(order, ONE, [source.view], SIZES["wall"], 0.0)


def test_a_camera_over_a_standing_neuron_is_served_by_few_pictures() -> None:
    def frame_at(number: int) -> Frame:
        return frame_of(number, standing(View(x=0.002 * number)))

    decoder = CountingDecoder()
    with live(frame_at, decoder) as supply:
        play(supply, frame_at, range(90))
    assert len(decoder.orders) <= 90 / 5 / 2


def test_a_standing_shot_is_decoded_once() -> None:
    decoder = CountingDecoder()
    with live(lambda number: frame_of(number, standing()), decoder) as supply:
        play(supply, lambda number: frame_of(number, standing()), range(60))
    assert len(decoder.orders) <= 2  # The very first may be a coarse one.


def test_a_mirrored_shot_uses_the_same_picture() -> None:
    def frame_at(number: int) -> Frame:
        return frame_of(number, walking(number, View(x=0.1, mirrored=number >= 0)))

    decoder = CountingDecoder()
    with live(frame_at, decoder) as supply:
        seen = play(supply, frame_at, range(10))
    assert all(source.view.mirrored for source in seen)
    assert not any(order.shot.view.mirrored for order in decoder.orders)


def test_nothing_is_cross_faded_over_a_cut_and_the_new_cue_is_ready_at_its_first_frame() -> None:
    def frame_at(number: int) -> Frame:
        first = number < 23
        return frame_of(number, walking(number if first else 500 + number), cue="one" if first else "two")

    with live(frame_at) as supply:
        seen = play(supply, frame_at, range(40))
    assert all(red(source) < 0.1 for source in seen[:23])
    assert all(red(source) > 0.5 for source in seen[23:])
    assert red(seen[22]) == pytest.approx(0.022, abs=1e-3), "the last picture before a cut is that of its last frame"
    assert red(seen[23]) == pytest.approx(0.523, abs=1e-3)
    assert supply.statistics().late == 0


def test_a_camera_that_jumps_within_a_cue_is_not_cross_faded() -> None:
    def frame_at(number: int) -> Frame:
        return frame_of(number, walking(number, View() if number < 23 else View(zoom=6.0)))

    with live(frame_at) as supply:
        seen = play(supply, frame_at, range(40))
    assert all(picture.view.zoom < 2 for source in seen[:23] for picture, _ in source.parts)
    assert all(picture.view.zoom > 2 for source in seen[23:] for picture, _ in source.parts)


def test_after_a_go_the_old_picture_holds_until_the_new_one_is_there() -> None:
    gone = threading.Event()

    def frame_at(number: int) -> Frame:
        return frame_of(number, walking(700 if gone.is_set() else number), cue="two" if gone.is_set() else "one")

    decoder = CountingDecoder()
    with live(frame_at, decoder) as supply:
        play(supply, frame_at, range(10))
        gone.set()
        decoder.open.clear()
        assert red(supply.sources(frame_at(10), SIZES)[WALL]) < 0.1
        assert supply.statistics().late == 1
        decoder.open.set()
        settle(supply)
        assert red(supply.sources(frame_at(11), SIZES)[WALL]) == pytest.approx(0.7, abs=1e-3)


def test_a_late_picture_fades_in_when_it_comes_and_never_jumps() -> None:
    def frame_at(number: int) -> Frame:
        return frame_of(number, walking(10 * number))

    decoder = CountingDecoder()
    with live(frame_at, decoder) as supply:
        shares = [red(source) for source in play(supply, frame_at, range(12))]
        decoder.open.clear()
        shares += [red(supply.sources(frame_at(number), SIZES)[WALL]) for number in range(12, 40)]
        assert supply.statistics().late > 0
        decoder.open.set()
        settle(supply)
        shares += [red(source) for source in play(supply, frame_at, range(40, 60))]
    steps = [after - before for before, after in pairwise(shares[5:])]
    assert max(steps) < 0.2, "ten frames' worth of change takes more than one frame"
    assert min(steps) > -1e-3
    assert shares[-1] == pytest.approx(0.59, abs=0.02)


def test_after_a_long_halt_only_pictures_that_are_still_of_use_are_drawn() -> None:
    def frame_at(number: int) -> Frame:
        return frame_of(number, walking(number))

    decoder = CountingDecoder()
    with live(frame_at, decoder) as supply:
        play(supply, frame_at, range(12))
        decoder.open.clear()
        for number in range(12, 200):
            supply.sources(frame_at(number), SIZES)
        before = len(decoder.orders)
        decoder.open.set()
        settle(supply)
        assert len(decoder.orders) - before <= 5
        assert red(play(supply, frame_at, range(200, 220))[-1]) == pytest.approx(0.219, abs=1e-3)


def test_the_first_frame_waits_for_its_pictures() -> None:
    decoder = CountingDecoder()
    decoder.open.clear()
    threading.Timer(0.05, decoder.open.set).start()
    with live(lambda number: frame_of(number, walking(number)), decoder) as supply:
        assert WALL in supply.sources(frame_of(0, walking(0)), SIZES)


@pytest.mark.parametrize("failure", [DeviceError("the card is gone"), KeyError("the card is gone")])
def test_a_decoder_that_fails_is_reported_once_and_the_last_picture_holds(
    failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    def frame_at(number: int) -> Frame:
        return frame_of(number, walking(number))

    decoder = CountingDecoder()
    with live(frame_at, decoder) as supply:
        play(supply, frame_at, range(10))
        decoder.fails, decoder.failure = True, failure
        assert red(play(supply, frame_at, range(10, 60))[-1]) > 0
        assert supply.statistics().failed > 2
    assert [record.getMessage().count("the card is gone") for record in caplog.records] == [1]


def test_a_fast_machine_gets_every_frame_exactly() -> None:
    def frame_at(number: int) -> Frame:
        return frame_of(number, walking(number, View(x=0.01 * number)))

    with live(frame_at, rung=Rung(1.0, 0.0)) as supply:
        seen = play(supply, frame_at, range(20))
    for number, source in enumerate(seen):
        ((picture, _),) = source.parts
        assert picture.view == View(x=0.01 * number)
        assert picture.pixels.shape == (36, 64, 3)
        assert red(source) == pytest.approx(number / 1000, abs=1e-3)


def test_where_every_frame_has_its_picture_one_that_comes_late_is_seen_as_soon_as_it_is_there() -> None:
    def frame_at(number: int) -> Frame:
        return frame_of(number, walking(number, View(x=0.01 * number)))

    decoder = CountingDecoder()
    with live(frame_at, decoder, Rung(1.0, 0.0)) as supply:
        play(supply, frame_at, range(5))
        decoder.open.clear()
        for number in range(5, 12):
            supply.sources(frame_at(number), SIZES)
        decoder.open.set()
        settle(supply)
        (source,) = play(supply, frame_at, range(12, 13))
    assert [picture.view for picture, _ in source.parts] == [View(x=0.12)]


@pytest.mark.parametrize(("decoding", "hanging"), [(0.06, 0.0), (0.0, 0.06)], ids=["decoder at work", "window hangs"])
def test_skipped_frames_lower_the_quality_where_the_decoder_was_at_work(decoding: float, hanging: float) -> None:
    now = 0.0

    class Slow(CountingDecoder):
        def decode(self, shot: Shot, width: int, height: int, pixel_map: PixelMap | None = None) -> DecodedPicture:
            nonlocal now
            now += decoding
            return super().decode(shot, width, height, pixel_map)

    def frame_at(number: int) -> Frame:
        return frame_of(number, walking(number))

    with LiveSupply(Slow(), frame_at, 30.0, lambda: now) as supply:
        supply.sources(frame_at(5000), SIZES)  # a show that was resumed begins late, and has skipped nothing
        settle(supply)
        assert supply._governor._overload._skipped == 0
        for number in range(5000, 5100, 2):  # every other frame falls out
            supply.sources(frame_at(number), SIZES)
            settle(supply)
            now += hanging
        assert (supply._governor._overload.rungs > 0) is (decoding > 0)


def test_between_native_scales_pictures_of_both_are_cross_faded() -> None:
    def frame_at(number: int) -> Frame:
        return frame_of(number, walking(number))

    def share_of_small(source: LayerPicture) -> float:
        return sum(weight for picture, weight in source.parts if picture.pixels.shape[1] < 64)

    with live(frame_at, rung=Rung(1.0, 0.0)) as supply:
        shares = [share_of_small(source) for source in play(supply, frame_at, range(8))]
        supply._governor._fixed = Rung(0.5, 0.0)
        seen = play(supply, frame_at, range(8, 40))
    shares += [share_of_small(source) for source in seen]
    assert (shares[7], shares[-1]) == (0.0, 1.0)
    assert all(0 <= after - before <= 1 / 8 + 1e-6 for before, after in pairwise(shares))
    assert all(red(source) == pytest.approx(number / 1000, abs=1e-3) for number, source in enumerate(seen, 8))
    assert len(seen[-1].parts) == 1


def test_a_machine_with_room_averages_detail_that_is_finer_than_a_pixel_and_comes_to_it_gradually() -> None:
    def frame_at(number: int) -> Frame:
        return frame_of(number, walking(number, View(zoom=0.5)))

    decoder = CountingDecoder()
    with live(frame_at, decoder, Rung(1.0, 0.0)) as supply:
        play(supply, frame_at, range(8))
        assert supply.statistics().quality == {"wall": 1.0}
        supply._governor._fixed = LADDER[0]
        play(supply, frame_at, range(8, 30))
        assert supply.statistics().quality == {"wall": 3.0}
    assert decoder.orders[-1][1:3] == (3 * 64, 3 * 36)


def test_key_pictures_of_what_stands_are_averaged_where_a_neuron_has_few_pixels() -> None:
    def orders_of(frame_at: Callable[[int], Frame]) -> list[Order]:
        decoder = CountingDecoder()
        with live(frame_at, decoder) as supply:
            play(supply, frame_at, range(60))
        return decoder.orders[1:]  # the first is a coarse one, in haste

    def leaving(number: int) -> View:
        return View(zoom=0.97**number)

    seen = orders_of(lambda number: frame_of(number, standing(leaving(number))))
    moving = orders_of(lambda number: frame_of(number, walking(number, leaving(number))))
    samples, plain = ([order.width * order.height for order in orders] for orders in (seen, moving))
    assert min(samples[1:]) > 3 * max(plain), "a walk is drawn too often for it"
    assert len(samples) < len(plain) / 2, "each lasts for several key steps"


def test_equal_shots_on_two_outputs_are_one_picture_in_a_running_show() -> None:
    def frame_at(number: int) -> Frame:
        return frame_of(number, walking(number), outputs=("left", "right"))

    sizes = {"left": (64, 36), "right": (64, 36)}
    with live(frame_at) as supply:
        for number in range(12):
            found = supply.sources(frame_at(number), sizes)
            settle(supply)
    assert [picture for picture, _ in found["left", 0, 0].parts] == [p for p, _ in found["right", 0, 0].parts]


def test_closing_twice_is_fine_and_leaves_no_thread() -> None:
    before = threading.active_count()
    with live(lambda number: frame_of(number, standing())) as supply:
        supply.sources(frame_of(0, standing()), SIZES)
    supply.close()
    assert threading.active_count() == before


def test_skipped_frames_and_jumps_back_in_time_are_followed() -> None:
    def frame_at(number: int) -> Frame:
        return frame_of(number, walking(number))

    with live(frame_at) as supply:
        play(supply, frame_at, range(10))
        assert red(play(supply, frame_at, range(17, 30))[-1]) == pytest.approx(0.029, abs=1e-3)
        assert red(play(supply, frame_at, range(600, 620))[-1]) == pytest.approx(0.619, abs=2e-3)
        assert red(play(supply, frame_at, range(3, 20))[-1]) == pytest.approx(0.019, abs=2e-3)


def test_small_pictures_do_not_grow_beyond_a_number_however_little_they_take() -> None:
    cache = PictureCache(2**30)
    picture = DecodedPicture(np.zeros((1, 1, 3), np.float16), View())
    for number in range(MAX_PICTURES + 10):
        cache.put(Order(Shot(LatentPoint((("a", 1.0),)), View(x=float(number))), 1, 1), picture)
    assert cache.size_bytes == MAX_PICTURES * picture.pixels.nbytes
    assert cache.get(Order(Shot(LatentPoint((("a", 1.0),)), View(x=9.0)), 1, 1)) is None
