"""The house against real processes: tiny players that crash, hang, are killed or stopped. Only its clock is ours."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path

import pytest

from installation.desk.journal.journal_lines import ClockAnchor, JournalHeader, header_line
from installation.house.incident import MAX_INCIDENTS, Incident, write_incident
from installation.house.supervisor import Supervisor, SupervisorLimits

HEADER = JournalHeader("a1b2", "Tide", Fraction(60), ClockAnchor(1.8e9))

PLAYER = """
import os, signal, socket, sys, threading
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
def say(text):
    notify.sendto(text.encode(), "\\0" + os.environ["NOTIFY_SOCKET"][1:])
def play(frame=0):
    say("READY=1\\nWATCHDOG=1\\nX_FRAME=%d" % frame)
    while True:
        frame += 1
        say("WATCHDOG=1\\nX_FRAME=%d" % frame)
        threading.Event().wait(0.02)
def forever():
    threading.Event().wait()
"""

PATIENCE_SECONDS = 30.0
"""How long a test waits for an event on a very busy machine before it fails."""


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def player(script: str) -> tuple[str, ...]:
    return (sys.executable, "-S", "-c", PLAYER + script)


@contextmanager
def house(
    command: tuple[str, ...], folder: Path, safe_command: tuple[str, ...] = (), journal: Path | None = None
) -> Iterator[tuple[Supervisor, Clock]]:
    clock = Clock()
    with Supervisor(
        command,
        folder,
        safe_command=safe_command,
        journal=journal,
        limits=SupervisorLimits(poll_seconds=0.01),
        clock=clock,
        wall=lambda: 1.8e9 + clock.now,
    ) as supervisor:
        yield supervisor, clock


def step_until(supervisor: Supervisor, reached: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not reached():
        assert time.monotonic() < give_up, supervisor.statistics()
        supervisor.step()


def play_until_frame(supervisor: Supervisor, frame_number: int) -> None:
    def reached() -> bool:
        statistics = supervisor.statistics()
        return statistics.state == "playing" and (statistics.frame_number or 0) >= frame_number

    step_until(supervisor, reached)


def process(supervisor: Supervisor) -> int:
    number = supervisor.statistics().process
    assert number is not None
    return number


def open_files() -> set[str]:
    return {entry.name for entry in Path("/proc/self/fd").iterdir()}


def incidents(folder: Path) -> list[dict[str, object]]:
    return [json.loads(path.read_text()) for path in sorted(folder.glob("incident-*.json"))]


def test_a_player_that_ends_by_itself_ends_the_house(tmp_path: Path) -> None:
    with house(player("say('READY=1'); sys.exit(0)"), tmp_path) as (supervisor, _):
        assert supervisor.run() == 0
    assert incidents(tmp_path) == []


def test_the_house_says_why_it_ended_and_is_told_of_every_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    starts: list[str] = []
    command = player("say('READY=1'); sys.exit(0)")
    with Supervisor(command, tmp_path, starting=lambda: starts.append("start")) as supervisor:
        assert supervisor.run() == 0
    assert starts == ["start"]
    assert "because somebody ended it, and the house ends, too" in caplog.text


def test_the_next_player_starts_without_waiting_for_the_house_to_look_again(tmp_path: Path) -> None:
    limits = SupervisorLimits(poll_seconds=10 * PATIENCE_SECONDS)
    with Supervisor(player("play(100)"), tmp_path, limits=limits) as supervisor:
        play_until_frame(supervisor, 101)
        os.kill(process(supervisor), signal.SIGKILL)
        step_until(supervisor, lambda: supervisor.statistics().starts == 2)


def test_a_killed_player_is_started_again_at_once_and_leaves_an_incident(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    journal.write_text(header_line(HEADER) + '{"frame": 7, "kind": "go"}\n')
    with house(player("play(100)"), tmp_path, journal=journal) as (supervisor, _):
        play_until_frame(supervisor, 110)
        os.kill(process(supervisor), signal.SIGKILL)
        step_until(supervisor, lambda: supervisor.statistics().starts == 2)
        play_until_frame(supervisor, 101)
        (incident,) = incidents(tmp_path)
        assert incident["kind"] == "crash"
        assert incident["exit_code"] == -signal.SIGKILL
        assert incident["score"] == "a1b2"
        assert incident["journal_tail"] == ['{"frame": 7, "kind": "go"}']
        assert isinstance(incident["frame"], int)
        assert incident["frame"] >= 110


def test_a_command_whose_words_are_no_text_leaves_an_incident_too(tmp_path: Path) -> None:
    with house((*player("play()"), "f\udcfcr.yaml"), tmp_path) as (supervisor, _):
        play_until_frame(supervisor, 3)
        os.kill(process(supervisor), signal.SIGKILL)
        step_until(supervisor, lambda: supervisor.statistics().starts == 2)
        (incident,) = incidents(tmp_path)
        assert ascii(incident["command"]).endswith("'f\\udcfcr.yaml']")
        assert incident["what"].startswith("the player was ended by SIGKILL at frame ")  # type: ignore[attr-defined]  # a text


def test_a_start_that_fails_again_and_again_is_one_incident_whose_reason_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    command = player("print('there is no display', file=sys.stderr); sys.exit(1)")
    with house(command, tmp_path) as (supervisor, clock):
        for crashes in range(1, 4):
            step_until(supervisor, lambda count=crashes: supervisor.statistics().crashes == count)  # type: ignore[misc]
            clock.now += 60.0
    (incident,) = incidents(tmp_path)
    assert incident["output"] == ["there is no display"]
    assert caplog.text.count("ended with exit code 1 before its first frame after 0.0 s: there is no display") == 3


def test_a_stopped_player_is_a_hang_and_says_where_it_was(tmp_path: Path) -> None:
    with house(player("play()"), tmp_path) as (supervisor, clock):
        play_until_frame(supervisor, 3)
        os.kill(process(supervisor), signal.SIGSTOP)
        quiet = supervisor.statistics().frame_number
        supervisor.step()
        while supervisor.statistics().frame_number != quiet:
            quiet = supervisor.statistics().frame_number
            supervisor.step()
        clock.now += 10.5
        step_until(supervisor, lambda: supervisor.statistics().starts == 2)
        (incident,) = incidents(tmp_path)
        assert incident["kind"] == "hang"
        assert incident["exit_code"] == -signal.SIGABRT
        assert any("in play" in line for line in incident["output"])  # type: ignore[attr-defined]  # a list of lines
        assert incident["what"].startswith("the player hung and was ended at frame ")  # type: ignore[attr-defined]  # a text
        assert supervisor.statistics().hangs == 1


def test_a_player_that_beats_is_never_taken_for_hung_however_long_it_plays(tmp_path: Path) -> None:
    with house(player("play()"), tmp_path) as (supervisor, clock):
        for round_ in range(1, 6):
            play_until_frame(supervisor, round_ * 3)
            clock.now += 9.0
            supervisor.step()
        assert supervisor.statistics().hangs == 0


def test_a_hung_player_that_ignores_the_request_to_abort_is_killed(tmp_path: Path) -> None:
    deaf = "signal.signal(signal.SIGABRT, signal.SIG_IGN); say('READY=1\\nX_FRAME=1'); forever()"
    with house(player(deaf), tmp_path) as (supervisor, clock):
        play_until_frame(supervisor, 1)
        clock.now += 10.5
        step_until(supervisor, lambda: supervisor.statistics().state == "ending a hang")
        clock.now += 3.5
        step_until(supervisor, lambda: supervisor.statistics().crashes == 1)
        assert incidents(tmp_path)[0]["exit_code"] == -signal.SIGKILL


def test_a_player_that_never_shows_a_picture_is_ended_after_the_start_limit(tmp_path: Path) -> None:
    with house(player("forever()"), tmp_path) as (supervisor, clock):
        step_until(supervisor, lambda: supervisor.statistics().state == "starting")
        clock.now += 91.0
        step_until(supervisor, lambda: supervisor.statistics().crashes == 1)
        assert incidents(tmp_path)[0]["kind"] == "no start"


def test_a_crash_leaves_its_traceback(tmp_path: Path) -> None:
    with house(player("raise RuntimeError('lost the context')"), tmp_path) as (supervisor, _):
        step_until(supervisor, lambda: supervisor.statistics().crashes == 1)
        assert "RuntimeError: lost the context" in str(incidents(tmp_path)[0]["output"])


def test_pauses_grow_from_crash_to_crash_and_begin_anew_after_a_steady_run(tmp_path: Path) -> None:
    crashing = "say('READY=1\\nWATCHDOG=1\\nX_FRAME=1')\nif not os.path.exists('steady'): os._exit(3)\nplay()"
    os_folder = tmp_path / "state"
    script = f"os.chdir({str(tmp_path)!r})\n" + crashing
    with house(player(script), os_folder) as (supervisor, clock):
        for crashes, pause in enumerate((0.0, 1.0, 2.0, 5.0), start=1):
            step_until(supervisor, lambda count=crashes: supervisor.statistics().crashes == count)  # type: ignore[misc]
            if pause:
                clock.now += pause - 0.1
                supervisor.step()
                assert supervisor.statistics().starts == crashes
                clock.now += 0.2
        (tmp_path / "steady").touch()
        play_until_frame(supervisor, 2)
        clock.now += 5.0
        play_until_frame(supervisor, 4)
        assert supervisor.statistics().in_a_row == 4
        for _ in range(40):
            clock.now += 8.0
            play_until_frame(supervisor, (supervisor.statistics().frame_number or 0) + 1)
        assert supervisor.statistics().in_a_row == 0


def test_a_crash_loop_shows_the_safe_picture_until_the_player_has_a_picture_again(tmp_path: Path) -> None:
    script = f"if not os.path.exists({str(tmp_path / 'mended')!r}): os._exit(1)\nplay()"
    safe = player("say('READY=1'); forever()")
    with house(player(script), tmp_path, safe_command=safe) as (supervisor, clock):
        for crashes in range(1, 5):
            assert not supervisor.statistics().safe_picture
            step_until(supervisor, lambda count=crashes: supervisor.statistics().crashes == count)  # type: ignore[misc]
            clock.now += 60.0
        step_until(supervisor, lambda: supervisor.statistics().safe_picture)
        shown = supervisor._safe_picture._child
        assert shown is not None
        shown.kill()
        step_until(supervisor, lambda: not supervisor.statistics().safe_picture)
        clock.now += 10.0  # it is shown again by itself, and not only after the next crash
        step_until(supervisor, lambda: supervisor.statistics().safe_picture)
        (tmp_path / "mended").touch()

        def plays() -> bool:
            if supervisor.statistics().state == "pausing":
                clock.now += 1.0
            return supervisor.statistics().state == "playing"

        step_until(supervisor, plays)
        play_until_frame(supervisor, 1)
        assert not supervisor.statistics().safe_picture


def test_a_mistake_in_the_score_ends_the_house_with_its_exit_code_before_anything_was_seen(tmp_path: Path) -> None:
    with house(player("sys.exit(2)"), tmp_path) as (supervisor, _):
        assert supervisor.run() == 2


def test_a_mistake_that_is_saved_later_does_not_end_the_house(tmp_path: Path) -> None:
    script = f"""
