"""The decoder is the one that was quickest here; when it fails the show goes on with the next."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch

from installation.atlas.architecture import Architecture
from installation.atlas.interpolate import Interpolator
from installation.atlas.measurements import Measurements
from installation.errors import DeviceError, ScoreError
from installation.picture.decoding.choosing.choice import DecoderChoice, available, choose
from installation.picture.decoding.choosing.fallback_decoder import MAX_OUT_OF_MEMORY, FallbackDecoder, MakeDecoder
from installation.picture.decoding.choosing.reconsidered_decoder import AGAIN_SECONDS, ReconsideredDecoder
from installation.picture.decoding.decoder import Decoder
from installation.picture.pixel_map import PixelMap
from installation.picture.source import DecodedPicture
from installation.show.frame import Shot
from tests.picture.show_of_one import standing
from tests.small_atlas import small_atlas


class Clock:
    """Time passes only when somebody works."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Worker:
    """A decoder that takes so many seconds a pixel, and fails after so many pictures."""

    def __init__(self, name: str, clock: Clock, seconds_per_pixel: float, pictures: int = 10**9) -> None:
        self.name = name
        self._clock = clock
        self._pace = seconds_per_pixel
        self._left = pictures
        self.closed = False

    def decode(self, shot: Shot, width: int, height: int, pixel_map: PixelMap | None = None) -> DecodedPicture:
        if self._left == 0:
            raise RuntimeError("CUDA error: out of memory")
        self._left -= 1
        self._clock.seconds += width * height * self._pace
        return DecodedPicture(np.zeros((height, width, 3), np.float16), shot.view, pixel_map)

    def close(self) -> None:
        self.closed = True


@pytest.fixture(scope="module")
def interpolator(tmp_path_factory: pytest.TempPathFactory) -> Interpolator:
    return Interpolator(small_atlas(tmp_path_factory.mktemp("atlas"), Architecture(width=12, depth=2)))


def chosen(
    interpolator: Interpolator,
    clock: Clock,
    makes: Mapping[str, MakeDecoder],
    path: Path,
    *,
    busy: bool = False,
    hurried: bool = False,
) -> DecoderChoice:
    measurements = Measurements(path / "decoders.json")
    return choose(interpolator, clock, candidates=makes, measurements=measurements, busy=lambda: busy, hurried=hurried)


def broken() -> Decoder:
    raise DeviceError("no compute shaders")


def test_the_quickest_decoder_is_taken_and_it_is_said_why(interpolator: Interpolator, tmp_path: Path) -> None:
    clock = Clock()
    makes: dict[str, MakeDecoder] = {
        "snail": lambda: Worker("snail", clock, 1e-5),
        "hare": lambda: Worker("hare", clock, 1e-8),
        "wreck": broken,
    }
    choice = chosen(interpolator, clock, makes, tmp_path)
    assert choice.decoder.name == "hare"
    assert choice.speeds == {"snail": pytest.approx(0.1), "hare": pytest.approx(100), "wreck": 0.0}
    assert choice.reason == "hare, the quickest here: hare 100, snail 0.1 Mpixel/s, measured now"


def test_the_next_start_remembers_and_measures_nothing(interpolator: Interpolator, tmp_path: Path) -> None:
    clock = Clock()
    makes: dict[str, MakeDecoder] = {
        "snail": lambda: Worker("snail", clock, 1e-5),
        "hare": lambda: Worker("hare", clock, 1e-8),
    }
    chosen(interpolator, clock, makes, tmp_path)
    before = clock.seconds
    makes["snail"] = broken
    choice = chosen(interpolator, clock, makes, tmp_path)
    assert clock.seconds - before < 0.5, "but of the quickest two, whether they still are"
    assert choice.decoder.name == "hare"
    assert choice.reason.endswith("measured before")


