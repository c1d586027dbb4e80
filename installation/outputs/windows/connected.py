"""The monitors that this machine has now, from GLFW, with their identities from X.

`python -m installation.outputs.windows.connected` prints them as JSON, for callers that must survive a driver's crash.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict
from typing import Any

import glfw

from installation.outputs.windows.toolkit import glfw_session, video_mode
from installation.rig.monitors import Monitor, MonitorIdentity, parse_connectors, parse_xrandr

XRANDR_SECONDS = 5.0


def connected_monitors() -> dict[Monitor, Any]:
    """The monitors from left to right, then from top to bottom, each with GLFW's own; GLFW must be initialized."""
    identities = _identities()
    found: dict[Monitor, Any] = {}
    for monitor in glfw.get_monitors():
        connector = glfw.get_monitor_name(monitor)
        connector = connector.decode(errors="replace") if isinstance(connector, bytes) else connector
        mode = video_mode(monitor)
        if mode is None:  # it was unplugged between the two calls
            continue
        x, y = glfw.get_monitor_pos(monitor)
        size, refresh_hz = mode.size, float(mode.refresh_rate)
        identity = identities.get(connector, MonitorIdentity())
        found[Monitor(connector, identity, x, y, size.width, size.height, refresh_hz)] = monitor
    return dict(sorted(found.items(), key=lambda one: (one[0].x, one[0].y, one[0].connector)))


def monitor_layout() -> tuple[object, ...]:
    """A value that changes when monitors come, go, move or change their mode; cheap enough for several calls a
    second."""
    return tuple(
        (glfw.get_monitor_name(one), *glfw.get_monitor_pos(one), video_mode(one)) for one in glfw.get_monitors()
    )


def monitors_now() -> tuple[Monitor, ...]:
    """The monitors, for a process that does not use GLFW otherwise; raises DeviceError without a display."""
    with glfw_session():
        return tuple(connected_monitors())


def connectors_now() -> tuple[str, ...]:
    """All connectors of this machine, with or without a monitor; empty if X does not list them."""
    return parse_connectors(_xrandr())


def _identities() -> dict[str, MonitorIdentity]:
    """Identities by connector; empty without X or xrandr."""
    return parse_xrandr(_xrandr())


def _xrandr() -> str:
    """xrandr's list of monitors. `--current`, because a query to the displays may black them out for a moment."""
    try:
        done = subprocess.run(
            ["xrandr", "--current", "--props"], capture_output=True, text=True, timeout=XRANDR_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def main() -> None:
    """Print the monitors as a JSON list."""
    print(json.dumps([asdict(monitor) for monitor in monitors_now()]))


if __name__ == "__main__":
    main()
