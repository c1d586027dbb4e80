"""Make the sounds of the shipped score anew: `python tools/sounds.py`, some seconds. Nothing in them was recorded.

Loops are made in circles: every tone has a whole number of waves in its file, and echoes go round its end, so that no
seam is heard. The noise is seeded. All are at 48 kHz, as the mix is.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

FOLDER = Path(__file__).parents[1] / "scores" / "sounds"
RATE = 48_000
QUALITY = 0.75
"""soundfile's compression, 0 the largest file: at this one a minute in stereo is some 400 kB."""

Sound = NDArray[np.float64]
CHORDS = ((38, 45, 53, 57, 64), (34, 46, 53, 57, 62), (41, 48, 53, 60, 67), (36, 48, 52, 60, 67))
"""MIDI notes: D minor with its ninth, B flat with its seventh, F with its ninth, C with its fifth twice."""


def hertz(note: float) -> float:
    return 440.0 * 2.0 ** ((note - 69.0) / 12.0)


def times(seconds: float) -> Sound:
    return np.arange(round(seconds * RATE)) / RATE


def round_tone(hertz: float, seconds: float, phase: float) -> Sound:
    """A sine that comes round: its frequency moves to the next one with whole waves."""
    return np.asarray(np.sin(2.0 * np.pi * (round(hertz * seconds) / seconds * times(seconds) + phase)))


def echoed(sound: Sound, seconds: float, random: np.random.Generator, wet: float) -> Sound:
    """In a large room, whose echoes go round the end of a loop."""
    tail = random.standard_normal(len(sound)) * np.exp(-6.9 * times(len(sound) / RATE) / seconds)
    spectrum = np.fft.rfft(tail) / (1.0 + (np.fft.rfftfreq(len(sound), 1 / RATE) / 1800.0) ** 2)
    room = np.fft.irfft(np.fft.rfft(sound) * spectrum, len(sound))
    return np.asarray(sound * (1.0 - wet) + room / np.abs(room).max() * np.abs(sound).max() * wet)


def band(length: int, low: float, high: float, random: np.random.Generator) -> Sound:
    """Noise between two frequencies, softly bounded; it comes round."""
    frequencies = np.maximum(np.fft.rfftfreq(length, 1 / RATE), 1e-3)
    shape = 1.0 / (1.0 + (low / frequencies) ** 6) / (1.0 + (frequencies / high) ** 6)
    noise = np.fft.irfft(np.fft.rfft(random.standard_normal(length)) * shape, length)
    return np.asarray(noise / np.abs(noise).max())


def night(random: np.random.Generator) -> Sound:
    """A low fifth that breathes, and air above it."""
    seconds = 24.0
    sound = np.zeros(round(seconds * RATE))
    for note, level in ((26, 1.0), (33, 0.7), (38, 0.5), (45, 0.22), (50, 0.12)):
        for detune in (-0.06, 0.0, 0.07):
            breath = 0.7 + 0.3 * round_tone(1 / 12 if detune else 1 / 8, seconds, random.random())
            sound += level * breath * round_tone(hertz(note + detune), seconds, random.random())
    air = band(len(sound), 300.0, 1400.0, random) * (0.5 + 0.5 * round_tone(1 / 12, seconds, 0.2))
    return echoed(sound / np.abs(sound).max() + 0.08 * air, 5.0, random, 0.4)


def vault(random: np.random.Generator) -> Sound:
    """An organ far away under stone: four chords, each of which swells and goes; (samples, 2)."""
    seconds, length = 32.0, round(32.0 * RATE)
    each = length // len(CHORDS)
    swell = np.sin(np.pi * np.clip(np.arange(length) / (each * 1.6), 0.0, 1.0)) ** 1.2
    sides = []
    for side in (-1.0, 1.0):
        sound = np.zeros(length)
        for index, chord in enumerate(CHORDS):
            tone = np.zeros(length)
            for place, note in enumerate(chord):
                for partial, level in ((1, 1.0), (2, 0.5), (3, 0.22), (4, 0.16), (6, 0.07), (8, 0.05)):
                    pan = 1.0 + 0.5 * side * np.cos(2.1 * place)
                    pitch = hertz(note + 0.03 * side * (place % 2)) * partial
                    tone += pan * level / (1.0 + pitch / 900.0) * round_tone(pitch, seconds, random.random())
            sound += tone * np.roll(swell, index * each)
        sides.append(echoed(sound / np.abs(sound).max(), 6.0, random, 0.65))
    return np.stack(sides, axis=1)


