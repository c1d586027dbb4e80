"""A monitor of ten bits a channel: Xorg's dummy driver at depth 30."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from installation.benchmarks.dummy_monitors import DummyMonitors, three_monitors
from installation.errors import DeviceError
from installation.outputs.windows.windows import Windows
from installation.picture.mixing.canvas import Canvas
from installation.rig.head import Head, MonitorSelector

SIZE = (640, 360)
TEN_BITS = 1023


@pytest.fixture
def deep_cables(monkeypatch: pytest.MonkeyPatch) -> Iterator[DummyMonitors]:
    try:
        with three_monitors(depth=30) as cables:
            monkeypatch.setenv("DISPLAY", cables.name)
            monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
            yield cables
    except DeviceError as error:
        pytest.skip(str(error))


def test_a_heads_curve_uses_the_steps_that_the_monitor_has(deep_cables: DummyMonitors) -> None:
    assert deep_cables.plugged
    head = Head("left", MonitorSelector(connector="DUMMY0"), curve=(1.1, 1.1, 1.1))
    ramp = np.broadcast_to(np.linspace(40, 60, SIZE[0]).round().astype(np.uint8)[None, :, None], (SIZE[1], SIZE[0], 4))
    with Windows({"left": SIZE}, lambda _: None, heads=[head]) as windows, Canvas(windows.context, SIZE) as canvas:
        canvas.texture.write(np.ascontiguousarray(ramp).tobytes())
        (window,) = windows.output_windows
        window.set_canvases({"left": canvas})
        windows.context.finish()
        window.draw().result()
        seen: NDArray[np.float32] = window._thread.submit(
            lambda: np.frombuffer(window._drawing._context.screen.read((0, 0, *SIZE), 3, dtype="f4"), np.float32)
        ).result()
    steps = seen * TEN_BITS
    assert np.abs(steps - steps.round()).max() < 0.01, "only steps of ten bits"
    expected = (np.arange(40, 61) / 255) ** 1.1 * TEN_BITS
    used = np.unique(steps.round())
    assert np.abs(used[:, None] - expected).min(axis=1).max() < 1.5, "a step of dither, and what the driver rounds"
    assert len(used) > 35
