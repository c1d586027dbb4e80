"""Files of sound are read as what they are, or refused in words with their place."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from installation.errors import ScoreError
from installation.score import reader
from installation.sound.sound_file import RATE, SoundLibrary, facts_of, read_samples
from tests.small_atlas import small_atlas
from tests.sound.tones import ramp, write

SCORE = """\
atlas: atlas
fps: 10
outputs: {wall: 32x18}
cues:
  - id: dawn
    duration: 4s
    layers: [{walk: near-1}]
    sound: SOUND
"""


def mistakes(folder: Path, sound: str) -> str:
    if not (folder / "atlas").exists():
        small_atlas(folder / "atlas")
    (folder / "score.yaml").write_text(SCORE.replace("SOUND", sound), encoding="utf-8")
    return "\n".join(map(str, reader.check(folder / "score.yaml").mistakes))


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000, 96_000])
def test_any_sampling_rate_is_brought_to_one(tmp_path: Path, rate: int) -> None:
    path = write(tmp_path / "ramp.wav", ramp(1.0)[:: max(RATE // rate, 1)] if rate < RATE else ramp(1.0), rate)
    facts = facts_of(path)
    samples = read_samples(path)
    assert len(samples) == pytest.approx(facts.seconds * RATE, abs=2)


def test_a_sound_is_read_with_its_cue(tmp_path: Path) -> None:
    write(tmp_path / "ramp.wav", ramp(3.0))
    assert not mistakes(tmp_path, "{file: ramp.wav, begin: 1s, loop: true, bus: ceiling}")
    score = reader.check(tmp_path / "score.yaml").score
    assert score is not None
    (sound,) = score.cues[0].sounds
    assert sound.seconds == pytest.approx(2.0)
    assert (sound.begin, sound.loops, sound.bus) == (1.0, True, "ceiling")


@pytest.mark.parametrize(
    ("sound", "sentence"),
    [
        ("{file: none.wav}", "none.wav: there is no such file"),
        ("{file: text.wav}", "text.wav: this cannot be read as sound"),
        ("{file: text.txt}", "'text.txt' is not a file of sound that the player can read"),
        ("{file: ramp.wav, begin: 9s}", "9s is beyond the file's end"),
        ("{file: ramp.wav, volume: 1}", "did you mean 'level'"),
        ("{file: ramp.wav, bus: a b}", "cannot be the name of a bus"),
    ],
)
def test_mistakes_are_told_with_their_place(tmp_path: Path, sound: str, sentence: str) -> None:
    write(tmp_path / "ramp.wav", ramp(3.0))
    for name in ("text.wav", "text.txt"):
        (tmp_path / name).write_text("this is not a sound")
    told = mistakes(tmp_path, sound)
    assert sentence in told
    assert "score.yaml:8:" in told


def test_a_file_that_went_is_silent_and_told_of_once(tmp_path: Path) -> None:
    told: list[str] = []
    library = SoundLibrary(lambda what, _error: told.append(what))
    for _ in range(3):
        assert library.samples(tmp_path / "gone.wav", "digest").shape == (0, 1)
    assert told == [str(tmp_path / "gone.wav")]


def test_samples_are_kept_once(tmp_path: Path) -> None:
    path = write(tmp_path / "ramp.wav", ramp(1.0))
    library = SoundLibrary(lambda _what, _error: None)
    first = library.samples(path, "digest")
    assert library.samples(path, "digest") is first
    assert np.isfinite(first).all()


def test_a_machine_that_reads_no_sound_shows_the_pictures_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "ramp.wav", ramp(3.0))
    monkeypatch.setitem(sys.modules, "soundfile", None)
    assert not mistakes(tmp_path, "[{file: ramp.wav}, {file: ramp.wav, begin: 1s}]")
    report = reader.check(tmp_path / "score.yaml")
    assert report.score is not None
    assert not report.score.buses
    (told,) = report.warnings
    assert "pip install 'installation[sound]'; until then the show is silent" in str(told)


def test_a_sound_that_ends_early_is_told_of_unless_another_goes_on(tmp_path: Path) -> None:
    write(tmp_path / "ramp.wav", ramp(1.0))
    assert not mistakes(tmp_path, "{file: ramp.wav}")
    assert "it ends after 1s, but the cue goes on" in str(reader.check(tmp_path / "score.yaml").warnings[0])
    assert not mistakes(tmp_path, "[{file: ramp.wav}, {file: ramp.wav, loop: true, level: 0.5}]")
    assert reader.check(tmp_path / "score.yaml").warnings == ()


def test_samples_that_are_no_numbers_are_silence(tmp_path: Path) -> None:
    samples = np.array([[0.5], [np.nan], [np.inf], [-np.inf], [0.25]], np.float32)
    soundfile.write(str(tmp_path / "a.wav"), samples, RATE, subtype="FLOAT")
    assert read_samples(tmp_path / "a.wav")[:, 0].tolist() == [0.5, 0.0, 1.0, -1.0, 0.25]


@pytest.mark.parametrize(
    ("frames", "channels", "rate", "told"),
    [
        (100, 1, 1, "1 samples a second; from 1000 to 768000 are read"),
        (1_700_000, 32, 1_000, "32 channels of 28 minutes are 9960 MB; at most 1024 are held"),
    ],
)
def test_a_small_file_that_would_be_large_in_memory_is_refused(
    tmp_path: Path, frames: int, channels: int, rate: int, told: str
) -> None:
    soundfile.write(str(tmp_path / "a.wav"), np.zeros((frames, channels), np.int16), rate, subtype="PCM_U8")
    with pytest.raises(ScoreError, match=re.escape(told)):
        facts_of(tmp_path / "a.wav")
