"""Measures the gain of decoding a warped picture for its monitor's own pixels instead of bending it as a whole:
`python -m installation.benchmarks.warp_study [RIG] [WIDTHxHEIGHT]`, without a display.

The study draws neurons of the shipped atlas both ways on the rig's warped heads, as windows do but without colour,
edges and masks. It compares them at the monitor's pixels with the definition in double precision.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import moderngl
import numpy as np
from numpy.typing import NDArray

from installation import FIRST_LIGHT, SHIPPED_ATLAS
from installation.atlas.atlas import Atlas
from installation.atlas.interpolate import Interpolator
from installation.errors import RigError
from installation.outputs.headless import Headless
from installation.outputs.heads.drawing import HeadDrawing
from installation.owner import Owner
from installation.picture.decoding.choosing.choice import cpu_decoder
from installation.picture.decoding.numpy_decoder import NumpyDecoder
from installation.picture.mixing.canvas import Canvas
from installation.picture.mixing.mixer import Mixer
from installation.picture.pixel_map import PixelMap, pixel_map
from installation.picture.source import DecodedPicture, LayerPicture
from installation.rig.head import Head
from installation.rig.venue import read_venue
from installation.rig.warp import surface
from installation.show.frame import CueFrame, Frame, LatentPoint, LayerFrame, OutputFrame, Shot, View

NEURONS = 6
SAMPLE_STEP = 13
"""The definition is slow: it draws one pixel in this many."""

ZOOMS = (1.0, 3.0, 30.0, 4000.0)
MOTION = 1 / 1000
"""The camera's motion per frame, as a share of its view: at 30 frames a second it crosses it in half a minute."""

MonitorColours = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Renderings:
    """One shot on a monitor, in 255ths (pixels, 3): by definition, decoded for the pixels, bent as a whole, and decoded
    for the pixels one frame later."""

    truth: MonitorColours
    own: MonitorColours
    whole: MonitorColours
    later: MonitorColours


class StudyMonitor(Owner):
    """A warped head without colour, edges and masks; it draws a picture either way."""

    def __init__(self, context: moderngl.Context, head: Head, size_px: tuple[int, int]) -> None:
        plain = Head(head.output, head.monitor, head.rotation, corners=head.corners, mesh=head.mesh)
        begun = time.perf_counter()
        self.map = pixel_map(surface(plain.corners, plain.mesh, plain.turn), size_px, size_px[0] / size_px[1])
        self.map_seconds = time.perf_counter() - begun
        self.size_px = size_px
        self.seconds: dict[str, list[float]] = defaultdict(list)
        with ExitStack() as cleanup:
            self._mixer = cleanup.enter_context(Mixer(context, {head.output: size_px}, dither=False))
            self._drawing = cleanup.enter_context(HeadDrawing(context, plain))
            self._screen = cleanup.enter_context(Canvas(context, size_px))
            self._cleanup = cleanup.pop_all()
        self._output = head.output

    def shown(self, decoded: DecodedPicture, shot: Shot) -> MonitorColours:
        """All pixels (height, width, 3), top row first."""
        begun = time.perf_counter()
        frame = Frame(0, 0.0, (OutputFrame(self._output, (CueFrame("", (LayerFrame("", shot),)),)),))
        source = LayerPicture(shot.view, ((decoded, 1.0),))
        canvas = self._mixer.mix(frame, {(self._output, 0, 0): source})[self._output]
        texture = canvas.bent.target.textures[0] if canvas.bent else canvas.texture
        self._screen.framebuffer.use()
        self._screen.framebuffer.clear()
        self._drawing.draw(texture, self.size_px, bent=canvas.bent is not None)
        pixels = self._screen.pixels()[::-1, :, :3]
        self.seconds["mix and lay, own pixels" if canvas.bent else "mix and lay, as a whole"].append(
            time.perf_counter() - begun
        )
        return pixels.astype(np.float64)

    def close(self) -> None:
        self._cleanup.close()


