"""Which monitors this machine has now, as GLFW sees them, with the identities that X knows.

`python -m installation.outputs.windows.connected` prints them as JSON, for those who must survive a driver that
crashes.
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
        if mode is None:  # it was unplugged between the two questions
            continue
        x, y = glfw.get_monitor_pos(monitor)
        size, refresh_hz = mode.size, float(mode.refresh_rate)
        identity = identities.get(connector, MonitorIdentity())
        found[Monitor(connector, identity, x, y, size.width, size.height, refresh_hz)] = monitor
    return dict(sorted(found.items(), key=lambda one: (one[0].x, one[0].y, one[0].connector)))


def monitor_layout() -> tuple[object, ...]:
    """Changes when monitors come, go, move or change their mode: cheap enough to be asked several times a second."""
    return tuple(
        (glfw.get_monitor_name(one), *glfw.get_monitor_pos(one), video_mode(one)) for one in glfw.get_monitors()
    )


def monitors_now() -> tuple[Monitor, ...]:
    """The monitors of a machine on which GLFW is not in use; raises DeviceError where there is no display."""
    with glfw_session():
        return tuple(connected_monitors())


def connectors_now() -> tuple[str, ...]:
    """All connectors that this machine has, also those without a monitor; empty where nobody can tell."""
    return parse_connectors(_xrandr())


def _identities() -> dict[str, MonitorIdentity]:
    """Identities by connector; none where this is not X, or xrandr is missing."""
    return parse_xrandr(_xrandr())


def _xrandr() -> str:
    """What X knows of its monitors. `--current`, because asking the displays may black them out for a moment."""
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
