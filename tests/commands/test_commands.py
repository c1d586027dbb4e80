"""The commands as artists, technicians and scripts use them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
from PIL import Image
from typer.testing import CliRunner

from installation import __version__
from installation.commands.cli import app, main
from tests.command import COMMAND, HEADLESS, LONGEST_SECONDS, installation
from tests.small_atlas import small_atlas

SCORE = """\
title: Two rooms
atlas: atlas
fps: 10
outputs: {left: 64x36, right: 48x48}
cues:
  - id: 1
    duration: 2s
    layers:
      - montage: mirror
        walk: [near-0, near-3]
        view: [{at: 0s, zoom: 1}, {at: 2s, zoom: 2, degrees: 20}]
  - id: 2
    duration: 2s
    transition: {dissolve: 1s}
    layers: [{walk: [far-1, near-2]}]
"""


@pytest.fixture
def score(tmp_path: Path) -> Path:
    small_atlas(tmp_path / "atlas")
    path = tmp_path / "rooms.yaml"
    path.write_text(SCORE)
    return path


def test_a_score_plays_without_a_display_and_reports_what_happened(score: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    done = installation("play", score, "--for", "1", "--report", report)
    assert done.returncode == 0, done.stderr
    assert "no display" in done.stderr
    told = json.loads(report.read_text())
    assert told["frames"]["due"] >= 10
    assert told["frames"]["shown"] + told["frames"]["skipped"] == told["frames"]["due"]
    assert set(told["frames"]) == {"due", "shown", "skipped", "late"}
    assert told["first_frame_seconds"] > 0
    assert list(told["stages"]) == ["tick", "drain", "evaluate", "supply", "mix", "present", "tell", "between"]
    assert 0 < told["stages"]["mix"]["p50_ms"] <= told["stages"]["mix"]["p99_ms"] <= told["stages"]["mix"]["worst_ms"]
    assert sum(one["skipped"] for one in told["stages"].values()) == told["frames"]["skipped"]
    assert sum(one["skipped"] for one in told["skips"]) == told["frames"]["skipped"]
    assert told["decoder"]
    assert told["quality"][0]["outputs"].keys() == {"left", "right"}
    assert {"shown", "refresh", "skew_ms"} <= set(told["outputs"]["left"])
    counted = ("received", "applied", "refused", "failed", "journal_refused")
    assert told["messages"] == dict.fromkeys(counted, 0) | {"latency_frames": {"p99": None, "worst": None}}
    assert told["warnings"] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_the_show_cleanly(score: Path, tmp_path: Path, number: int) -> None:
    report, address = tmp_path / "report.json", tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(str(address))
        supervisor.settimeout(LONGEST_SECONDS)
        words = ["play", str(score), "--headless", "--report", str(report)]
        environment = HEADLESS | {"NOTIFY_SOCKET": str(address)}
        with subprocess.Popen([*COMMAND, *words], stderr=subprocess.PIPE, text=True, env=environment) as process:
            try:
                while b"READY=1" not in supervisor.recv(4096):
                    pass
                process.send_signal(number)
                _, errors = process.communicate(timeout=LONGEST_SECONDS)
            finally:
                process.kill()
    assert process.returncode == 0
    assert "Traceback" not in errors
    assert json.loads(report.read_text())["frames"]["shown"] >= 1


def test_a_film_has_every_frame_and_two_films_are_the_same_bytes(score: Path, tmp_path: Path) -> None:
    whole, again, middle = tmp_path / "whole", tmp_path / "again", tmp_path / "middle"
    for out, span in ((whole, ("0", "4")), (again, ("0", "4")), (middle, ("1.5", "3"))):
        done = installation("export", score, "--out", out, "--from", span[0], "--to", span[1])
        assert done.returncode == 0, done.stderr
        assert done.stdout.split() == [f"{out}-left", f"{out}-right"]
    for output in ("left", "right"):
        frames = pictures_of(tmp_path / f"whole-{output}")
        assert len(frames) == 40
        assert frames == pictures_of(tmp_path / f"again-{output}")
        part = sorted((tmp_path / f"middle-{output}").iterdir())
        assert [path.name for path in part] == sorted(frames)[15:30]
        for path in part:  # the pictures are the same; what they say of themselves names the frames of their film
            whole_picture = Image.open(tmp_path / f"whole-{output}" / path.name)
            assert Image.open(path).tobytes() == whole_picture.tobytes()


def test_a_film_with_a_rig_shows_what_its_monitors_show(score: Path, tmp_path: Path) -> None:
    """Turned by a quarter onto a monitor that hangs on its side, and without red; what has no head is not filmed."""
    rig = tmp_path / "rig.yaml"
    rig.write_text("heads: {left: {monitor: {connector: DP-1}, rotation: 90, white: [0, 1, 1]}}\n")
    span = ["--from", "0", "--to", "1f"]
    for out, more in (("wall", ["--rig", str(rig)]), ("plain", ["--output", "left"])):
        done = CliRunner().invoke(app, ["export", str(score), "--out", str(tmp_path / out), *span, *more])
        assert done.exit_code == 0, done.output
        assert done.output.split() == [str(tmp_path / out)]
    with Image.open(tmp_path / "wall" / "000000.png") as wall, Image.open(tmp_path / "plain" / "000000.png") as plain:
        assert wall.size == (36, 64)
        turned = np.rot90(np.asarray(plain).astype(int), -1)
        assert np.abs(np.asarray(wall).astype(int) - turned * (0, 1, 1)).max() <= 1


def test_a_film_of_a_wall_is_one_for_each_of_its_projectors(score: Path, tmp_path: Path) -> None:
    rig = tmp_path / "rig.yaml"
    rig.write_text("""\
