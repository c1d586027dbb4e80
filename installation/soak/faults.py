"""The faults that a trial can inject into a show, and the checks of the recovery."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial

from installation.house.supervisor import SupervisorLimits
from installation.soak.checks import Check, FaultOutcome
from installation.soak.disk import Disk
from installation.soak.gauges import CLOSED_STREAMS
from installation.soak.network import NetworkNamespace
from installation.soak.strangers import FLOODS, Strangers
from installation.soak.trial import Trial

FIRST_FRAME_SECONDS = 8.0
"""From the end of a player to the first picture of the next one."""

MAX_RECOVERY_SECONDS = 150.0
"""A show that has not recovered from a fault by then counts as never recovered."""

CABLE_SECONDS = 2.0
FLOOD_PACKETS = 150_000
FLOOD_BATCH = 5_000

STEPS_SECONDS = (1.0, -1.0, 3600.0, -7200.0)
"""Leap seconds both ways, a time zone set by hand, and farther back."""

JOIN_SECONDS = 40.0
"""The player retries a missing service after 30 seconds at the latest."""

FORGED_LINES = (
    b'{"frame": ' + b"9" * 400 + b', "sequence": 0, "kind": "go"}',
    b'{"frame": 1.5, "sequence": 0, "kind": "pause"}',
    b'{"frame": 9, "sequence": 0, "kind": "set", "target": "/master", "value": NaN}',
    b'{"frame": 9, "sequence": 0, "kind": "set", "target": {}, "value": 1}',
    b'{"anchor": {"show_epoch": 1e300}}',
    b'{"succession": {"frame": 0, "score": "\\u0000", "title": 1, "control": {"fps": "1e999999999"}}}',
    b"[" * 50_000,
    b"\0\xff",
)
"""Lines that a damaged disk, or an attacker, may leave in a journal."""

Checks = tuple[Check, ...]


class NotTriedError(Exception):
    """Raised if this machine does not allow the fault; the message says why."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault. `apply` causes and repairs it, and returns the seconds to recovery and the checks."""

    name: str
    apply: Callable[[Trial], tuple[float | None, Checks]]


def inject(fault: Fault, trial: Trial) -> FaultOutcome:
    """Apply one fault to a running trial; a fault that is not possible here becomes one line."""
    at_seconds = trial.seconds
    try:
        recovery_seconds, lines = fault.apply(trial)
    except NotTriedError as reason:
        return FaultOutcome(fault.name, at_seconds, None, (Check("not tried", None, str(reason)),))
    return FaultOutcome(fault.name, at_seconds, recovery_seconds, lines)


def kill(trial: Trial) -> tuple[float | None, Checks]:
    """End the player with kill -9 at a random moment, its start included."""
    trial.wait(trial.rng.uniform(0.2, 12.0))
    return _check_restart(trial, lambda: _send(trial, signal.SIGKILL), FIRST_FRAME_SECONDS)


def hang(trial: Trial) -> tuple[float | None, Checks]:
    """Stop the player (SIGSTOP), as in a driver that never returns."""
    _wait_until_playing(trial)
    hangs = trial.now.hangs
    limit = SupervisorLimits().silent_seconds + SupervisorLimits().abort_seconds + FIRST_FRAME_SECONDS
    seconds, lines = _check_restart(trial, lambda: _send(trial, signal.SIGSTOP), limit)
    seen = trial.now.hangs == hangs + 1
    return seconds, (*lines, Check("seen as a hang", seen, f"{trial.now.hangs - hangs} hangs counted", "1"))


