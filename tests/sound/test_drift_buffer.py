"""Sound keeps step with the picture although device and machine have clocks of their own; nothing clicks."""

from __future__ import annotations

import numpy as np
import pytest

from installation.sound.drift_buffer import DriftBuffer
from installation.sound.sound_file import RATE

TARGET = 4800


def tone(start: int, count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    places = np.arange(start, start + count)
    return np.sin(2 * np.pi * 220 * places / RATE).astype(np.float32)[:, None]


@pytest.mark.parametrize(("ppm", "minutes"), [(50, 60), (-50, 10), (400, 10)])
def test_an_hour_with_another_clock_stays_within_a_frame(ppm: int, minutes: int) -> None:
    buffer, block = DriftBuffer(1, TARGET), np.zeros((1600, 1), np.float32)
    debt, farthest = 0.0, 0.0
    for number in range(minutes * 60 * 30):
        buffer.push(block)
        if number < 3:
            continue
        farthest = max(farthest, abs(buffer.fill - TARGET))
        debt += 1600 * (1 + ppm * 1e-6)
        count, debt = int(debt), debt % 1
        buffer.pull(count)
    assert buffer.underruns == 0
    assert farthest <= RATE / 30, "a frame at 30 a second"


def test_corrections_do_not_click() -> None:
    buffer, pushed, heard = DriftBuffer(1, TARGET), 0, []
    for _ in range(300):
        buffer.push(tone(pushed, 1600))
        pushed += 1600
        heard.append(buffer.pull(1599))
    samples = np.concatenate(heard)[:, 0]
    largest = np.abs(np.diff(tone(0, RATE)[:, 0])).max()
    assert np.abs(np.diff(samples)).max() < largest * 1.01


def test_it_begins_when_enough_waits_and_fades_in() -> None:
    buffer = DriftBuffer(1, 1000)
    buffer.push(np.ones((999, 1), np.float32))
    assert not buffer.pull(100).any()
    buffer.push(np.ones((500, 1), np.float32))
    samples = buffer.pull(600)
    assert samples[0] == 0.0
    assert samples[-1] == pytest.approx(1.0)


def test_it_runs_empty_with_a_fade_and_is_counted() -> None:
    buffer = DriftBuffer(1, 100)
    buffer.push(np.ones((200, 1), np.float32))
    samples = buffer.pull(480)
    assert samples[-1] == 0.0
    assert np.abs(np.diff(samples[:, 0])).max() < 0.02
    assert buffer.underruns == 1


def test_old_samples_fall_when_nobody_takes_them() -> None:
    buffer = DriftBuffer(2, 100)
    for _ in range(100):
        buffer.push(np.ones((100, 2), np.float32))
    assert buffer.fill <= 400
