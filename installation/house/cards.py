"""What graphics cards report: NVIDIA's by its own tool, others by the files that Linux has about them."""

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
"""Its cards have files, too, but without figures in them."""

MAKERS = {"0x1002": "AMD", "0x8086": "Intel"}

Ask = Callable[[Sequence[str]], str]
"""Runs a program and returns what it prints; raises OSError or subprocess.SubprocessError where it does not answer."""

_HELD = re.compile(r"drm-(?:resident|memory)-vram\d*:\s*(\d+)\s*(KiB|MiB)?")


@dataclass(frozen=True, slots=True)
class GraphicsCard:
    """A graphics card; None is what it does not report. A card in the processor has no memory of its own."""

    name: str
    driver: str
    used_bytes: int | None
    total_bytes: int | None
    celsius: float | None


def ask_program(command: Sequence[str]) -> str:
    """Run a program and return what it prints, within ANSWER_SECONDS."""
    return subprocess.run(command, capture_output=True, text=True, timeout=ANSWER_SECONDS, check=True).stdout


def cards(ask: Ask = ask_program, drm: Path = DRM) -> tuple[GraphicsCard, ...]:
    """All cards of this machine; takes as long as NVIDIA's tool, some tens of milliseconds."""
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
    """What NVIDIA's tool answers, line by line; lines without commas are sentences of its own."""
    lines = ask(["nvidia-smi", "--format=csv,noheader,nounits", query]).splitlines()
    return [[word.strip() for word in line.split(",")] for line in lines if "," in line]


def _bytes(mib: str) -> int | None:
    number = _number(mib)
    return None if number is None else int(number * MIB)


def _number(text: str) -> float | None:
    """`[N/A]` is what a card says that does not know."""
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
    """By what Linux says of each open file of a process; one that is open twice is counted once, by its number."""
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
    """Without the space around it; None where there is none."""
    try:
        return path.read_text().strip() or None
    except (OSError, UnicodeDecodeError):
        return None