heads:
  near: {monitor: {connector: DP-1}, shows: left, part: [0, 0, 0.5, 1]}
  far: {monitor: {connector: DP-2}, shows: left, part: [0.5, 0, 0.5, 1]}
""")
    found = {}
    for out, more in (("wall", ["--rig", str(rig)]), ("plain", ["--output", "left"])):
        words = ["export", str(score), "--out", str(tmp_path / out), "--to", "1f", *more]
        done = CliRunner().invoke(app, words, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        for path in map(Path, done.output.split()):
            found[path.name] = np.asarray(Image.open(next(path.iterdir())).convert("RGB")).astype(int)
    assert found["wall-near"].shape == (36, 32, 3)
    halves = np.hstack([found["wall-near"], found["wall-far"]])
    assert np.abs(halves - found["plain"])[:, [*range(31), *range(33, 64)]].max() <= 2  # at the seam both are smoothed


def test_a_rig_that_shows_nothing_of_a_film_is_refused_and_so_is_alpha_on_a_monitor(
    score: Path, tmp_path: Path
) -> None:
    rig = tmp_path / "rig.yaml"
    rig.write_text("heads: {left: {monitor: {connector: DP-1}}}\n")
    words = ["export", str(score), "--rig", str(rig), "--to", "1f"]
    done = CliRunner().invoke(app, [*words, "--out", str(tmp_path / "a.mov"), "--output", "right"])
    assert "shows right, so nobody would see it" in str(done.exception)
    done = CliRunner().invoke(app, [*words, "--out", str(tmp_path / "a.mov"), "--format", "prores-4444"])
    assert "a monitor shows no alpha, but ProRes 4444 with alpha has it" in str(done.exception)


def test_a_deep_film_is_the_show_and_no_coarser(score: Path, tmp_path: Path) -> None:
    """EXR has light in half floats, and what is seen of it is the PNG of the same frame."""
    for format_ in ("exr", "png"):
        words = ["export", str(score), "--out", str(tmp_path / format_), "--format", format_, "--output", "left"]
        done = CliRunner().invoke(app, [*words, "--from", "1", "--to", "1.1"])
        assert done.exit_code == 0, done.output
    with OpenEXR.File(str(tmp_path / "exr" / "000010.exr")) as file:
        light = file.channels()["RGBA"].pixels.astype(np.float64)
    assert (light[..., 3] == 1).all()
    display = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 0) ** (1 / 2.4) - 0.055)
    with Image.open(tmp_path / "png" / "000010.png") as png:
        assert np.abs(255 * display[..., :3] - np.asarray(png)).max() < 1.2
    assert len(np.unique(light[..., 0])) > 300


def test_a_still_is_the_frame_that_the_film_has_at_that_time(score: Path, tmp_path: Path) -> None:
    assert installation("export", score, "--out", tmp_path / "film", "--from", "2", "--to", "3").returncode == 0
    done = installation("still", score, "--at", "0:02.4", "--out", tmp_path / "still.png")
    assert done.returncode == 0, done.stderr
    for output in ("left", "right"):
        frame = sorted((tmp_path / f"film-{output}").iterdir())[4]
        with Image.open(tmp_path / f"still-{output}.png") as still, Image.open(frame) as filmed:
            assert still.tobytes() == filmed.tobytes()


def test_one_output_at_another_size_and_rate(score: Path, tmp_path: Path) -> None:
    done = installation(
        "still", score, "--at", "1s", "--out", tmp_path / "s.png", "--output", "right", "--size", "20x16"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(tmp_path / "s.png")
    done = installation(
        "export", score, "--out", tmp_path / "f", "--output", "right", "--fps", "4", "--to", "1", "--size", "20x16"
    )
    assert done.returncode == 0, done.stderr
    assert len(pictures_of(tmp_path / "f")) == 4


def test_a_film_is_a_video_file_for_each_output(score: Path, tmp_path: Path) -> None:
    done = installation("export", score, "--out", tmp_path / "film.mp4", "--to", "1")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "film-left.mp4").stat().st_size > 500
    assert (tmp_path / "film-right.mp4").stat().st_size > 500


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["still", "SCORE", "--at", "12 o'clock", "--out", "s.png"], "--at: "),
        (["still", "SCORE", "--at", "1s", "--out", "s.jpg"], "a still is a PNG file"),
        (["still", "SCORE", "--at", "1s", "--out", "s.png", "--output", "up"], "it has left, right"),
        (["still", "SCORE", "--at", "1s", "--out", "s.png", "--size", "huge"], "--size: 'huge'"),
        (["export", "SCORE", "--out", "f.gif", "--to", "1"], ".gif"),
        (["export", "SCORE", "--out", "f.mp4", "--from", "3", "--to", "2"], "is not after"),
        (["play", "SCORE", "--headless", "--cue", "nine"], "it has 1, 2"),
        (["play", "SCORE", "--headless", "--fps", "fast"], "--fps: 'fast'"),
        (["play", "SCORE", "--headless", "--resume"], "--journal FILE"),
        (["play", "nowhere.yaml", "--headless"], "nowhere.yaml:1:1: there is no such file"),
    ],
)
def test_a_mistake_on_the_command_line_is_said_in_a_sentence(score: Path, words: list[str], told: str) -> None:
    done = installation(*[score if word == "SCORE" else word for word in words], cwd=score.parent)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert {path.name for path in score.parent.iterdir()} == {"atlas", "rooms.yaml"}


def test_the_version_is_told() -> None:
    assert CliRunner().invoke(app, ["--version"]).stdout == f"installation {__version__}\n"


def test_torch_leaves_the_threads_to_those_who_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["installation", "--version"])
    for before, after in ((None, "1"), ("4", "4")):
        monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
        if before is not None:
            monkeypatch.setenv("OMP_NUM_THREADS", before)
        with pytest.raises(SystemExit):
            main()
        assert os.environ["OMP_NUM_THREADS"] == after


def test_check_tells_every_mistake_at_once(score: Path) -> None:
    assert installation("check", score).returncode == 0
    score.write_text(SCORE.replace("near-3", "near-33").replace("dissolve", "disolve").replace("fps: 10", "fps: NaN"))
    done = installation("check", score)
    assert done.returncode == 2
    assert [line.split(":")[1] for line in done.stderr.splitlines()] == ["3", "10", "14"]
    assert "did you mean" in done.stderr
    right = score.with_name("right.yaml")
    right.write_text(SCORE)
    both = installation("check", right, score)
    assert (both.returncode, both.stdout) == (2, f"{right}: no mistakes\n")
    assert both.stderr == done.stderr


def test_check_compiles_the_shaders_of_a_score(score: Path) -> None:
    (score.parent / "wrong.fs").write_text("/*{}*/\nvoid main() {\n gl_FragColor = vec4(nope);\n}\n")
    score.write_text("outputs: {wall: 64x36}\ncues: [{id: 1, duration: 1s, layers: [{isf: wrong.fs}]}]\n")
    done = installation("check", str(score))
    assert done.returncode == 2
    assert f"{score.parent / 'wrong.fs'}:3:1: " in done.stderr
    assert "nope" in done.stderr


def test_a_damaged_atlas_is_said_and_nothing_plays(score: Path) -> None:
    family = next((score.parent / "atlas" / "families").iterdir())
    family.write_bytes(family.read_bytes()[:-1000])
    done = installation("play", score, "--headless", "--for", "1")
    assert done.returncode == 1
    assert str(family) in done.stderr
    assert "Traceback" not in done.stderr


def test_a_show_resumes_from_its_journal_and_an_evening_is_filmed_as_it_was(score: Path, tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    for _ in range(2):  # the second run finds the first one's journal
        done = installation("play", score, "--headless", "--for", "0.5", "--cue", "2", "--journal", journal, "--resume")
        assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert lines[0]["title"] == "Two rooms"
    assert [line["kind"] for line in lines[1:] if "anchor" not in line] == ["go"]
    assert installation("export", score, "--out", tmp_path / "day", "--to", "0.2", "--journal", journal).returncode == 0
    assert installation("export", score, "--out", tmp_path / "own", "--to", "0.2").returncode == 0
    assert pictures_of(tmp_path / "day-left") != pictures_of(tmp_path / "own-left")


@pytest.mark.parametrize("words", [("play", "--for", "inf"), ("rehearse", "--for", "inf"), ("soak", "--hours", "inf")])
def test_a_length_without_an_end_is_refused(score: Path, words: tuple[str, ...]) -> None:
    done = installation(words[0], score, *words[1:])
    assert done.returncode == 2
    assert "leave the option out" in " ".join(done.stderr.replace("│", " ").split())


def test_a_picture_that_cannot_be_drawn_whole_is_refused_before_it_turns_out_black(score: Path, tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    done = installation("export", score, "--to", "1f", "--size", "13600x13600", "--output", "left", "--out", out)
    assert done.returncode == 2
    assert "13600x13600 are 185 million pixels" in done.stderr
    assert not out.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_an_export_that_is_ended_by_a_signal_leaves_nothing_half_written(
    score: Path, tmp_path: Path, number: signal.Signals
) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    command = [*COMMAND, "export", str(score), "--out", str(folder / "film.mp4"), "--size", "640x360"]
    with subprocess.Popen(command, env=HEADLESS, stderr=subprocess.PIPE) as export:
        deadline = time.monotonic() + LONGEST_SECONDS
        while not any(folder.iterdir()) and export.poll() is None:
            assert time.monotonic() < deadline
            os.sched_yield()
        export.send_signal(number)
        assert export.wait(LONGEST_SECONDS) == 130
    assert not list(folder.iterdir())


def pictures_of(folder: Path) -> dict[str, bytes]:
    """The pictures of a film by name, in order."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.png"))}
