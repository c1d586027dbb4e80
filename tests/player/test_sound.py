"""A show is heard through the device of its machine, if there is one, and a film has its sound track."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]  # it has no types
import numpy as np
import pytest
import soundfile

from installation.editions.production import Production
from installation.errors import DeviceError
from installation.player.offline import export_film
from installation.player.sound_player import SoundPlayer
from installation.rig.sound import MACHINES_OWN, SoundRouting
from installation.show.control import Message
from installation.show.playing.performance import Performance
from installation.show.score import Cue
from installation.sound.sound_file import RATE, Samples
from tests.small_atlas import small_atlas
from tests.sound.tones import heard, ramp, sound, write

SCORE = """\
atlas: atlas
fps: 25
outputs: {wall: 32x18}
cues:
  - {id: dawn, duration: 1s, layers: [{walk: near-1}], sound: {file: ramp.wav}}
  - {id: dusk, duration: 1s, layers: [{walk: near-1}], sound: {file: ramp.wav, begin: 1s, level: 0.5}}
"""


class Speaker:
    """A device that plays when it is told to."""

    def __init__(self, _name: str, _channels: int, pull: Callable[[int], Samples]) -> None:
        self.pull = pull
        self.is_open = True

    def close(self) -> None:
        self.is_open = False


def test_what_is_mixed_comes_out_of_the_device(tmp_path: Path) -> None:
    write(tmp_path / "ramp.wav", ramp(4.0))
    speakers: list[Speaker] = []

    def opened(*arguments: object) -> Speaker:
        speakers.append(Speaker(*arguments))  # type: ignore[arg-type]  # as a device is opened
        return speakers[-1]

    performance = Performance(heard(Cue("a", "a", 4.0, (), sounds=(sound(loops=True),))), ["left"])
    with SoundPlayer(performance, tmp_path, SoundRouting("", {"main": (3, 4)}), opened) as player:
        player.prepare(performance.score.cues[0].sounds)
        player._reader.submit(int).result(10)  # the file is read
        end = time.monotonic() + 10
        while not speakers:
            assert time.monotonic() < end
        for number in range(30):
            player.step(number)
        samples = speakers[0].pull(4800)
        assert samples.shape == (4800, 4)
        assert not samples[:, :2].any()
        assert samples[-1, 2] > 0.0
        assert player.peaks["main"] > 0.1
    assert not speakers[0].is_open


def test_a_machine_without_a_device_plays_on_and_says_so(tmp_path: Path) -> None:
    def none(*_arguments: object) -> Speaker:
        raise DeviceError("no sound: there is no device")

    performance = Performance(heard(Cue("a", "a", 4.0, (), sounds=(sound(),))), ["left"])
    with SoundPlayer(performance, tmp_path, MACHINES_OWN, none) as player:
        for number in range(40):
            player.step(number)
        end = time.monotonic() + 10
        while not player.service.missing:
            assert time.monotonic() < end
        assert "the show plays without it" in player.service.missing


def test_after_a_jump_nothing_of_before_is_heard(tmp_path: Path) -> None:
    write(tmp_path / "ramp.wav", ramp(4.0))
    performance = Performance(heard(Cue("a", "a", 4.0, (), sounds=(sound(),))), ["left"])
    with SoundPlayer(performance, tmp_path, MACHINES_OWN, Speaker) as player:
        for number in range(6):
            player.step(number)
        assert player.buffer.fill > RATE / 30
        performance.follow([Message(900, 0, "pause")], 900)
        player.step(900)
        assert player.buffer.fill == pytest.approx(RATE / 30, abs=1)


def test_a_film_has_the_mix_as_its_sound_track(tmp_path: Path) -> None:
    small_atlas(tmp_path / "atlas")
    write(tmp_path / "ramp.wav", ramp(2.0))
    (tmp_path / "score.yaml").write_text(SCORE)
    production = Production.open(tmp_path / "score.yaml")
    films = [tmp_path / name for name in ("one.mov", "two.mov")]
    for film in films:
        export_film(production, film)
    assert films[0].read_bytes() == films[1].read_bytes()
    wav = tmp_path / "heard.wav"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-i", str(films[0]), "-vn", str(wav)]
    subprocess.run(command, check=True, timeout=60)
    samples, rate = soundfile.read(str(wav))
    assert (rate, len(samples)) == (RATE, 2 * RATE)
    expected = np.concatenate([ramp(2.0)[:RATE, 0], 0.5 * ramp(2.0)[RATE:, 0]])
    off = np.abs(samples[:, 0] - expected)
    off[RATE - RATE // 25 : RATE] = 0.0  # the frame before the cut fades out
    assert off.max() < 1e-4