if os.path.exists({str(tmp_path / "wrong")!r}): sys.exit(2)
open({str(tmp_path / "wrong")!r}, "w")
say("READY=1"); sys.exit(1)
"""
    with house(player(script), tmp_path) as (supervisor, _):
        step_until(supervisor, lambda: supervisor.statistics().crashes == 2)
        assert supervisor.exit_code is None


def test_stopping_asks_the_player_to_end_and_waits_for_it(tmp_path: Path) -> None:
    script = f"""
def end(*_):
    open({str(tmp_path / "ended")!r}, "w"); sys.exit(0)
signal.signal(signal.SIGTERM, end)
play()
"""
    with house(player(script), tmp_path) as (supervisor, _):
        play_until_frame(supervisor, 1)
        supervisor.stop()
        assert supervisor.run() == 0
    assert (tmp_path / "ended").exists()


def test_a_player_that_does_not_end_when_asked_is_killed(tmp_path: Path) -> None:
    with house(player("signal.signal(signal.SIGTERM, signal.SIG_IGN)\nplay()"), tmp_path) as (supervisor, clock):
        play_until_frame(supervisor, 1)
        supervisor.stop()
        step_until(supervisor, lambda: supervisor.statistics().state == "stopping")
        clock.now += 10.5
        assert supervisor.run() == 0


def test_what_the_player_has_started_ends_with_it(tmp_path: Path) -> None:
    number = tmp_path / "number"
    script = f"""
