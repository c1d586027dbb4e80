"""The monitors that this machine has now, from GLFW, with their identities from X or from the kernel.

`python -m installation.outputs.windows.connected` prints them as JSON, for callers that must survive a driver's crash.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict
from typing import Any

import glfw

from installation.outputs.windows.toolkit import can_place_windows, glfw_session, video_mode
from installation.rig.monitors import Monitor, MonitorIdentity, drm_identities, parse_connectors, parse_xrandr

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
    """All connectors of this machine, with or without a monitor; empty if neither X nor the kernel lists them."""
    return parse_connectors(_xrandr()) or tuple(drm_identities())


def _identities() -> dict[str, MonitorIdentity]:
    """Identities by connector, from X, or on Wayland from the kernel."""
    return parse_xrandr(_xrandr()) if can_place_windows() else drm_identities()


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
