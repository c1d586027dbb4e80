"""A wall on Wayland: sway without a screen has two monitors, and grim says what is seen on each."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from installation.outputs.windows.arrangement import spans
from installation.rig.monitors import Monitor, MonitorIdentity

MONITORS = ("HEADLESS-1", "HEADLESS-2")
SIZE = (640, 360)
LONGEST_SECONDS = 60.0
NOBODY = 65534
"""sway refuses to run as root, as tests in a container do."""

# A process of its own, because GLFW chooses between X and Wayland when it is loaded.
SHOWS = """
import sys
import numpy as np
from installation.outputs.windows.connected import monitors_now
from installation.outputs.windows.windows import Windows
from installation.picture.mixing.canvas import Canvas
from installation.rig.monitors import Area
from installation.rig.head import Head, MonitorSelector

print(*(one.connector for one in monitors_now()), flush=True)
heads = (
    Head("right", MonitorSelector(connector="HEADLESS-2")),
    Head("upper", MonitorSelector(connector="HEADLESS-1"), area=Area(0, 0, 640, 180)),
    Head("lower", MonitorSelector(connector="HEADLESS-1"), area=Area(320, 180, 320, 180)),
)
colours = {"right": (255, 0, 0), "upper": (0, 255, 0), "lower": (0, 0, 255)}
with Windows(dict.fromkeys(colours, (64, 36)), lambda _: None, heads=heads) as windows:
    canvases = {}
    for output, colour in colours.items():
        canvases[output] = Canvas(windows.context, (64, 36))
        canvases[output].texture.write(bytes((*colour, 255)) * (64 * 36))
    for number in range(20):
        windows.present(number, canvases)
    print("shown", flush=True)
    while sys.stdin.readline():
        windows.present(number := number + 1, canvases)
    for canvas in canvases.values():
        canvas.close()
"""


@pytest.fixture
def wayland() -> Iterator[dict[str, str]]:
    """The environment of programs in front of two monitors."""
    if not (shutil.which("sway") and shutil.which("grim")):
        pytest.skip("sway or grim is not installed (apt install sway grim)")
    with tempfile.TemporaryDirectory(prefix="sway-") as name:  # not under tmp_path, which only its owner may enter
        folder = Path(name)
        places = zip(MONITORS, ("0,0", "640,0"), strict=True)
        lines = [f"output {one} resolution 640x360 position {place}\n" for one, place in places]
        (folder / "config").write_text("".join(lines))
        (folder / "config").chmod(0o644)
        as_nobody: list[str] = []
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
            as_nobody = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        inherited = {key: os.environ[key] for key in os.environ if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
        ours = inherited | {"XDG_RUNTIME_DIR": name, "XDG_SESSION_TYPE": "wayland"}
        headless = {"WLR_BACKENDS": "headless", "WLR_HEADLESS_OUTPUTS": "2", "WLR_RENDERER": "pixman"}
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        command = [*as_nobody, "sway", "-c", str(folder / "config")]
        with subprocess.Popen(command, env=ours | headless | {"WLR_LIBINPUT_NO_DEVICES": "1"}, **quiet) as compositor:  # type: ignore[call-overload]  # the same for both
            try:
                yield ours | {"WAYLAND_DISPLAY": _socket(folder, compositor)}
            finally:
                compositor.terminate()


def _socket(folder: Path, compositor: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + LONGEST_SECONDS
    while not (found := [one.name for one in folder.glob("wayland-*") if one.is_socket()]):
        assert compositor.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)  # another program, on the time of the world
    return found[0]


def seen(monitor: str, environment: dict[str, str], folder: Path) -> np.ndarray:
    """What is seen on a monitor (height, width, 3)."""
    file = folder / f"{monitor}.png"
    subprocess.run(["grim", "-o", monitor, str(file)], env=environment, check=True, timeout=LONGEST_SECONDS)
    with Image.open(file) as picture:
        return np.asarray(picture.convert("RGB"))


def test_each_head_is_seen_on_the_monitor_whose_connector_it_names(wayland: dict[str, str], tmp_path: Path) -> None:
    root = str(Path(__file__).parents[3])
    with subprocess.Popen(
        [sys.executable, "-c", SHOWS],
        env=wayland | {"PYTHONPATH": root},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as show:
        assert show.stdout
        assert show.stdin
        assert show.stdout.readline().split() == list(MONITORS)
        assert show.stdout.readline() == "shown\n"
        left, right = (seen(one, wayland, tmp_path) for one in MONITORS)
        show.stdin.close()
        assert show.wait(LONGEST_SECONDS) == 0
    assert left.shape == right.shape == (360, 640, 3)
    assert (right == (255, 0, 0)).all()
    assert (left[:180] == (0, 255, 0)).all()
    assert (left[180:, 320:] == (0, 0, 255)).all()
    assert (left[180:, :320] == 0).all()


def test_where_windows_cannot_be_placed_each_monitor_has_its_own() -> None:
    found = {
        name: Monitor(f"DP-{number}", MonitorIdentity(), 1920 * number, 0, 1920, 1080, 60.0)
        for number, name in enumerate(("left", "right"))
    }
    assert [span.outputs for span in spans(found)] == [("left", "right")]
    assert [span.outputs for span in spans(found, can_place=False)] == [("left",), ("right",)]