import pathlib, subprocess
started = subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE)
pathlib.Path({str(number)!r}).write_text(str(started.pid))
play()
"""
    with house(player(script), tmp_path) as (supervisor, _):

        def runs() -> bool:
            with suppress(OSError):  # it has just ended, or has not begun
                return bool(Path(f"/proc/{number.read_text()}/cmdline").read_bytes())
            return False

        step_until(supervisor, runs)  # its command line is empty for a moment, until the system has loaded it
        supervisor.close()
        give_up = time.monotonic() + PATIENCE_SECONDS
        while runs():
            assert time.monotonic() < give_up


def test_the_house_leaves_no_process_and_no_open_file_behind(tmp_path: Path) -> None:
    before = open_files()
    with house(player("play()"), tmp_path) as (supervisor, _):
        play_until_frame(supervisor, 1)
        pid = process(supervisor)
    supervisor.close()
    assert open_files() == before
    assert not Path(f"/proc/{pid}").exists()


def test_a_full_disk_loses_the_incident_file_but_not_the_restart(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("not a folder")
    with house(player("os._exit(1)"), tmp_path / "state") as (supervisor, _):
        step_until(supervisor, lambda: supervisor.statistics().starts == 2)
        assert supervisor.statistics().last_incident is None


@contextmanager
def house_that_sets_aside(
    command: tuple[str, ...], folder: Path, aside: list[str]
) -> Iterator[tuple[Supervisor, Clock]]:
    clock = Clock()
    with Supervisor(
        command,
        folder,
        set_state_aside=lambda: aside.append("state"),
        limits=SupervisorLimits(poll_seconds=0.01, start_seconds=30.0),
        clock=clock,
    ) as supervisor:
        yield supervisor, clock


def crash_until(supervisor: Supervisor, clock: Clock, starts: int) -> None:
    while supervisor.statistics().starts < starts:
        clock.now += 60.0 * (supervisor.statistics().state == "pausing")
        supervisor.step()


def test_after_two_crashes_on_the_same_state_it_is_set_aside_once(tmp_path: Path) -> None:
    aside: list[str] = []
    with house_that_sets_aside(player("sys.exit(70)"), tmp_path, aside) as (supervisor, clock):
        crash_until(supervisor, clock, 2)
        assert aside == []
        crash_until(supervisor, clock, 3)
        assert aside == ["state"]
        crash_until(supervisor, clock, 7)
    assert aside == ["state"]


@pytest.mark.parametrize(
    "end", ["sys.exit(1)", "os.kill(os.getpid(), signal.SIGKILL)", "os.kill(os.getpid(), signal.SIGTERM)"]
)
def test_no_display_and_no_hand_from_outside_costs_the_state(tmp_path: Path, end: str) -> None:
    aside: list[str] = []
    with house_that_sets_aside(player(end), tmp_path, aside) as (supervisor, clock):
        crash_until(supervisor, clock, 5)
    assert aside == []


def test_a_player_that_somebody_else_asked_to_end_is_started_again(tmp_path: Path) -> None:
    script = "say('READY=1')\nsay('X_ASKED=1')\nsys.exit(0)"
    with house(player(script), tmp_path) as (supervisor, _):
        step_until(supervisor, lambda: supervisor.statistics().starts == 2)
    assert "was asked to end, by a signal that was not the house's" in str(incidents(tmp_path)[0]["what"])


def test_a_house_without_a_file_left_goes_on_and_starts_the_player_when_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*_: object, **__: object) -> None:
        raise OSError(24, "Too many open files")

    with house(player("play()"), tmp_path) as (supervisor, clock):
        with monkeypatch.context() as patched:
            patched.setattr("installation.house.child.socket.socket", exhausted)
            for _ in range(3):
                supervisor.step()
        assert supervisor.exit_code is None
        clock.now += 60.0
        play_until_frame(supervisor, 3)


def test_a_mistake_of_the_house_leaves_no_player_unwatched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    steps = []

    def step(supervisor: Supervisor) -> None:
        steps.append("step")
        if len(steps) == 3:
            supervisor.exit_code = 0
            return
        raise ZeroDivisionError("a mistake")

    monkeypatch.setattr(Supervisor, "step", step)
    with house(player("play()"), tmp_path) as (supervisor, _):
        assert supervisor.run() == 0
    assert caplog.text.count("the house failed: ZeroDivisionError: a mistake") == 1


def test_only_the_newest_incidents_are_kept(tmp_path: Path) -> None:
    for number in range(1, MAX_INCIDENTS + 1):
        (tmp_path / f"incident-{number:06d}-20260101T000000.000000Z.json").write_text("{}")
    for number in range(5):
        write_incident(tmp_path, Incident("crash", 1.8e9 + number, 1, 1.0, None, ("player",), ""))
    kept = incidents(tmp_path)
    assert len(kept) == MAX_INCIDENTS
    assert [one["wall_seconds"] for one in kept[-5:]] == [1.8e9 + number for number in range(5)]
    assert not (tmp_path / "incident-000005-20260101T000000.000000Z.json").exists()


WAITING = "import sys\nif sys.stdin.buffer.read(1): play(500)\n"


@contextmanager
def house_with_understudy(command: tuple[str, ...], folder: Path) -> Iterator[tuple[Supervisor, Clock]]:
    clock = Clock()
    understudy = player(WAITING)
    limits = SupervisorLimits(poll_seconds=0.01)
    with Supervisor(command, folder, understudy_command=understudy, limits=limits, clock=clock) as supervisor:
        play_until_frame(supervisor, 1)
        step_until(supervisor, lambda: supervisor.statistics().understudy is not None)
        yield supervisor, clock


def test_the_understudy_plays_when_the_player_has_ended_and_another_one_waits(tmp_path: Path) -> None:
    with house_with_understudy(player("play(100)"), tmp_path) as (supervisor, _):
        understudy = supervisor.statistics().understudy
        os.kill(process(supervisor), signal.SIGKILL)
        play_until_frame(supervisor, 501)
        assert supervisor.statistics().process == understudy
        step_until(supervisor, lambda: supervisor.statistics().understudy not in (None, understudy))


def test_an_understudy_loads_in_the_pause_before_a_start(tmp_path: Path) -> None:
    clock, limits = Clock(), SupervisorLimits(poll_seconds=0.01, pauses_seconds=(5.0,))
    command, understudy = player("os._exit(1)"), player(WAITING)
    with Supervisor(command, tmp_path, understudy_command=understudy, limits=limits, clock=clock) as supervisor:
        step_until(supervisor, lambda: supervisor.statistics().understudy is not None)
        assert (supervisor.statistics().state, supervisor.statistics().starts) == ("pausing", 1)
        waiting = supervisor.statistics().understudy
        clock.now += 5.1
        play_until_frame(supervisor, 501)
        assert supervisor.statistics().process == waiting


def test_the_house_knows_whether_the_understudy_has_loaded(tmp_path: Path) -> None:
    limits = SupervisorLimits(poll_seconds=0.01)
    understudy = player("say('X_LOADED=1')\n" + WAITING)
    with Supervisor(player("play(100)"), tmp_path, understudy_command=understudy, limits=limits) as supervisor:
        assert not supervisor.statistics().understudy_loaded
        step_until(supervisor, lambda: supervisor.statistics().understudy_loaded)
        assert supervisor.statistics().state == "playing"


def test_an_understudy_that_has_ended_leaves_the_show_to_a_start_from_nothing(tmp_path: Path) -> None:
    with house_with_understudy(player("play(100)"), tmp_path) as (supervisor, _):
        understudy = supervisor.statistics().understudy
        assert understudy is not None
        os.kill(understudy, signal.SIGKILL)
        step_until(supervisor, lambda: supervisor.statistics().understudy is None)
        os.kill(process(supervisor), signal.SIGKILL)
        step_until(supervisor, lambda: supervisor.statistics().starts == 2)
        play_until_frame(supervisor, 101)


def test_the_understudy_ends_with_its_house(tmp_path: Path) -> None:
    before = open_files()
    with house_with_understudy(player("play(100)"), tmp_path) as (supervisor, _):
        understudy = supervisor.statistics().understudy
    assert not Path(f"/proc/{understudy}").exists()
    assert open_files() == before