def test_a_rival_that_had_a_bad_day_gets_another_try_at_every_start(interpolator: Interpolator, tmp_path: Path) -> None:
    clock, other = Clock(), 1.5
    makes: dict[str, MakeDecoder] = {
        "hare": lambda: Worker("hare", clock, other * 1e-7),
        "fox": lambda: Worker("fox", clock, 1.2e-7),
        "snail": lambda: Worker("snail", clock, 1e-5),
    }
    assert chosen(interpolator, clock, makes, tmp_path).decoder.name == "fox"
    other = 1.0
    choice = chosen(interpolator, clock, makes, tmp_path)
    assert (choice.decoder.name, choice.reason[-15:]) == ("hare", "measured before")
    other = 1.5
    assert chosen(interpolator, clock, makes, tmp_path).decoder.name == "hare", "the best that it ever did is kept"


@pytest.mark.parametrize("factor", [0.25, 4.0])
def test_a_machine_that_was_or_is_busy_is_measured_anew(
    interpolator: Interpolator, tmp_path: Path, factor: float
) -> None:
    clock, pace = Clock(), 1e-8
    makes: dict[str, MakeDecoder] = {
        "snail": lambda: Worker("snail", clock, 1e-7),
        "hare": lambda: Worker("hare", clock, pace),
    }
    chosen(interpolator, clock, makes, tmp_path)
    pace *= factor
    choice = chosen(interpolator, clock, makes, tmp_path)
    assert choice.reason.endswith("measured now")
    assert choice.speeds["hare"] == pytest.approx(1e-6 / pace)


def test_what_was_measured_on_a_busy_machine_is_forgotten(interpolator: Interpolator, tmp_path: Path) -> None:
    clock, other = Clock(), 30.0
    makes: dict[str, MakeDecoder] = {
        "hare": lambda: Worker("hare", clock, other * 1e-8),
        "snail": lambda: Worker("snail", clock, 1e-7),
    }
    choice = chosen(interpolator, clock, makes, tmp_path, busy=True)
    assert choice.decoder.name == "snail"
    assert choice.reason.endswith("measured now on a busy machine")
    other = 1.0
    choice = chosen(interpolator, clock, makes, tmp_path)
    assert choice.decoder.name == "hare"
    assert choice.reason.endswith("measured now")
    other = 30.0
    assert chosen(interpolator, clock, makes, tmp_path, busy=True).decoder.name == "snail"
    other = 1.0
    assert chosen(interpolator, clock, makes, tmp_path).reason.endswith("measured before"), "on the quiet day"


@pytest.mark.parametrize("busy", [False, True])
def test_a_player_that_takes_over_tries_nothing_and_compares_later(
    interpolator: Interpolator, tmp_path: Path, busy: bool
) -> None:
    clock, other = Clock(), 1.0
    makes: dict[str, MakeDecoder] = {
        "snail": lambda: Worker("snail", clock, 1e-7),
        "hare": lambda: Worker("hare", clock, other * 1e-8),
    }
    assert chosen(interpolator, clock, makes, tmp_path, busy=busy, hurried=True).reason.endswith(
        "measured now on a busy machine" if busy else "measured now"
    ), "there is nothing to remember yet"
    before, other = clock.seconds, 30.0
    choice = chosen(interpolator, clock, makes, tmp_path, busy=True, hurried=True)
    assert (choice.decoder.name, clock.seconds) == ("hare", before)
    assert isinstance(choice.decoder, ReconsideredDecoder)
    makes["new"] = lambda: Worker("new", clock, 1e-9)
    assert chosen(interpolator, clock, makes, tmp_path, hurried=True).decoder.name == "new"


def test_a_new_decoder_on_the_machine_is_measured(interpolator: Interpolator, tmp_path: Path) -> None:
    clock = Clock()
    makes: dict[str, MakeDecoder] = {"snail": lambda: Worker("snail", clock, 1e-5)}
    chosen(interpolator, clock, makes, tmp_path)
    makes["hare"] = lambda: Worker("hare", clock, 1e-8)
    assert chosen(interpolator, clock, makes, tmp_path).decoder.name == "hare"


def test_a_decoder_can_be_asked_for_by_name(interpolator: Interpolator) -> None:
    clock = Clock()
    makes: dict[str, MakeDecoder] = {"snail": lambda: Worker("snail", clock, 1e-5)}
    assert choose(interpolator, clock, wanted="snail", candidates=makes).decoder.name == "snail"
    with pytest.raises(ScoreError, match="'hare' is not available on this machine; choose one of snail"):
        choose(interpolator, clock, wanted="hare", candidates=makes)


