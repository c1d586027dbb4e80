"""Examines this machine for an unattended show; each finding names its way out.

Checks that may crash or take long run in their own processes. All checks run at the same time, except the measurement.
"""

from __future__ import annotations

import json
import math
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from installation.errors import DeviceError
from installation.fleet.chrony import TRACKING, read_tracking
from installation.house.cards import ANSWER_SECONDS, DRM, MIB, Ask, GraphicsCard, ask_program, cards
from installation.outputs.films.formats import FORMATS
from installation.systems import user_name

MIN_FREE_BYTES = 2 * 2**30
"""Logs, incidents and the journal of a year take 200 MB; the rest is for films and the system itself."""

MIN_MEMORY_BYTES = 4 * 2**30

HOT_CELSIUS = 85.0
"""Cards throttle some degrees above this."""

FULL_SHARE = 0.9

SOFTWARE_RENDERERS = re.compile(r"llvmpipe|softpipe|swrast|SwiftShader|Software", re.IGNORECASE)

Status = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One finding about the machine; `way_out` says what to do, and is empty if nothing needs to be done."""

    topic: str
    status: Status
    what: str
    way_out: str = ""


def examine(
    folder: Path,
    ports: Mapping[str, int],
    rig_check: Sequence[str] = (),
    ask: Ask = ask_program,
    *,
    is_fleet: bool = False,
) -> tuple[Diagnosis, ...]:
    """Every finding, in print order; `folder` is where the house keeps its state.

    `rig_check` is the command that checks a rig on this machine; empty for none. With `is_fleet`, several machines
    play, and their clocks must agree.
    """
    questions: list[Callable[[], Diagnosis]] = [
        system,
        memory,
        partial(graphics, ask),
        partial(card, ask),
        permissions,
        partial(monitors, ask),
        *([partial(rig, ask, rig_check)] if rig_check else []),
        partial(display_sleep, ask),
        partial(cuda, ask),
        partial(film, ask),
        partial(disk, folder),
        partial(fleet_clock if is_fleet else clock, ask),
        *(partial(port, name, number) for name, number in ports.items()),
    ]
    with ThreadPoolExecutor(len(questions)) as pool:
        found = tuple(pool.map(lambda question: question(), questions))
    return (*found, decoding(ask))  # It measures, so no other check runs meanwhile.


def system() -> Diagnosis:
    """Operating system, Python and processors."""
    cores = os.cpu_count() or 1
    what = f"{platform.system()} {platform.release()}, Python {platform.python_version()}, {cores} processors"
    if cores < 2:
        return Diagnosis("system", "warn", what, "decoding and drawing share one processor; expect a lower quality")
    return Diagnosis("system", "ok", what)


def memory() -> Diagnosis:
    """How much memory the machine has."""
    size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    what = f"{size / 2**30:.1f} GiB"
    if size < MIN_MEMORY_BYTES:
        return Diagnosis("memory", "warn", what, "close other programs, or install 4 GiB or more")
    return Diagnosis("memory", "ok", what)


def graphics(ask: Ask) -> Diagnosis:
    """OpenGL without a display, and whether a graphics card draws it."""
    way_out = "install the graphics card's driver; on Debian or Ubuntu at least: apt install libegl1 libgl1-mesa-dri"
    try:
        as_text = _probe(ask, "gl")
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        return Diagnosis("OpenGL", "fail", f"none ({_reason(error)})", way_out)
    what = f"{as_text['renderer']}, OpenGL {as_text['version']}"
    if SOFTWARE_RENDERERS.search(as_text["renderer"]):
        return Diagnosis("OpenGL", "warn", f"{what}: drawn by the processor", way_out)
    return Diagnosis("OpenGL", "ok", what)


def card(ask: Ask, drm: Path = DRM) -> Diagnosis:
    """Every card's driver, memory and temperature, if it reports them."""
    found = cards(ask, drm)
    if not found:
        return Diagnosis("graphics card", "ok", "no graphics card reports its state")
    what = ", ".join(map(_describe_card, found))
    if any((one.celsius or 0.0) >= HOT_CELSIUS for one in found):
        return Diagnosis("graphics card", "warn", what, "clean the fans, and give the machine cool air")
    if any((one.used_bytes or 0) > FULL_SHARE * (one.total_bytes or math.inf) for one in found):
        return Diagnosis(
            "graphics card",
            "warn",
            what,
            "close other programs that use its memory (nvidia-smi or radeontop lists them)",
        )
    return Diagnosis("graphics card", "ok", what)


