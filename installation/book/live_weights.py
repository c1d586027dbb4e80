"""The CPPN in the visitor's browser: its shader, and its weights as a script that a page can load from disk."""

from __future__ import annotations

import base64
import json
import re

import numpy as np

from installation.atlas.architecture import Architecture
from installation.atlas.cppn import unflatten
from installation.atlas.interpolate import Component
from installation.picture.decoding.glsl_weights import constants_of, rest_weights
from installation.picture.programs import assemble

ROW = 256
"""Texels in a row of the texture of weights."""

BODY = """
uniform sampler2D rest_weights;
uniform vec4 first_weights[WIDTH + 1];
vec4 first_of(int index) { return first_weights[index]; }
vec4 rest_of(int index) { return texelFetch(rest_weights, ivec2(index % ROW, index / ROW), 0); }
"""

TAIL = """
out vec4 colour;
void main() {
    ivec2 pixel = ivec2(gl_FragCoord.xy);
    colour = vec4(colour_of(ivec2(pixel.x, size.y - 1 - pixel.y)).rgb, 1.0);
}
"""


def fragment_shader() -> str:
    """The player's own CPPN (shaders/cppn.glsl) for WebGL2; the page puts WIDTH, DEPTH, ROW and PLATE in front."""
    text = assemble("cppn.glsl", {}).source
    lines = [line for line in text.splitlines() if not line.startswith(("#line", "//")) and line.strip()]
    return BODY + "\n".join(re.sub(r"\s*//.*", "", line) for line in lines) + TAIL


def is_alive(component: Component) -> bool:
    """Whether a page can decode it: an opaque CPPN with plain coordinates. All others stay stills."""
    drawing = component.drawing
    return isinstance(drawing, Architecture) and not drawing.waves and not drawing.has_cycle and not drawing.has_alpha


def weights_script(address: str, component: Component) -> str:
    """A script that passes the weights of a live picture to live.js, float32 in base64: the first layer unchanged, the
    others in the shader's order."""
    shape = component.drawing
    assert isinstance(shape, Architecture)
    weight, bias = unflatten(component.weights, shape)[0]
    rest = rest_weights([component], shape)
    numbers = np.concatenate([weight.numpy().ravel(), bias.numpy().ravel(), rest.ravel()]).astype("<f4")
    told = {"width": shape.width, "constants": constants_of(shape)}
    data = base64.b64encode(numbers.tobytes()).decode()
    return f"neuralImage.weights({json.dumps(address)}, {json.dumps(told)}, {json.dumps(data)});\n"