def flood(trial: Trial) -> tuple[float | None, Checks]:
    """Send OSC as fast as one machine can: sweeps, queries and garbage."""
    _wait_until_playing(trial)
    starts, begun = trial.now.starts, trial.steady()
    for _ in range(FLOOD_PACKETS // FLOOD_BATCH):
        trial.operator.flood(FLOOD_BATCH)
        trial.step()
    seconds = trial.steady() - begun
    plays = trial.plays_on(2.0) and trial.now.starts == starts
    rate = f"{FLOOD_PACKETS / seconds:,.0f} packets a second for {seconds:.1f} s"
    return None, (Check("the show plays through a flood", plays, rate), _check_fader(trial), *_check_recovery(trial))


def full_disk(trial: Trial) -> tuple[float | None, Checks]:
    """Fill the disk of journal, logs and incidents, then make room again."""
    _wait_until_playing(trial)
    with _disk(trial).full():
        plays = trial.plays_on(4.0)
        line = Check("the show plays on with a full disk", plays, "4 s")
        seconds, lines = _check_restart(trial, lambda: _send(trial, signal.SIGKILL), FIRST_FRAME_SECONDS, journal=False)
    return seconds, (line, *lines, *_check_journal_resumes(trial))


def read_only_disk(trial: Trial) -> tuple[float | None, Checks]:
    """Make the disk read-only, as Linux does after errors, end the player, then make the disk writable again."""
    _wait_until_playing(trial)
    with _disk(trial).read_only():
        seconds, lines = _check_restart(trial, lambda: _send(trial, signal.SIGKILL), FIRST_FRAME_SECONDS, journal=False)
        plays = trial.plays_on(3.0)
    return seconds, (
        *lines,
        Check("the show plays on with a read-only disk", plays, "3 s"),
        *_check_journal_resumes(trial),
    )


def clock_step(trial: Trial) -> tuple[float | None, Checks]:
    """Set the wall clock during the show by leap seconds and hours, both ways, and end the player in between."""
    _wait_until_playing(trial)
    lines = []
    for step in STEPS_SECONDS:
        trial.gauges.shift_seconds += step
        plays = trial.plays_on(2.0)
        lines.append(Check(f"the show goes on through a clock set by {step:+g} s", plays, "2 s"))
    seconds, after = _check_restart(trial, lambda: _send(trial, signal.SIGKILL), FIRST_FRAME_SECONDS)
    trial.gauges.shift_seconds = 0.0
    plays = trial.plays_on(2.0)
    return seconds, (*lines, *after, Check("the show goes on when the clock is right again", plays, "2 s"))


def broken_score(trial: Trial) -> tuple[float | None, Checks]:
    """Save half of the score, then one with a mistake, kill the player, and save the right score again."""
    _wait_until_playing(trial)
    right = trial.score_file.read_bytes()
    lines = []
    try:
        for what, text in (("half of it", right[: len(right) // 2]), ("a mistake", right + b"\nnonsense: [1\n")):
            trial.score_file.write_bytes(text)
            lines.append(Check(f"the show plays on when {what} is saved", trial.plays_on(3.0), "3 s"))
        seconds, back = _check_restart(trial, lambda: _send(trial, signal.SIGKILL), FIRST_FRAME_SECONDS)
    finally:
        trial.score_file.write_bytes(right)
    return seconds, (
        *lines,
        *back,
        Check("and when it is right again", trial.plays_on(3.0), "3 s"),
        *_check_recovery(trial),
    )


def cable(trial: Trial) -> tuple[float | None, Checks]:
    """Unplug a monitor and plug it in again, in another mode if it has one (X11, by xrandr)."""
    _wait_until_playing(trial)
    monitor, place, modes = _spare_monitor()
    starts = trial.now.starts
    _xrandr("--output", monitor, "--off")
    plays = trial.plays_on(3.0)
    _xrandr("--output", monitor, "--mode", trial.rng.choice(modes), "--pos", place)
    _xrandr("--query")  # makes the server probe its connectors, as a hotplug signal does
    shown = _shown_counts(trial)
    back = trial.until(lambda: all(now > before for now, before in zip(_shown_counts(trial), shown, strict=True)), 10.0)
    same = trial.now.starts == starts
    return back, (
        Check(f"the others play on without {monitor}", plays, "3 s"),
        Check(
            f"all outputs show pictures after {monitor} is back", _within(back, CABLE_SECONDS), _seconds(back), "2 s"
        ),
        Check("without a restart", same, f"{trial.now.starts - starts} restarts"),
        *_check_recovery(trial),
    )


def forged_state(trial: Trial) -> tuple[float | None, Checks]:
    """Damage the journal and the files beside it while a player ends: the next player resumes from the sound part."""
    _wait_until_playing(trial)
    _send(trial, signal.SIGSTOP)
    with trial.journal.open("ab") as journal:
        journal.writelines(line + b"\n" for line in FORGED_LINES)
    for kept in trial.state.glob("*.kept/kept.json"):
        kept.write_bytes(kept.read_bytes().replace(b'"', b"\0", 3))
    return _check_restart(trial, lambda: _send(trial, signal.SIGKILL), FIRST_FRAME_SECONDS)


def no_network(trial: Trial) -> tuple[float | None, Checks]:
    """Start a player without a network, which appears later."""
    network = _network(trial)
    _wait_until_playing(trial)
    with network.away():
        seconds, lines = _check_restart(trial, lambda: _send(trial, signal.SIGKILL), FIRST_FRAME_SECONDS, journal=False)
        plays = trial.plays_on(3.0)
    back = _check_heard_again(trial)
    return seconds, (*lines, Check("the show plays on without a network", plays, "3 s"), back, *_check_recovery(trial))


def network_away(trial: Trial) -> tuple[float | None, Checks]:
    """Take the network away during the show, and bring it back."""
    network = _network(trial)
    _wait_until_playing(trial)
    with network.away():
        plays = trial.plays_on(5.0)
    back = _check_heard_again(trial)
    return None, (Check("the show plays on without a network", plays, "5 s"), back, *_check_recovery(trial))


def streams(trial: Trial) -> tuple[float | None, Checks]:
    """Let the house's output pipe fill up unread; then close a player's standard streams."""
    _wait_until_playing(trial)
    with _stuck_stderr():
        stuck, lines = _check_restart(trial, lambda: _send(trial, signal.SIGKILL), FIRST_FRAME_SECONDS)
    os.environ[CLOSED_STREAMS] = "1"
    try:
        for _ in range(2):  # the waiting understudy still has its streams
            _wait_until_playing(trial)
            closed, after = _check_restart(trial, lambda: _send(trial, signal.SIGKILL), FIRST_FRAME_SECONDS)
            lines = (*lines, *after)
    finally:
        del os.environ[CLOSED_STREAMS]
    return max((one for one in (stuck, closed) if one is not None), default=None), lines


def strangers(trial: Trial) -> tuple[float | None, Checks]:
    """Flood every port and connect slow clients, from another address than the operator's."""
    _wait_until_playing(trial)
    starts, lines = trial.now.starts, []
    with Strangers(trial.osc_port, trial.console_port) as crowd:
        crowd.linger()
        floods = {f"a flood of {one.name}": partial(crowd.flood, one, trial.step) for one in FLOODS}
        for name, flooding in (
            floods | {"a flood of patterns": partial(crowd.flood_with_patterns, trial.step)}
        ).items():
            flooding()
            plays = trial.plays_on(1.0) and trial.now.starts == starts
            lines.append(Check(f"the show plays through {name}", plays, "1 s"))
        answered = trial.until(lambda: bool(trial.health()), 10.0)
        lines.append(Check("health answers meanwhile", _within(answered, 5.0), _seconds(answered), "5 s"))
        lines.append(_check_fader(trial))
    return None, (*lines, *_check_recovery(trial))


FAULTS: Mapping[str, Fault] = {
    name: Fault(name, apply)
    for name, apply in {
        "kill": kill,
        "hang": hang,
        "flood": flood,
        "full-disk": full_disk,
        "read-only-disk": read_only_disk,
        "clock-step": clock_step,
        "broken-score": broken_score,
        "cable": cable,
        "forged-state": forged_state,
        "no-network": no_network,
        "network-away": network_away,
        "streams": streams,
        "strangers": strangers,
    }.items()
}
"""The faults by name, for `--faults`."""

DISK_FAULTS = (full_disk, read_only_disk)
"""These need a separate disk."""

NETWORK_FAULTS = (no_network, network_away)
"""These need a separate network."""


def _check_restart(
    trial: Trial, end: Callable[[], None], limit_seconds: float, *, journal: bool = True
) -> tuple[float | None, Checks]:
    """End the player, wait for the next player's first picture, and check the recovery."""
    house = trial.now
    begun = trial.steady()
    end()
    reached = trial.until(
        lambda: trial.now.crashes > house.crashes and trial.now.state == "playing", MAX_RECOVERY_SECONDS
    )
    seconds = None if reached is None else trial.steady() - begun
    lines = [
        Check("the first frame after it", _within(seconds, limit_seconds), _seconds(seconds), f"{limit_seconds:g} s")
    ]
    if seconds is None:
        return seconds, tuple(lines)
    lines += _check_recovery(trial, journal=journal)
    incident = trial.now.last_incident
    if journal:
        told = incident is not None and incident.exists() and incident != house.last_incident
        lines.append(Check("an incident file", told, incident.name if incident else "none"))
    return seconds, tuple(lines)


def _check_recovery(trial: Trial, *, journal: bool = True) -> Checks:
    """Check the frame, the control state and that nothing is lost; the last two need a written journal."""
    frame = trial.witness.check_frame(trial.now.frame_number)
    if not journal:
        return (frame,)
    is_active, trial.operator.is_active = trial.operator.is_active, False
    try:
        trial.wait(0.5)
        state = trial.witness.check_state(trial.operator.ask)
    finally:
        trial.operator.is_active = is_active
    return frame, state, trial.witness.check_journal(trial.operator.acknowledged)


def _check_journal_resumes(trial: Trial) -> Checks:
    """Check that the journal is written again when the disk accepts it."""
    trial.operator.acknowledged.clear()
    trial.wait(3.0)
    moved = trial.operator.move("/master")
    heard = trial.until(lambda: moved in trial.operator.acknowledged, 5.0)
    line = Check("the journal is kept again", False, "the show does not acknowledge anything")
    if heard is not None:
        trial.wait(1.0)
        line = trial.witness.check_journal({moved})
        line = Check("the journal is kept again", line.passed, line.figure)
    return (line,)


def _check_heard_again(trial: Trial) -> Check:
    """Check that the desk receives and sends again without any action by a person."""
    begun, moved = trial.steady(), trial.operator.move("/master")

    def heard() -> bool:
        nonlocal moved
        if moved in trial.operator.acknowledged:
            return True
        moved = trial.operator.move("/master")
        return False

    reached = trial.until(heard, JOIN_SECONDS)
    seconds = None if reached is None else trial.steady() - begun
    return Check("the desk hears again", _within(seconds, JOIN_SECONDS), _seconds(seconds), f"{JOIN_SECONDS:g} s")


@contextmanager
def _stuck_stderr() -> Iterator[None]:
    """Make this process's standard error a full pipe that nobody reads."""
    sys.stderr.flush()
    before = os.dup(2)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while os.write(writing, bytes(65_536)):
            pass
    os.set_blocking(writing, True)
    os.dup2(writing, 2)
    os.close(writing)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)
        os.close(reading)


def _network(trial: Trial) -> NetworkNamespace:
    if trial.network is None:
        raise NotTriedError("the trial cannot have a network of its own here: run it as root")
    return trial.network


def _disk(trial: Trial) -> Disk:
    if trial.disk is None:
        raise NotTriedError("the trial cannot mount a disk of its own here: run it as root")
    return trial.disk


def _spare_monitor() -> tuple[str, str, list[str]]:
    """A monitor that the trial may unplug: its connector, its position as XxY, its modes."""
    if not os.environ.get("DISPLAY"):
        raise NotTriedError("there is no X display: cables are pulled by xrandr")
    told = _xrandr("--query")
    connected = re.findall(r"^(\S+) connected (?:primary )?\d+x\d+\+(\d+)\+(\d+).*\n((?: .*\n)*)", told, re.MULTILINE)
    if len(connected) < 2:
        raise NotTriedError(f"{len(connected)} monitors are connected; two are needed, so that one can be spared")
    name, x, y, modes = connected[-1]
    return name, f"{x}x{y}", re.findall(r"^\s+(\d+x\d+)", modes, re.MULTILINE)


def _xrandr(*words: str) -> str:
    try:
        return subprocess.run(["xrandr", *words], check=True, capture_output=True, text=True, timeout=10).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise NotTriedError(f"xrandr: {error}") from None


def _shown_counts(trial: Trial) -> list[int]:
    outputs = trial.health().get("outputs", {})
    return [outputs[name]["shown"] for name in sorted(outputs)]


def _check_fader(trial: Trial) -> Check:
    moved = trial.operator.move("/master")
    seconds = trial.until(lambda: moved in trial.operator.acknowledged, 5.0)
    return Check("a fader is heard right after it", _within(seconds, 1.0), _seconds(seconds), "1 s")


def _wait_until_playing(trial: Trial) -> None:
    """Wait until the show plays and its understudy has loaded, which takes about a minute after a crash."""
    trial.until(lambda: trial.now.state == "playing" and trial.now.understudy_loaded, MAX_RECOVERY_SECONDS)
    trial.wait(2.0)


def _send(trial: Trial, number: signal.Signals) -> None:
    process = trial.now.process
    if process is not None:
        os.kill(process, number)


def _within(seconds: float | None, limit_seconds: float) -> bool:
    return seconds is not None and seconds <= limit_seconds


def _seconds(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.2f} s"