def _describe_card(card: GraphicsCard) -> str:
    as_text = f"{card.name}, driver {card.driver}"
    if card.used_bytes is not None and card.total_bytes is not None:
        as_text += f", {card.used_bytes / MIB:.0f} of {card.total_bytes / MIB:.0f} MiB used"
    return as_text if card.celsius is None else f"{as_text}, {card.celsius:.0f} °C"


def permissions(devices: Path = Path("/dev/dri")) -> Diagnosis:
    """Whether the current user may draw on the graphics card."""
    nodes = sorted(devices.glob("renderD*"))
    if not nodes:
        return Diagnosis("permissions", "ok", f"{devices} has no card to draw on")
    shut = [node.name for node in nodes if not os.access(node, os.R_OK | os.W_OK)]
    if shut:
        way_out = f"sudo usermod -aG video,render {_user()}, then log in again"
        return Diagnosis("permissions", "fail", f"{_user()} may not use {', '.join(shut)}", way_out)
    return Diagnosis("permissions", "ok", f"{_user()} may use {', '.join(node.name for node in nodes)}")


def monitors(ask: Ask) -> Diagnosis:
    """Connected monitors, and whether they run at one rate."""
    try:
        as_text = json.loads(ask([sys.executable, "-m", "installation.outputs.windows.connected"]))
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        way_out = "start a desktop or X server and set DISPLAY, or play with --headless"
        return Diagnosis("monitors", "warn", f"no display ({_reason(error)})", way_out)
    if not as_text:
        return Diagnosis("monitors", "fail", "none is connected", "plug one in and switch it on before the machine")
    size = "{connector} {width}x{height} at {refresh_hz:g} Hz"
    what = ", ".join(size.format(**one) for one in as_text)
    if len({one["refresh_hz"] for one in as_text}) > 1:
        return Diagnosis(
            "monitors", "warn", what, "set all to one refresh rate (xrandr --rate), otherwise some pictures judder"
        )
    return Diagnosis("monitors", "ok", what)


def rig(ask: Ask, command: Sequence[str]) -> Diagnosis:
    """Whether a rig fits this machine; the last word of the command is the rig's file."""
    file = command[-1]
    way_out = f"installation rig check {file} says where"
    try:
        lines = ask(command).splitlines()
    except subprocess.CalledProcessError as error:
        mistakes = [line for line in (error.stderr or "").splitlines() if line.startswith(f"{file}:")]
        return Diagnosis("rig", "fail", _counted(mistakes, "mistake") if mistakes else _reason(error), way_out)
    except (OSError, subprocess.SubprocessError) as error:
        return Diagnosis("rig", "fail", _reason(error), way_out)
    warnings = [line[9:] for line in lines if line.startswith("warning: ")]
    if warnings:
        return Diagnosis("rig", "warn", _counted(warnings, "warning"), way_out)
    return Diagnosis("rig", "ok", f"{file}: every output has its monitor")


def display_sleep(ask: Ask) -> Diagnosis:
    """Whether the desktop would blank the screens by itself."""
    try:
        as_text = ask(["xset", "q"])
    except (OSError, subprocess.SubprocessError) as error:
        return Diagnosis("screen saver", "ok", f"not asked ({_reason(error)})")
    blanking = re.search(r"timeout:\s+([1-9]\d*)", as_text)
    if blanking or "DPMS is Enabled" in as_text:
        what = f"blanks after {blanking[1]} s" if blanking else "display power management is on"
        return Diagnosis(
            "screen saver", "warn", what, "`installation play` and `house` disable it while they show windows"
        )
    return Diagnosis("screen saver", "ok", "off")


def cuda(ask: Ask) -> Diagnosis:
    """Whether torch can decode on a graphics card."""
    try:
        as_text = _probe(ask, "cuda")
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        return Diagnosis(
            "CUDA", "fail", f"torch does not load ({_reason(error)})", "run `make play` to install it again"
        )
    if not as_text["devices"]:
        way_out = (
            "with an NVIDIA card: install its driver and a torch built for CUDA; otherwise pictures decode more slowly"
        )
        return Diagnosis("CUDA", "warn", f"no device (torch {as_text['torch']})", way_out)
    return Diagnosis("CUDA", "ok", f"{', '.join(as_text['devices'])} (torch {as_text['torch']})")


def decoding(ask: Ask) -> Diagnosis:
    """Which decoder a show uses here, and why."""
    try:
        return Diagnosis("decoder", "ok", _probe(ask, "decoder")["reason"])
    except subprocess.TimeoutExpired as error:
        return Diagnosis("decoder", "warn", _reason(error), "run it again: the first run compiles for a few seconds")
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        return Diagnosis("decoder", "fail", f"none works ({_reason(error)})", "run `make play` to install it again")


