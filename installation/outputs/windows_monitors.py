"""Which monitors this machine has now, as GLFW sees them, with the identities that X knows.

`python -m installation.outputs.windows_monitors` prints them as JSON: for those who must survive a driver that crashes.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict

import glfw

from installation.errors import DeviceError
from installation.outputs.monitors import Identity, Monitor, parse_xrandr

XRANDR_SECONDS = 5.0


def connected_monitors() -> tuple[Monitor, ...]:
    """The monitors from left to right, then from top to bottom; GLFW must be initialized."""
    identities = _identities()
    found = []
    for monitor in glfw.get_monitors():
        connector = glfw.get_monitor_name(monitor)
        connector = connector.decode(errors="replace") if isinstance(connector, bytes) else connector
        mode = glfw.get_video_mode(monitor)
        if mode is None:  # it was unplugged between the two questions
            continue
        x, y = glfw.get_monitor_pos(monitor)
        found.append(
            Monitor(
                connector,
                identities.get(connector, Identity()),
                x,
                y,
                mode.size.width,
                mode.size.height,
                mode.refresh_rate,
            )
        )
    return tuple(sorted(found, key=lambda one: (one.x, one.y, one.connector)))


def _identities() -> dict[str, Identity]:
    """Identities by connector; none where this is not X, or xrandr is missing."""
    try:
        done = subprocess.run(
            ["xrandr", "--props"], capture_output=True, text=True, timeout=XRANDR_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return {}
    return parse_xrandr(done.stdout)


def main() -> None:
    """Print the monitors as a JSON list."""
    if not glfw.init():
        raise DeviceError("no display: is DISPLAY set, and does a desktop run?")
    try:
        print(json.dumps([asdict(monitor) for monitor in connected_monitors()]))
    finally:
        glfw.terminate()


if __name__ == "__main__":
    main()
