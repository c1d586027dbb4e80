"""Reads the state of graphics cards: NVIDIA's from its own tool, others' from Linux' files."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MIB = 2**20

ANSWER_SECONDS = 10.0

DRM = Path("/sys/class/drm")
PROC = Path("/proc")

NVIDIA = "0x10de"
"""NVIDIA's cards have files, too, but these hold no figures."""

MAKERS = {"0x1002": "AMD", "0x8086": "Intel"}

Ask = Callable[[Sequence[str]], str]
"""Runs a program and returns its output; raises OSError or subprocess.SubprocessError if it fails."""

_HELD = re.compile(r"drm-(?:resident|memory)-vram\d*:\s*(\d+)\s*(KiB|MiB)?")


@dataclass(frozen=True, slots=True)
class GraphicsCard:
    """A graphics card; figures that it does not report are None. An integrated card has no memory of its own."""

    name: str
    driver: str
    used_bytes: int | None
    total_bytes: int | None
    celsius: float | None


def ask_program(command: Sequence[str]) -> str:
    """Run a program for at most ANSWER_SECONDS and return its output."""
    return subprocess.run(command, capture_output=True, text=True, timeout=ANSWER_SECONDS, check=True).stdout


def cards(ask: Ask = ask_program, drm: Path = DRM) -> tuple[GraphicsCard, ...]:
    """All cards of this machine; NVIDIA's tool takes some tens of milliseconds."""
    return (*_nvidia_cards(ask), *_linux_cards(drm))


def held_bytes(process: int, ask: Ask = ask_program, proc: Path = PROC) -> int | None:
    """The card memory that a process holds; None if no card says so."""
    try:
        told = _rows(ask, "--query-compute-apps=pid,used_memory")
        return sum(int(used) * MIB for pid, used in told if int(pid) == process and used.isdecimal())
    except (OSError, subprocess.SubprocessError, ValueError):
        return _linux_held_bytes(proc / str(process) / "fdinfo")


def _nvidia_cards(ask: Ask) -> Iterator[GraphicsCard]:
    query = "--query-gpu=name,driver_version,memory.used,memory.total,temperature.gpu"
    try:
        for name, driver, used_mib, total_mib, celsius in _rows(ask, query):
            yield GraphicsCard(name, driver, _bytes(used_mib), _bytes(total_mib), _number(celsius))
    except (OSError, subprocess.SubprocessError, ValueError):
        return


def _rows(ask: Ask, query: str) -> list[list[str]]:
    """The table that NVIDIA's tool prints, row by row; lines without commas are its messages."""
    lines = ask(["nvidia-smi", "--format=csv,noheader,nounits", query]).splitlines()
    return [[word.strip() for word in line.split(",")] for line in lines if "," in line]


def _bytes(mib: str) -> int | None:
    number = _number(mib)
    return None if number is None else int(number * MIB)


def _number(text: str) -> float | None:
    """A number; None for `[N/A]`, which a card prints for an unknown figure."""
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else None


def _linux_cards(drm: Path) -> Iterator[GraphicsCard]:
    for folder in sorted(drm.glob("card*")):
        device = folder / "device"
        maker = _text(device / "vendor")
        if not folder.name[4:].isdecimal() or maker in (None, NVIDIA):
            continue  # card0-HDMI-A-1 is a connector
        milli_celsius = next(filter(None, map(_text, sorted(device.glob("hwmon/hwmon*/temp1_input")))), None)
        name = f"{MAKERS.get(maker, maker)} {_text(device / 'product_name') or _text(device / 'device') or folder.name}"
        yield GraphicsCard(
            name,
            _table(device / "uevent").get("DRIVER", "unknown"),
            _whole(_text(device / "mem_info_vram_used")),
            _whole(_text(device / "mem_info_vram_total")),
            int(milli_celsius) / 1000 if milli_celsius and milli_celsius.isdecimal() else None,
        )


def _linux_held_bytes(files: Path) -> int | None:
    """From Linux' record of each open file of a process; a client that is open twice counts once."""
    held: dict[str, int] = {}
    try:
        told = [file.read_text() for file in files.iterdir()]
    except OSError:
        return None
    for text in told:
        client = re.search(r"drm-client-id:\s*(\d+)", text)
        if client and (found := _HELD.search(text)):
            held[client[1]] = int(found[1]) * {"KiB": 1024, "MiB": MIB, None: 1}[found[2]]
    return sum(held.values()) if held else None


def _table(path: Path) -> Mapping[str, str]:
    rows = (line.partition("=") for line in (_text(path) or "").splitlines())
    return {name: value for name, _, value in rows}


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None


def _text(path: Path) -> str | None:
    """A file's text without surrounding space; None if it cannot be read."""
    try:
        return path.read_text().strip() or None
    except (OSError, UnicodeDecodeError):
        return None
