"""Pictures in the visitor's browser: their shaders, and their numbers as scripts that a page can load from disk."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from installation.atlas.architecture import Architecture
from installation.atlas.cppn import unflatten
from installation.atlas.drawing import WayOfDrawing
from installation.atlas.interpolate import Component, Interpolator
from installation.atlas.spectrum import Spectrum, level_sizes
from installation.picture.decoding.glsl_weights import constants_of, rest_weights
from installation.picture.programs import assemble
from installation.picture.ways.spectrum_drawing import coefficients_of
from installation.show.frame import Address

ROW = 256
"""Texels in a row of the texture of weights."""

BODY = """
uniform sampler2D rest_weights;
#if WAVES > 0
uniform vec4 first_weights[WAVES + 1];
#else
uniform vec4 first_weights[WIDTH + 1];
#endif
vec4 first_of(int index) { return first_weights[index]; }
vec4 rest_of(int index) { return texelFetch(rest_weights, ivec2(index % ROW, index / ROW), 0); }
"""

TAIL = """
out vec4 colour;
void main() {
    ivec2 pixel = ivec2(gl_FragCoord.xy);
    colour = colour_of(ivec2(pixel.x, size.y - 1 - pixel.y));
    colour = OUTPUTS == 4 ? vec4(colour.rgb * colour.a, colour.a) : vec4(colour.rgb, 1.0);
}
"""


def fragment_shaders() -> dict[str, str]:
    """The player's own shaders for WebGL2, `cppn` and `spectrum`; the page puts their constants in front."""
    return {"cppn": BODY + _stripped("cppn.glsl") + TAIL, "spectrum": _stripped("spline.frag")}


def _stripped(name: str) -> str:
    """A shader without comments, and without what WebGL says otherwise."""
    lines = assemble(name, {}).source.splitlines()
    kept = [line for line in lines if line.strip() and not line.startswith(("#line", "#version", "//"))]
    return "\n".join(re.sub(r"\s*//.*", "", line) for line in kept)


def is_alive(drawing: WayOfDrawing) -> bool:
    """Whether a page can decode pictures that are drawn so. All others stay stills."""
    return isinstance(drawing, Architecture | Spectrum)


def weights_script(address: Address, interpolator: Interpolator) -> str:
    """A script that passes the numbers of a living picture to live.js, in base64.

    Of a CPPN, float32: its first layer, or the waves that it sees; of a loop also what the cosine and the sine of its
    time add to that layer; then the other layers in the shader's order. Of a spectrum, half precision: its spline at
    all sizes.
    """
    component = interpolator.neuron(address)
    if isinstance(component.drawing, Spectrum):
        told: dict[str, Any] = {"kind": "spectrum", "levels": level_sizes(component.drawing)}
        numbers: NDArray[Any] = _splines(component)
    else:
        told, numbers = _cppn(component, address, interpolator)
    data = base64.b64encode(numbers.tobytes()).decode()
    return f"neuralImage.weights({json.dumps(address)}, {json.dumps(told)}, {json.dumps(data)});\n"


def _splines(component: Component) -> NDArray[np.float16]:
    """The coefficients at all sizes, one size after the other, the colours of a sample side by side."""
    drawing = component.drawing
    assert isinstance(drawing, Spectrum)
    levels = [coefficients_of(component.weights, drawing, level) for level in range(len(level_sizes(drawing)))]
    return np.concatenate([level.permute(1, 2, 0).numpy().ravel() for level in levels]).astype("<f2")


def _cppn(
    component: Component, address: Address, interpolator: Interpolator
) -> tuple[dict[str, Any], NDArray[np.float32]]:
    shape = component.drawing
    assert isinstance(shape, Architecture)
    cycle = interpolator.drawing(address).has_cycle
    if shape.waves:
        weight, bias = (np.array([wave[part] for wave in shape.waves]) for part in (slice(2), 2))
    else:
        weight, bias = (one.numpy() for one in unflatten(component.weights, shape)[0])
    first = [weight.ravel(), bias]
    if cycle:
        began, quarter, half = (_first_bias(interpolator.neuron(address, phase)) for phase in (0.0, 0.25, 0.5))
        middle = (began + half) / 2
        first = [weight.ravel(), middle, began - middle, quarter - middle]
    told = {"kind": "cppn", "units": len(bias), "cycle": cycle, "constants": constants_of(shape)}
    return told, np.concatenate([*first, rest_weights([component], shape).ravel()]).astype("<f4")


def _first_bias(component: Component) -> NDArray[np.float32]:
    assert isinstance(component.drawing, Architecture)
    found: NDArray[np.float32] = unflatten(component.weights, component.drawing)[0][1].numpy()
    return found
