"""Outputs that are mixed for the pixels of the monitors on which they are bent, and when they are not."""

from __future__ import annotations

import moderngl
import numpy as np
import pytest
from numpy.typing import NDArray

from installation.picture.mixing.canvas import Canvas
from installation.picture.mixing.mixer import Mixer
from installation.picture.pixel_map import PixelMap, pixel_map
from installation.picture.source import DecodedPicture, LayerPicture
from installation.picture.view import picture_coordinates
from installation.rig.warp import Point as Place
from installation.rig.warp import Turn, surface
from installation.show import frame as show
from installation.show.frame import CueFrame, Frame, LayerFrame, OutputFrame, Reveal, View
from tests.picture.mixing.test_mixer import POINT, SIZE, STEP, painted
from tests.picture.reference import mixed
from tests.picture.shots import host_pixels

MONITOR_PX = (64, 36)
CORNERS = (Place(0.1, 0.0), Place(1.0, 0.1), Place(0.9, 1.0), Place(0.0, 0.9))
HERE, THERE = View(0.1, 0.0, 1.2), View(-0.2, 0.1, 0.9, 15.0)


def map_on_monitor(turns: int = 0) -> PixelMap:
    return pixel_map(surface(CORNERS, turn=Turn(turns)), MONITOR_PX, SIZE[0] / SIZE[1])


MAP = map_on_monitor()


def painted_over(found: PixelMap, view: View) -> DecodedPicture:
    """The waves of test_mixer.painted at the pixels of a monitor."""
    u, v = found.offsets.astype(float) + 0.5
    x, y = picture_coordinates(view, found.aspect).at(u, v)
    waves = [0.5 + 0.5 * np.sin(3 * x + phase + 2 * np.sin(2 * y)) for phase in (0.0, 2.0, 4.0)]
    covered = np.zeros(u.size, bool)
    covered[found.covered] = True
    return DecodedPicture((np.stack(waves, -1) * covered.reshape(*u.shape, 1)).astype(np.float16), view, found)


def alone(decoded: DecodedPicture, view: View | None = None) -> LayerPicture:
    return LayerPicture(view or decoded.view, ((decoded, 1.0),))


def layer(place: show.Place = show.Place(), **changes: object) -> LayerFrame:  # noqa: B008 a Place is frozen
    return LayerFrame("sea", show.Shot(POINT, HERE), place, **changes)  # type: ignore[arg-type]  # any field of a layer


def output(*cues: CueFrame) -> OutputFrame:
    return OutputFrame("wall", cues)


def cue(*layers: LayerFrame, reveal: Reveal = Reveal()) -> CueFrame:  # noqa: B008 a Reveal is frozen
    return CueFrame("one", layers, reveal)


def draw(mixer: Mixer, shown: OutputFrame, sources: dict[tuple[int, int], LayerPicture]) -> Canvas:
    named = {("wall", *key): source for key, source in sources.items()}
    return mixer.mix(Frame(0, 0.0, (shown,)), named)["wall"]


def on_monitor(canvas: Canvas) -> NDArray[np.float64]:
    """What was drawn for the monitor's own pixels (height, width, 3)."""
    assert canvas.bent is not None
    assert canvas.bent.pixel_map is MAP
    width, height = MONITOR_PX
    pixels = np.frombuffer(canvas.bent.target.framebuffer.read(components=3), np.uint8)
    return pixels.reshape(height, width, 3).astype(float)


def straight(canvas: Canvas) -> NDArray[np.float64]:
    return canvas.pixels()[..., :3].astype(float)


def as_if_flat(source: LayerPicture) -> LayerPicture:
    """The same pixels for the reference, to which a monitor is a place like any other."""
    (decoded, _) = source.parts[0]
    return alone(DecodedPicture(decoded.pixels, View()), View())


def test_a_monitor_is_given_the_decoders_own_pixels(gl: moderngl.Context) -> None:
    decoded = painted_over(MAP, HERE)
    with Mixer(gl, {"wall": SIZE}, dither=False) as mixer:
        canvas = draw(mixer, output(cue(layer())), {(0, 0): alone(decoded)})
        assert canvas.size_px == SIZE
        assert np.abs(on_monitor(canvas) - 255 * host_pixels(decoded).astype(float)).max() <= 0.51