def main() -> None:
    """Print the figures as JSON."""
    words = sys.argv[1:]
    rig = Path(words[0]) if words else FIRST_LIGHT.parent / "rigs" / "curved_wall.yaml"
    width, _, height = (words[1] if len(words) > 1 else "640x360").partition("x")
    heads = [head for head in read_venue(rig).heads if head.is_warped]
    if not heads:
        raise RigError(f"{rig}: no head of this rig is warped; give one that has corners or a mesh")
    interpolator = Interpolator(Atlas.open(SHIPPED_ATLAS))
    decoder, definition = cpu_decoder(interpolator), NumpyDecoder(interpolator)
    neurons = [neuron.address for neuron in interpolator.atlas.neurons]
    with ExitStack() as cleanup:
        cleanup.callback(decoder.close)
        context = cleanup.enter_context(Headless()).context
        monitors = [cleanup.enter_context(StudyMonitor(context, head, (int(width), int(height)))) for head in heads]
        decoding: dict[str, list[float]] = defaultdict(list)

        def decoded(shot: Shot, size_px: tuple[int, int], over: PixelMap | None) -> DecodedPicture:
            begun = time.perf_counter()
            picture = decoder.decode(shot, *size_px, over)
            decoding["own pixels" if over else "as a whole"].append(time.perf_counter() - begun)
            return picture

        def ways(monitor: StudyMonitor, shot: Shot) -> Renderings:
            moved = Shot(shot.subject, shot.view._replace(x=shot.view.x + 2 * MOTION / shot.view.zoom))
            whole = monitor.shown(decoded(shot, monitor.size_px, None), shot)
            own, later = (monitor.shown(decoded(one, monitor.size_px, monitor.map), one) for one in (shot, moved))
            some = replace(monitor.map, covered=monitor.map.covered[::SAMPLE_STEP])
            truth = 255 * definition.bent(shot, some)
            # A card draws no picture onto the outermost pixels of the map.
            lit = some.covered[(own.max(axis=2).flat[some.covered] > 0) & (whole.max(axis=2).flat[some.covered] > 0)]
            return Renderings(*(picture.reshape(-1, 3)[lit] for picture in (truth, own, whole, later)))

        figures = {}
        for zoom in ZOOMS:
            found = [
                ways(
                    monitors[number % len(monitors)],
                    Shot(LatentPoint(((neurons[number * len(neurons) // NEURONS], 1.0),)), View(0.1, 0.05, zoom, 20.0)),
                )
                for number in range(NEURONS)
            ]
            figures[f"zoom {zoom:g}"] = _compared(found)
        mixing = [monitor.seconds for monitor in monitors]
        report = {
            "rig": rig.name,
            "monitor": f"{width}x{height}",
            "off from the definition, in 255ths": figures,
            "median milliseconds": {
                **{f"decode, {way}": _milliseconds(seconds) for way, seconds in decoding.items()},
                **{way: _milliseconds([one for each in mixing for one in each[way]]) for way in mixing[0]},
                "make a map": _milliseconds([monitor.map_seconds for monitor in monitors]),
            },
        }
    sys.stdout.write(json.dumps(report, indent=1) + "\n")


def _compared(found: list[Renderings]) -> dict[str, float]:
    """Root mean squares over all pixels, and the difference that one colour in a thousand exceeds."""
    own, whole, switch, motion = (
        np.concatenate([getattr(one, first) - getattr(one, second) for one in found]).ravel()
        for first, second in (("own", "truth"), ("whole", "truth"), ("whole", "own"), ("later", "own"))
    )
    return {
        "own pixels": _rms(own),
        "own pixels, one in a thousand": round(float(np.quantile(np.abs(own), 0.999)), 2),
        "as a whole": _rms(whole),
        "as a whole, one in a thousand": round(float(np.quantile(np.abs(whole), 0.999)), 2),
        "a change from one way to the other": _rms(switch),
        "a camera that moves by a thousandth": _rms(motion),
    }


def _rms(values: MonitorColours) -> float:
    return round(float(np.sqrt((values**2).mean())), 2)


def _milliseconds(seconds: list[float]) -> float:
    return round(1000 * float(np.median(seconds)), 2)


if __name__ == "__main__":
    main()