def struck(seconds: float, partials: tuple[tuple[float, float, float], ...], random: np.random.Generator) -> Sound:
    """Something that is hit: (hertz, level, seconds until it is gone) of every partial."""
    at = times(seconds)
    sound = np.zeros(len(at))
    for pitch, level, gone in partials:
        sound += level * np.exp(-6.9 * at / gone) * np.sin(2.0 * np.pi * (pitch * at + random.random()))
    return np.asarray(sound * np.minimum(at * 400.0, 1.0))


def bell(random: np.random.Generator) -> Sound:
    """One stroke, whose partials are those of a large bell in D."""
    tone = hertz(50)
    low = ((0.5, 0.7, 9.0), (1.0, 1.0, 6.0), (1.183, 0.6, 4.5), (1.506, 0.4, 3.5), (2.0, 0.6, 3.0), (2.514, 0.3, 2.0))
    high = ((2.662, 0.25, 1.8), (3.011, 0.2, 1.5), (4.166, 0.15, 1.0), (5.433, 0.1, 0.6))
    sound = struck(9.0, tuple((ratio * tone, level, gone) for ratio, level, gone in low + high), random)
    return np.asarray(sound * np.minimum((9.0 - times(9.0)) / 1.5, 1.0))


def pulse(random: np.random.Generator) -> Sound:
    """Two seconds of cuts: struck wood at 0, softer at 1 and at 1.5, so that a loop may begin at each of them."""
    sound = np.zeros(2 * RATE)
    for at, level, note in ((0.0, 1.0, 38.0), (1.0, 0.7, 45.0), (1.5, 0.5, 50.0)):
        pitch = hertz(note)
        hit = struck(0.45, ((pitch, 1.0, 0.4), (pitch * 2.76, 0.5, 0.16), (pitch * 5.4, 0.3, 0.08)), random)
        hit += 0.5 * band(len(hit), 1500.0, 6000.0, random) * np.exp(-times(0.45) * 90.0)
        sound[round(at * RATE) : round(at * RATE) + len(hit)] += level * hit
    return sound


def heart(random: np.random.Generator) -> Sound:
    """Two beats in two seconds; more felt than heard."""
    sound = np.zeros(2 * RATE)
    for at, level in ((0.0, 1.0), (0.28, 0.6)):
        beat = struck(0.5, ((52.0, 1.0, 0.4), (78.0, 0.4, 0.25), (104.0, 0.25, 0.2)), random)
        sound[round(at * RATE) : round(at * RATE) + len(beat)] += level * beat
    return sound


def swarm(random: np.random.Generator) -> Sound:
    """Wings: short tones without number, each nearer to one side; (samples, 2)."""
    seconds = 16.0
    sound = np.zeros((round(seconds * RATE), 2))
    for _ in range(900):
        length = round(random.uniform(0.08, 0.5) * RATE)
        at = np.arange(length) / RATE
        pitch = random.choice((50, 57, 62, 64, 69, 74, 76, 81)) + random.normal(0.0, 0.12)
        trill = 1.0 + 0.5 * np.sin(2.0 * np.pi * random.uniform(14.0, 38.0) * at)
        grain = np.sin(2.0 * np.pi * hertz(pitch) * at) * trill * np.hanning(length) ** 2 * random.uniform(0.2, 1.0)
        side = random.uniform(0.0, np.pi / 2)
        places = (random.integers(len(sound)) + np.arange(length)) % len(sound)
        sound[places] += grain[:, None] * (np.cos(side), np.sin(side))
    return np.stack([echoed(one, 2.5, random, 0.4) for one in sound.T], axis=1)


def main() -> None:
    for make in (night, vault, bell, pulse, heart, swarm):
        sound = make(np.random.default_rng(7))
        path = FOLDER / f"{make.__name__}.ogg"
        level = 0.6 * sound / np.abs(sound).max()
        soundfile.write(str(path), level, RATE, format="OGG", subtype="VORBIS", compression_level=QUALITY)
        print(f"{path.name}: {len(sound) / RATE:g} s, {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
