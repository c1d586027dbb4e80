"""Reads how well chrony synchronizes the machines' clocks, and writes its configuration.

The player itself never sets a clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from installation.errors import DeviceError
from installation.rig.machines import Fleet, Machine

TRACKING = ("chronyc", "-c", "tracking")

WARN_SECONDS = 0.001
ALARM_SECONDS = 0.005
"""A sixth of a frame at 30 frames a second: two machines with such errors may show different frames."""

LOCAL_REFERENCE = "7F7F0101"
"""What chrony names as the reference in a group without an outside source, on its leader and on all that follow it."""

ORPHAN_STRATUM = 8
"""Without an external source, all machines follow the clock of one of them."""


@dataclass(frozen=True, slots=True)
class Tracking:
    """chrony's report on the system clock. `bound_seconds` is its own upper bound of the error."""

    reference: str
    stratum: int
    offset_seconds: float
    bound_seconds: float
    is_synchronised: bool

    @property
    def status(self) -> Literal["ok", "warn", "fail"]:
        if not self.is_synchronised or abs(self.offset_seconds) > ALARM_SECONDS:
            return "fail"
        return "warn" if abs(self.offset_seconds) > WARN_SECONDS else "ok"

    def __str__(self) -> str:
        if not self.is_synchronised:
            return "chrony runs but follows no clock yet"
        reference = "the house's own clock" if self.reference == LOCAL_REFERENCE else self.reference
        return f"{self.offset_seconds * 1000:+.3f} ms off {reference}, {self.bound_seconds * 1000:.3f} ms at most"


def read_tracking(text: str) -> Tracking:
    """Read one line of `chronyc -c tracking`; raises DeviceError for anything else.

    Its fields are: reference, its name, stratum, time, offset of the system's clock, last and mean offset, frequency,
    residual frequency, skew, root delay, root dispersion, interval, leap status. The bound is offset + dispersion +
    half the delay, as chronyc(1) says.
    """
    fields = text.strip().split(",")
    try:
        offset, delay, dispersion = float(fields[4]), float(fields[10]), float(fields[11])
        stratum, leap = int(fields[2]), fields[13]
    except (IndexError, ValueError):
        raise DeviceError(f"chronyc answers {text.strip()[:80]!r}, which is not a tracking report") from None
    bound = abs(offset) + dispersion + delay / 2
    return Tracking(fields[1] or fields[0], stratum, offset, bound, leap != "Not synchronised" and stratum > 0)


def configuration(fleet: Fleet, machine: Machine) -> str:
    """chrony's configuration for one machine: the others are its sources, and any of them can lead.

    `distance 0.0` lets the machines elect another leader when the first is gone.
    """
    others = fleet.others(machine.name)
    lines = [
        f"# For {machine.name}: save this there as /etc/chrony/conf.d/fleet.conf, and restart chrony.",
        *(f"server {other.address} iburst xleave minpoll 0 maxpoll 2" for other in others),
        f"local stratum {ORPHAN_STRATUM} orphan distance 0.0",
        *(f"allow {other.address}" for other in others),
        "makestep 0.001 3",
    ]
    return "\n".join(lines) + "\n"