def film(ask: Ask) -> Diagnosis:
    """Whether films can be written."""
    way_out = "pip install --force-reinstall imageio-ffmpeg, which includes a complete ffmpeg"
    try:
        as_text = _probe(ask, "film")
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        return Diagnosis("films", "fail", f"no ffmpeg ({_reason(error)})", way_out)
    films = {name: one.encoder for name, one in FORMATS.items() if one.encoder}
    missing = [name for name, encoder in films.items() if encoder not in as_text["encoders"]]
    if missing:
        return Diagnosis("films", "warn", f"ffmpeg cannot write {', '.join(missing)}", way_out)
    return Diagnosis("films", "ok", f"ffmpeg writes {', '.join(films)}")


def disk(folder: Path) -> Diagnosis:
    """Whether the journal and the logs can be written, and whether enough space is free."""
    nearest = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    if not os.access(nearest, os.W_OK | os.X_OK):
        return Diagnosis("disk", "fail", f"{nearest} cannot be written", f"chown it to {_user()}, or use --folder")
    free = shutil.disk_usage(nearest).free
    what = f"{free / 2**30:.1f} GiB free for {folder}"
    if free < MIN_FREE_BYTES:
        return Diagnosis("disk", "warn", what, "free some space, or name a folder on another disk with --folder")
    return Diagnosis("disk", "ok", what)


def clock(ask: Ask) -> Diagnosis:
    """Whether the wall clock is synchronized: opening hours and resuming depend on it."""
    way_out = "install chrony (apt install chrony), or: timedatectl set-ntp true"
    try:
        as_text = dict(line.split("=", 1) for line in ask(["timedatectl", "show"]).split("\n") if "=" in line)
    except (OSError, subprocess.SubprocessError) as error:
        return Diagnosis("clock", "warn", f"cannot tell whether the clock is right ({_reason(error)})", way_out)
    if as_text.get("NTPSynchronized") != "yes":
        return Diagnosis("clock", "warn", f"not synchronized ({as_text.get('Timezone', 'no time zone')})", way_out)
    return Diagnosis("clock", "ok", f"synchronized ({as_text.get('Timezone', 'no time zone')})")


def fleet_clock(ask: Ask) -> Diagnosis:
    """Whether chrony synchronizes this machine's clock with the other machines' clocks."""
    way_out = (
        "installation fleet chrony RIG prints its configuration; apt install chrony, and look at `chronyc sources`"
    )
    try:
        tracking = read_tracking(ask(TRACKING))
    except (OSError, subprocess.SubprocessError, DeviceError) as error:
        return Diagnosis("clock", "fail", f"cannot tell whether chrony controls the clock ({_reason(error)})", way_out)
    return Diagnosis("clock", tracking.status, str(tracking), "" if tracking.status == "ok" else way_out)


def port(name: str, number: int) -> Diagnosis:
    """Whether the desk can listen on a port."""
    try:
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            with socket.socket(socket.AF_INET, kind) as free:
                if kind is socket.SOCK_STREAM:
                    free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                free.bind(("127.0.0.1", number))
    except OSError as error:
        way_out = f"end the program that uses it (ss -lptun 'sport = :{number}'), or choose another with --{name}"
        return Diagnosis(f"port {number}", "warn", f"{name}: {error.strerror}", way_out)
    return Diagnosis(f"port {number}", "ok", f"free for --{name}")


def as_text(findings: Sequence[Diagnosis]) -> str:
    """The findings for people, one on each line, with its way out below."""
    width = max(len(finding.topic) for finding in findings)
    lines = []
    for finding in findings:
        lines.append(f"{finding.status:4}  {finding.topic:{width}}  {finding.what}")
        if finding.way_out:
            lines.append(f"{'':4}  {'':{width}}  -> {finding.way_out}")
    return "\n".join(lines)


def _probe(ask: Ask, name: str) -> dict[str, Any]:
    found = json.loads(ask([sys.executable, "-m", "installation.commands.processes.probe", name]))
    assert isinstance(found, dict)
    return found


def _reason(error: Exception) -> str:
    """The last line of a failed program's standard error or, without one, of its output; or why it did not run."""
    if isinstance(error, subprocess.TimeoutExpired):
        return f"no answer in {ANSWER_SECONDS:g} s"
    if isinstance(error, subprocess.CalledProcessError):
        said = (error.stderr or error.stdout or "").strip().splitlines()
        ended = f"signal {-error.returncode}" if error.returncode < 0 else f"exit code {error.returncode}"
        return said[-1].rpartition("Error: ")[2][:160] if said else ended
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)


def _counted(lines: Sequence[str], what: str) -> str:
    return lines[0] if len(lines) == 1 else f"{len(lines)} {what}s, the first: {lines[0]}"


def _user() -> str:
    return user_name()
