"""A live show that leaves its room: recorded with its sound, streamed, and never held up."""

from __future__ import annotations

import time
from pathlib import Path

import av
import numpy as np
import pytest
from av.container import InputContainer

from installation.editions.edition import ShowFiles
from installation.errors import DeviceError
from installation.outputs.feeds import cost
from installation.outputs.feeds.network_stream import CODECS
from installation.player.live import Live
from installation.player.options import EngineOptions, LiveOptions
from installation.rig import sync_code
from installation.rig.streams import Stream
from tests.small_atlas import small_atlas
from tests.sound.tones import ramp, write

SCORE = """\
title: Small
atlas: atlas
fps: 30
outputs: {left: 160x90, right: 160x90}
cues: [{id: dawn, duration: 60s, layers: [{name: sea, walk: near-1}], sound: {file: ramp.wav, loop: true}}]
"""


@pytest.fixture
def score(tmp_path: Path) -> Path:
    small_atlas(tmp_path / "atlas")
    write(tmp_path / "ramp.wav", ramp(4.0))
    path = tmp_path / "score.yaml"
    path.write_text(SCORE)
    return path


def options(**more: object) -> LiveOptions:
    return LiveOptions(EngineOptions(**more), headless=True)  # type: ignore[arg-type]  # as the tests say them


def test_what_was_live_is_recorded_frame_for_frame_with_its_sound(score: Path, tmp_path: Path) -> None:
    with Live(ShowFiles(score), options(record=tmp_path / "evenings"), time.monotonic) as live:
        live.engine.rigging.gateway.take("/rig/pattern/sync", (1.0,), "test")
        for _ in range(60):
            live.step()
        told = live.as_json()["streams"]
    assert isinstance(told, dict)
    assert told["recording of left"]["sent"] > 20
    (evening,) = (tmp_path / "evenings").iterdir()
    assert sorted(path.name for path in evening.iterdir()) == ["left.mp4", "right.mp4"]
    with av.open(str(evening / "left.mp4")) as film:
        assert {stream.type for stream in film.streams} == {"video", "audio"}
        codes = [sync_code.read(frame.to_ndarray(format="gray").astype(np.uint8)) for frame in film.decode(video=0)]
    numbers = [code for code in codes if code is not None]
    assert len(numbers) > 15
    steps = np.diff(numbers)
    assert (steps >= 0).all()
    assert numbers[-1] - numbers[0] == len(numbers) - 1, "its length is that of the show, frame for frame"
    with av.open(str(evening / "left.mp4")) as film:
        assert loudest(film) > 0.01


def test_a_stream_carries_the_mix_of_the_show(score: Path, tmp_path: Path) -> None:
    web = Stream("web", "left", f"hls:{tmp_path / 'left.m3u8'}")
    with Live(ShowFiles(score), options(streams=(web,)), time.monotonic) as live:
        for _ in range(60):
            live.step()
    with av.open(str(tmp_path / "left0.ts")) as stream:  # the playlist has no end, since a show may go on
        assert {one.type for one in stream.streams} == {"video", "audio"}
        assert loudest(stream) > 0.01


def loudest(film: InputContainer) -> float:
    return float(max(np.abs(frame.to_ndarray()).max() for frame in film.decode(audio=0)))


def first_warning(live: Live) -> str:
    """Let the show play until it tells something."""
    give_up = time.monotonic() + 20
    while not live.engine.notices.current.warnings:
        assert time.monotonic() < give_up
        live.step()
    return live.engine.notices.current.warnings[0]


def test_a_stream_to_nobody_is_told_once_and_the_show_goes_on(score: Path) -> None:
    nobody = Stream("foyer", "left", "rtmp://127.0.0.1:9/live/key")
    with Live(ShowFiles(score), options(streams=(nobody,)), time.monotonic) as live:
        sentence = first_warning(live)
        assert len(live.engine.notices.current.warnings) == 1
        before = live.engine.frame_number
        for _ in range(5):
            live.step()
        assert live.engine.frame_number > before
    assert sentence.startswith("stream foyer: rtmp://127.0.0.1:9/...: ffmpeg stopped: ")
    assert sentence.endswith("refused; the show plays without it and tries again")


def test_the_streams_of_a_rig_are_sent_by_a_show(score: Path, tmp_path: Path) -> None:
    (tmp_path / "rig.yaml").write_text('streams: {foyer: {output: left, to: "udp://127.0.0.1:9"}}\n')
    with Live(ShowFiles(score, tmp_path / "rig.yaml"), options(console_port=0), time.monotonic) as live:
        live.step()
        told = live.as_json()["streams"]
        assert live.engine.console is not None
        counted = live.engine.console.further_counts()
    assert set(counted) == {"stream foyer: pictures sent", "stream foyer: pictures dropped"}
    assert isinstance(told, dict)
    assert set(told) == {"stream foyer"}


def test_a_stream_of_an_output_that_is_not_here_is_told(score: Path) -> None:
    stray = Stream("foyer", "lfet", "udp://127.0.0.1:9")
    with Live(ShowFiles(score), options(streams=(stray,)), time.monotonic) as live:
        live.step()
        live.step()
        assert live.engine.notices.current.warnings == (
            "stream foyer: no output 'lfet' is shown here; there are left, right",
        )


def test_a_recording_that_cannot_begin_ends_the_start_in_words(score: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(DeviceError, match=r"--record: .* cannot be made"):
        Live(ShowFiles(score), options(record=tmp_path / "file"), time.monotonic)


def test_a_machine_that_will_not_manage_says_so_beforehand(score: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert 0 < (cost.seconds_per_pixel(CODECS["h264"]) or 0) < 1e-5
    monkeypatch.setattr(cost, "ALLOWED_SHARE", 0.0)
    stream = Stream("foyer", "left", "udp://127.0.0.1:9")
    with Live(ShowFiles(score), options(streams=(stream,)), time.monotonic) as live:
        assert "processors, and the show may lose frames; send fewer outputs" in first_warning(live)
