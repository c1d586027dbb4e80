"""Identifies monitors by their connectors and by the EDID that the displays report."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

EDID_HEADER = bytes.fromhex("00ffffffffffff00")
EDID_BYTES = 128
DRM = Path("/sys/class/drm")
"""The kernel's list of graphics cards and their connectors, such as card0-DP-1."""

NAME_TAG, SERIAL_TAG = 0xFC, 0xFF


class MonitorIdentity(NamedTuple):
    """A display's name and serial number; empty if it does not report them."""

    name: str = ""
    serial: str = ""


class Area(NamedTuple):
    """A rectangle of a monitor in pixels: left and top edge, width and height."""

    left: int
    top: int
    width: int
    height: int

    def overlaps(self, other: Area) -> bool:
        across = self.left < other.left + other.width and other.left < self.left + self.width
        return across and self.top < other.top + other.height and other.top < self.top + self.height


@dataclass(frozen=True, slots=True)
class Monitor:
    """A connected monitor with its place on the desktop in pixels, and its refresh rate.

    For an area of a larger monitor, `whole` is that monitor.
    """

    connector: str
    identity: MonitorIdentity
    x: int
    y: int
    width: int
    height: int
    refresh_hz: float
    whole: Monitor | None = None

    @property
    def whole_monitor(self) -> Monitor:
        """The monitor itself, also for an area of one."""
        return self.whole or self

    def holds(self, area: Area) -> bool:
        return area.left + area.width <= self.width and area.top + area.height <= self.height

    def cut(self, area: Area) -> Monitor:
        """An area of this monitor as a separate monitor."""
        x, y = self.x + area.left, self.y + area.top
        return replace(self, x=x, y=y, width=area.width, height=area.height, whole=self)

    def __str__(self) -> str:
        name, serial = map(printable, self.identity)
        known = " ".join(filter(None, (name, serial and f"serial {serial}")))
        size = f"{self.width}x{self.height}+{self.x}+{self.y} at {self.refresh_hz:g} Hz"
        return f"{self.connector} ({known}) {size}" if known else f"{self.connector} {size}"


def printable(said: str) -> str:
    """A device's text up to its first control character: many devices end their texts with zeros."""
    return re.split(r"[\x00-\x1f\x7f-\x9f]", said, maxsplit=1)[0].strip()


def parse_edid(data: bytes) -> MonitorIdentity:
    """The identity in an EDID block (VESA E-EDID 1.4, 3.4 and 3.10); empty if the block is damaged or no EDID.

    A display without a name gets its maker and product number, such as `DEL-A0C4`.
    """
    block = data[:EDID_BYTES]
    if len(block) < EDID_BYTES or not block.startswith(EDID_HEADER) or sum(block) % 256:
        return MonitorIdentity()
    texts: dict[int, str] = {}
    for start in (54, 72, 90, 108):
        descriptor = block[start : start + 18]
        if descriptor[:3] == b"\0\0\0":
            texts[descriptor[3]] = printable(descriptor[5:].decode("ascii", errors="replace"))
    letters = int.from_bytes(block[8:10], "big")
    maker = "".join(chr(64 + (letters >> shift & 31)) for shift in (10, 5, 0))
    product, number = int.from_bytes(block[10:12], "little"), int.from_bytes(block[12:16], "little")
    return MonitorIdentity(
        texts.get(NAME_TAG) or f"{maker}-{product:04X}", texts.get(SERIAL_TAG) or (str(number) if number else "")
    )


def parse_xrandr(text: str) -> dict[str, MonitorIdentity]:
    """Each connected connector and the identity of its display, from the output of `xrandr --props`."""
    found: dict[str, MonitorIdentity] = {}
    for part in re.split(r"^(?=\S)", text, flags=re.MULTILINE):
        head = re.match(r"(\S+) connected\b", part)
        if head:
            edid = re.search(r"^\s+EDID:\s*\n((?:\s+[0-9a-f]+\n)+)", part, flags=re.MULTILINE)
            found[head[1]] = parse_edid(bytes.fromhex("".join(edid[1].split()))) if edid else MonitorIdentity()
    return found


def drm_identities(folder: Path = DRM) -> dict[str, MonitorIdentity]:
    """Each connector of Linux's graphics cards, with the identity of its display, which is empty without one.

    Wayland's compositors name connectors in the same way. Empty on other systems.
    """
    found: dict[str, MonitorIdentity] = {}
    for connector in sorted(folder.glob("card*-*")):
        try:
            edid = (connector / "edid").read_bytes()
        except OSError:  # unplugged just now, or a connector without displays
            edid = b""
        found[connector.name.partition("-")[2]] = parse_edid(edid)
    return found


def parse_connectors(text: str) -> tuple[str, ...]:
    """All connectors of the machine, connected or not, from the output of `xrandr`."""
    return tuple(re.findall(r"^(\S+) (?:connected|disconnected|unknown connection)\b", text, flags=re.MULTILINE))
