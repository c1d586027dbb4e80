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

from installation.commands.publish import PROJECT
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
        assert player.meter.peaks["main"] > 0.1
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


EVERYTHING = """\
atlas: atlas
fps: 10
seed: 3
outputs: {left: 64x36, right: 64x36}
parameters: {near: {default: 0.4, smooth: 1s}}
cameras: {approach: [{at: 0s, zoom: 1}, {at: 100%, zoom: $near + 1, ease: flow}]}
effects: [{grain: 0.1}]
cues:
  - id: a
    duration: 1s
    next: [b, {to: c, weight: 2}, {to: b, when: $near > 0.9}]
    layers:
      - {walk: {through: {choose: 2, from: {family: near}}, pace: times}, view: approach, drift: {amount: 0.02}}
      - {text: {words: "$show.cue $near", size: 0.3}, effects: [{blur: 0.02}, {vignette: 0.6}]}
    sound: [{file: ramp.wav, loop: true, level: {between: [0.2, 1]}}, {file: ramp.wav, bus: ceiling, level: $near}]
  - id: b
    duration: 1s
    transition: {wipe: 5f, degrees: 45}
    next: c
    layers: [{cut: [2f, 3f], takes: {shuffle: [{walk: far-0}, {walk: far-1}, {walk: far-2}]}}]
    sound: {file: ramp.wav, begin: 1s}
  - id: c
    duration: 1s
    transition: {dissolve: $near * 1s}
    layers:
      - {image: {file: window.png, fit: cover}, matte: {shape: {form: ellipse, softness: 0.3}, use: alpha}}
      - {clip: rings.mp4, blend: screen, opacity: {between: [0.3, 0.8]}}
    sound: {file: ramp.wav, loop: true, level: [{at: 0s, value: 0}, {at: 1s, value: 1}]}
"""


def test_two_films_of_everything_are_the_same_bytes_picture_and_sound(tmp_path: Path) -> None:
    small_atlas(tmp_path / "atlas")
    write(tmp_path / "ramp.wav", ramp(2.0))
    for name in ("window.png", "rings.mp4"):
        (tmp_path / name).symlink_to(PROJECT / "scores" / "material" / name)
    (tmp_path / "score.yaml").write_text(EVERYTHING)
    films = []
    for number in range(2):
        production = Production.open(tmp_path / "score.yaml")
        export_film(production, tmp_path / f"{number}.mov")
        films += [{path.name[1:]: path.read_bytes() for path in tmp_path.glob(f"{number}*.mov")}]
    assert len(films[0]) == 2, "one of each output"
    assert films[0] == films[1]