@pytest.mark.parametrize("kind", ["dissolve", "luma"])
def test_cues_and_layers_are_mixed_at_the_monitors_pixels_as_anywhere(gl: moderngl.Context, kind: object) -> None:
    shown = output(cue(layer()), cue(layer(opacity=0.8), layer(blend="screen", opacity=0.5), reveal=Reveal(kind, 0.6)))  # type: ignore[arg-type]  # a kind from parametrize is a str
    sources = {key: alone(painted_over(MAP, view)) for key, view in {(0, 0): HERE, (1, 0): THERE, (1, 1): HERE}.items()}
    reference = mixed(shown, MONITOR_PX, {key: as_if_flat(source) for key, source in sources.items()})
    with Mixer(gl, {"wall": SIZE}) as mixer:
        assert np.abs(on_monitor(draw(mixer, shown, sources)) - reference).max() < STEP


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("kind", ["wipe", "iris"])
def test_a_cue_comes_in_along_the_picture_and_not_along_the_monitor(
    gl: moderngl.Context, kind: object, layers: int
) -> None:
    """Also where a stack is deeper than a pass. Edges are soft here, so that they can be compared after all was made
    straight."""
    shown = output(
        cue(*[layer(opacity=0.5)] * layers),
        cue(*[layer(opacity=0.8)] * layers, reveal=Reveal(kind, 0.5, 30.0, softness=0.6)),  # type: ignore[arg-type]  # a kind from parametrize is a str
    )
    views = {(number, position): view for number, view in enumerate((HERE, THERE)) for position in range(layers)}
    sources = {key: alone(painted_over(MAP, view)) for key, view in views.items()}
    reference = mixed(shown, SIZE, {key: alone(painted(view, SIZE)) for key, view in views.items()})
    with Mixer(gl, {"wall": SIZE}) as mixer:
        canvas = draw(mixer, shown, sources)
        assert canvas.bent is not None
        off = np.abs(straight(canvas) - reference)[2:-2, 2:-2]
    assert off.max() < 10
    assert off.mean() < 1.5


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_whoever_looks_at_the_picture_elsewhere_sees_it_straight_and_upright(gl: moderngl.Context, turns: int) -> None:
    decoded = painted_over(map_on_monitor(turns), HERE)
    with Mixer(gl, {"wall": SIZE}, dither=False) as mixer:
        canvas = draw(mixer, output(cue(layer())), {(0, 0): alone(decoded)})
        assert canvas.bent is not None
        # Within the outermost pixels: those of the monitor's edge were drawn a little outside of the picture.
        off = np.abs(straight(canvas) - 255 * host_pixels(painted(HERE, SIZE)).astype(float))[2:-2, 2:-2]
    assert off.max() < 8
    assert off.mean() < 1


def fallbacks() -> dict[str, tuple[OutputFrame, dict[tuple[int, int], LayerPicture]]]:
    """What cannot be mixed at the monitor's pixels, though all or some of it was decoded for them."""
    bent, flat = painted_over(MAP, HERE), painted(THERE, SIZE)
    inlay = layer(show.Place(0.5, 0.0, 0.5, 1.0))
    return {
        "a push that nobody foresaw": (
            output(cue(layer()), cue(layer(), reveal=Reveal("push", 0.5))),
            {(0, 0): alone(bent), (1, 0): alone(flat)},
        ),
        "an inlay": (output(cue(layer(), inlay)), {(0, 0): alone(bent), (0, 1): alone(painted(THERE, (24, 27)))}),
        "one layer of key pictures": (
            output(cue(layer(), layer(opacity=0.5))),
            {(0, 0): alone(bent), (0, 1): alone(flat)},
        ),
        "a picture that is late": (output(cue(layer())), {(0, 0): alone(bent, View(0.12, 0.0, 1.25))}),
        "a cross-fade of two pictures": (
            output(cue(layer())),
            {(0, 0): LayerPicture(HERE, ((bent, 0.5), (painted(HERE, SIZE), 0.5)))},
        ),
        "monitors that are not one": (
            output(cue(layer(), layer(opacity=0.5))),
            {(0, 0): alone(bent), (0, 1): alone(painted_over(map_on_monitor(), THERE))},
        ),
    }


@pytest.mark.parametrize("why", fallbacks())
def test_what_cannot_be_mixed_there_is_made_straight_and_looks_the_same(gl: moderngl.Context, why: str) -> None:
    shown, sources = fallbacks()[why]
    plain = {
        key: LayerPicture(
            one.view, tuple((painted(part.view, SIZE) if part.pixel_map else part, share) for part, share in one.parts)
        )
        for key, one in sources.items()
    }
    with Mixer(gl, {"wall": SIZE}) as mixer:
        canvas = draw(mixer, shown, sources)
        assert canvas.bent is None
        off = np.abs(straight(canvas) - mixed(shown, SIZE, plain))[2:-2, 2:-2]
    assert off.max() < 12
    assert off.mean() < 1.5


def test_from_frame_to_frame_it_may_be_either(gl: moderngl.Context) -> None:
    shown = output(cue(layer()))
    with Mixer(gl, {"wall": SIZE}, dither=False) as mixer:
        for _ in range(2):
            assert draw(mixer, shown, {(0, 0): alone(painted_over(MAP, HERE))}).bent is not None
            flat = draw(mixer, shown, {(0, 0): alone(painted(THERE, SIZE))})
            assert flat.bent is None
            assert np.abs(straight(flat) - 255 * host_pixels(painted(THERE, SIZE)).astype(float)).max() <= 0.51


def test_a_canvas_whose_monitor_was_changed_is_the_picture_and_nothing_else(gl: moderngl.Context) -> None:
    with Mixer(gl, {"wall": SIZE}, dither=False) as mixer:
        canvas = draw(mixer, output(cue(layer())), {(0, 0): alone(painted_over(MAP, HERE))})
        before = straight(canvas)
        canvas.straighten()
        assert canvas.bent is None
        assert (straight(canvas) == before).all()