def test_another_atlas_is_drawn_with_the_same_decoder_and_nothing_is_tried(interpolator: Interpolator) -> None:
    clock = Clock()
    makes: dict[str, MakeDecoder] = {
        "snail": lambda: Worker("snail", clock, 1e-5),
        "hare": lambda: Worker("hare", clock, 1e-8),
    }
    choice = choose(interpolator, clock, candidates=makes, measured={"hare": 100.0, "snail": 0.1})
    assert (choice.decoder.name, clock.seconds) == ("hare", 0.0)
    assert choice.reason.endswith("measured before")


def test_where_nothing_works_it_is_said(interpolator: Interpolator, tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="no decoder works here, tried wreck"):
        chosen(interpolator, Clock(), {"wreck": broken}, tmp_path)


def test_a_card_that_runs_out_of_memory_hands_over_with_one_line(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    card = Worker("card", clock, 1e-9, pictures=2)
    decoder = FallbackDecoder({"card": lambda: card, "wreck": broken, "cpu": lambda: Worker("cpu", clock, 1e-6)})
    shot = standing().shot
    for _ in range(5):
        assert decoder.decode(shot, 8, 4).pixels.shape == (4, 8, 3)
    assert decoder.name == "cpu"
    assert card.closed
    assert caplog.text.count("CUDA error: out of memory") == 1
    decoder.close()


@pytest.mark.parametrize("what", ["CUDA error: unspecified launch failure", "the fused kernel does not compile"])
def test_a_lost_card_that_cannot_even_be_let_go_of_hands_over_with_one_line(
    caplog: pytest.LogCaptureFixture, what: str
) -> None:
    class Lost(Worker):
        def decode(self, shot: Shot, width: int, height: int, pixel_map: PixelMap | None = None) -> DecodedPicture:
            assert (shot.subject, width, height, pixel_map) == (standing().shot.subject, 8, 4, None)
            raise RuntimeError(what)

        def close(self) -> None:
            raise RuntimeError("CUDA error: context is destroyed")

    clock = Clock()
    decoder = FallbackDecoder({"card": lambda: Lost("card", clock, 0.0), "cpu": lambda: Worker("cpu", clock, 0.0)})
    for _ in range(3):
        decoder.decode(standing().shot, 8, 4)
    assert decoder.name == "cpu"
    assert [record.getMessage() for record in caplog.records] == [
        f"the decoder failed, decoding continues with cpu: {what}"
    ]


def test_a_decoder_that_was_asked_for_hands_over_too(interpolator: Interpolator) -> None:
    makes: dict[str, MakeDecoder] = {
        "cpu": lambda: Worker("cpu", Clock(), 0.0),
        "card": lambda: Worker("card", Clock(), 0.0, pictures=1),
    }
    decoder = choose(interpolator, Clock(), wanted="card", candidates=makes).decoder
    for name in ("card", "cpu"):
        decoder.decode(standing().shot, 8, 4)
        assert decoder.name == name
    makes["card"] = broken
    with pytest.raises(DeviceError, match="no compute shaders"):
        choose(interpolator, Clock(), wanted="card", candidates=makes)


def test_a_library_that_does_not_load_costs_its_decoder_only(interpolator: Interpolator, tmp_path: Path) -> None:
    def unknown() -> Decoder:
        raise ImportError("Numba needs NumPy 2.3 or less")

    makes: dict[str, MakeDecoder] = {"numba-cpu": unknown, "torch-cpu": lambda: Worker("torch-cpu", Clock(), 0.0)}
    assert chosen(interpolator, Clock(), makes, tmp_path).decoder.name == "torch-cpu"
    assert FallbackDecoder(makes).name == "torch-cpu"


def test_a_card_that_is_short_of_memory_costs_pictures_and_is_given_up_only_where_that_lasts() -> None:
    class Full(Worker):
        is_full = True

        def decode(self, shot: Shot, width: int, height: int, pixel_map: PixelMap | None = None) -> DecodedPicture:
            if self.is_full:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return super().decode(shot, width, height, pixel_map)

    card = Full("card", Clock(), 0.0)
    decoder = FallbackDecoder({"card": lambda: card, "cpu": lambda: Worker("cpu", Clock(), 0.0)})

    def fails(times: int) -> None:
        for _ in range(times):
            with pytest.raises(torch.OutOfMemoryError):
                decoder.decode(standing().shot, 8, 4)

    fails(MAX_OUT_OF_MEMORY - 1)
    card.is_full = False
    decoder.decode(standing().shot, 8, 4)
    assert decoder.name == "card"
    card.is_full = True
    fails(MAX_OUT_OF_MEMORY - 1)
    decoder.decode(standing().shot, 8, 4)
    assert decoder.name == "cpu"


def test_a_mistake_in_one_decoder_costs_that_decoder_only(interpolator: Interpolator, tmp_path: Path) -> None:
    def wrong() -> Decoder:
        raise AttributeError("'TritonDecoder' object has no attribute '_banks'")

    makes: dict[str, MakeDecoder] = {"triton": wrong, "torch-cpu": lambda: Worker("torch-cpu", Clock(), 0.0)}
    assert chosen(interpolator, Clock(), makes, tmp_path).decoder.name == "torch-cpu"
    assert FallbackDecoder(makes).name == "torch-cpu"


def test_the_last_decoder_is_not_given_up() -> None:
    decoder = FallbackDecoder({"card": lambda: Worker("card", Clock(), 1e-9, pictures=0)})
    with pytest.raises(RuntimeError, match="out of memory"):
        decoder.decode(standing().shot, 8, 4)


def test_every_machine_can_decode_on_its_cpu(interpolator: Interpolator) -> None:
    makes = available(interpolator)
    decoder = makes["torch-cpu"]()
    assert decoder.decode(Shot(standing().shot.subject, standing().shot.view), 16, 9).pixels.shape == (9, 16, 3)
    decoder.close()


def reconsidered(first: Decoder, better: MakeDecoder | None, room: list[bool], clock: Clock) -> ReconsideredDecoder:
    return ReconsideredDecoder(first, lambda: better, lambda: room[0], clock, start=lambda choose: choose())


def test_a_choice_on_a_busy_machine_is_made_again_when_there_is_room() -> None:
    clock, room = Clock(), [False]
    slow, quick = Worker("slow", clock, 0.0), Worker("quick", clock, 0.0)
    decoder = reconsidered(slow, lambda: quick, room, clock)
    for _ in range(3):
        clock.seconds += AGAIN_SECONDS
        decoder.decode(standing().shot, 16, 9)
        assert decoder.name == "slow"
    room[0] = True
    decoder.decode(standing().shot, 16, 9)
    assert decoder.name == "slow", "it looks once a minute"
    clock.seconds += AGAIN_SECONDS
    decoder.decode(standing().shot, 16, 9)
    assert (decoder.name, slow.closed) == ("quick", True)
    decoder.close()
    assert quick.closed


def test_a_better_decoder_that_does_not_come_leaves_the_one_that_draws() -> None:
    clock = Clock()
    slow = Worker("slow", clock, 0.0)
    decoder = reconsidered(slow, broken, [True], clock)
    clock.seconds += AGAIN_SECONDS
    decoder.decode(standing().shot, 16, 9)
    assert (decoder.name, slow.closed) == ("slow", False)


def test_decoders_are_compared_again_and_the_figures_kept_for_the_next_start(
    interpolator: Interpolator, tmp_path: Path
) -> None:
    clock, busy = Clock(), [True]
    paces = {"a": 1e-6, "b": 2e-6}
    makes: dict[str, MakeDecoder] = {name: lambda name=name: Worker(name, clock, paces[name]) for name in paces}  # type: ignore[misc]
    measurements = Measurements(tmp_path / "decoders.json")
    choice = choose(interpolator, clock, candidates=makes, measurements=measurements, busy=lambda: busy[0])
    assert isinstance(choice.decoder, ReconsideredDecoder)
    assert choice.decoder.name == "a"
    paces["a"] = 4e-6  # it only looked quick
    compare = choice.decoder._compare
    make = compare()
    assert make is not None
    assert make().name == "b"
    assert measurements.read()["b"] > measurements.read()["a"]
