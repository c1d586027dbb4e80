"""Timecode on the wire: sound, MIDI quarter frames. What a writer says a reader reads."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.desk.timecode.code import RATE_NAMES, RATES, RateName, Timecode, parse_timecode, timecode_at
from installation.desk.timecode.ltc import LtcFrame, LtcReader, ltc_bits, write_ltc
from installation.desk.timecode.mtc import MtcReader, quarter_frames

NAMES = st.sampled_from(RATE_NAMES)


def read_back(sound: np.ndarray, samples_per_second: int = 48_000, block: int = 1_000) -> list[LtcFrame]:
    reader = LtcReader(samples_per_second)
    return [frame for at in range(0, len(sound), block) for frame in reader.read(sound[at : at + block])]


@pytest.mark.parametrize("name", RATE_NAMES)
@pytest.mark.parametrize("samples_per_second", [44_100, 48_000])
def test_linear_timecode_is_read_as_it_was_written(name: RateName, samples_per_second: int) -> None:
    first = timecode_at(parse_timecode("09:59:59:20", RATES[name]).count, RATES[name])
    frames = read_back(write_ltc(first, 40, samples_per_second), samples_per_second)
    assert len(frames) >= 37
    counts = [frame.code.count for frame in frames]
    assert counts == list(range(counts[0], counts[0] + len(counts)))
    assert first.count <= counts[0] <= first.count + 2
    for frame in frames:
        assert frame.code.rate.name == name
        ended = (frame.code.count - first.count + 1) / first.rate.exact * samples_per_second
        assert abs(frame.ends - float(ended)) <= 2.0


@pytest.mark.parametrize("level", [0.05, 1.0])
def test_neither_level_nor_polarity_nor_noise_matter(level: float) -> None:
    first = timecode_at(1_000, RATES["25"])
    noise = np.random.default_rng(1).normal(0.0, level / 20, 48_000 * 40 // 25).astype(np.float32)
    sound = write_ltc(first, 40, 48_000, level)
    for heard in (sound, -sound, sound + noise[: len(sound)]):
        assert len(read_back(heard)) >= 36


def test_a_tape_that_runs_backward_is_known_by_it() -> None:
    frames = read_back(write_ltc(timecode_at(1_000, RATES["25"]), 40, 48_000)[::-1].copy())
    assert len(frames) >= 36
    assert all(frame.is_backward for frame in frames)
    counts = [frame.code.count for frame in frames]
    assert counts == sorted(counts, reverse=True)


def test_a_dropout_costs_the_frames_in_it() -> None:
    sound = write_ltc(timecode_at(1_000, RATES["25"]), 60, 48_000)
    sound[40_000:50_000] = 0.0
    frames = read_back(sound)
    assert 50 <= len(frames) <= 58
    assert all(1_000 <= frame.code.count < 1_060 for frame in frames)


@given(st.binary(max_size=4_000))
@settings(max_examples=50, deadline=None)
def test_any_sound_is_read_or_passed_over(data: bytes) -> None:
    sound = np.frombuffer(data, np.int8).astype(np.float32) / 128
    assert all(frame.code.is_whole for frame in read_back(sound, block=333))


def test_the_bits_of_a_frame_are_those_of_the_standard() -> None:
    # SMPTE ST 12-1: 01:23:45:06 at 30, units before tens, the lowest bit first; the sync word ends it.
    bits = "".join(map(str, ltc_bits(Timecode(1, 23, 45, 6, RATES["30"]))))
    assert bits[:10] == "0110000000"
    assert bits[16:20] + bits[24:27] == "1010001"
    assert bits[32:36] + bits[40:43] == "1100010"
    assert bits[48:52] + bits[56:58] == "100000"
    assert bits[64:] == "0011111111111101"
    assert bits.count("1") % 2 == 0


@given(NAMES, st.integers(0, 2_000_000))
@settings(max_examples=100, deadline=None)
def test_midi_timecode_is_read_as_it_was_said(name: RateName, count: int) -> None:
    code = timecode_at(count, RATES[name])
    reader = MtcReader()
    heard = [reader.read(data) for data in quarter_frames(code)]
    assert heard[:-1] == [None] * 7
    assert heard[-1] is not None
    assert (heard[-1].code, heard[-1].age_frames) == (code, Fraction(7, 4))


def test_a_full_frame_says_it_at_once() -> None:
    heard = MtcReader().read(bytes.fromhex("F0 7F 7F 01 01 21 02 03 04 F7"))
    assert heard is not None
    assert (str(heard.code), heard.age_frames) == ("01:02:03:04", Fraction(0))
    assert heard.code.rate.name == "25"


def test_pieces_that_are_lost_make_no_number() -> None:
    reader = MtcReader()
    pieces = quarter_frames(timecode_at(5_000, RATES["25"]))
    assert [reader.read(data) for data in pieces[:3] + pieces[4:]] == [None] * 7
    assert [reader.read(data) for data in pieces][-1] is not None


def test_pieces_that_come_backward_are_known_by_it() -> None:
    reader = MtcReader()
    heard = [reader.read(data) for data in reversed(quarter_frames(timecode_at(5_000, RATES["25"])) * 2)]
    assert any(one is not None and one.is_backward for one in heard)


@given(st.lists(st.binary(min_size=1, max_size=12), max_size=20))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_read_or_passed_over(several: list[bytes]) -> None:
    reader = MtcReader()
    for data in several:
        reader.read(data)
        reader.read(b"\xf1" + data[:1])
        reader.read(b"\xf0\x7f\x7f\x01\x01" + data)


@pytest.mark.parametrize("text", ["", "1:2:3", "25:00:00:00", "01:00:00:25", "00:01:00;00", "aa:bb:cc:dd"])
def test_a_number_that_is_none_is_told(text: str) -> None:
    rate = RATES["29.97"] if ";" in text else RATES["25"]
    with pytest.raises(ValueError, match=r"timecode is HH|no such frame"):
        parse_timecode(text, rate)
