"""Third-party shaders on the graphics card: ISF files as programs, and their passes."""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

import moderngl

from installation.errors import DeviceError, MediaError
from installation.failures import FailureLog
from installation.media.image_file import image_facts, read_image
from installation.media.isf_file import NUMBERS, IsfShader, read_known, side, vertex_file
from installation.owner import Owner
from installation.picture.programs import Program, ShaderText
from installation.picture.target import Target
from installation.show.frame import Effect, Shader

log = logging.getLogger(__name__)

MAX_PROGRAMS = 32
"""How many compiled shaders are kept; a new one replaces the least recently used."""

GLSL = {"event": "bool", "bool": "bool", "long": "int", "float": "float", "point2D": "vec2", "color": "vec4"}

Lend = Callable[[tuple[int, int], str], Target]
"""Lends a target of a size (width, height) and a dtype until the frame ends."""

DECLARED = """
uniform int PASSINDEX;
uniform vec2 RENDERSIZE;
uniform float TIME;
uniform float TIMEDELTA;
uniform vec4 DATE;
uniform int FRAMEINDEX;
"""

# ISF counts rows from the bottom; our textures count them from the top.
SAMPLING = """
out vec4 isf_FragColor;
in vec2 isf_FragNormCoord;
#define isf_FragCoord vec4(gl_FragCoord.x, RENDERSIZE.y - gl_FragCoord.y, gl_FragCoord.zw)
#define vv_FragNormCoord isf_FragNormCoord
#define varying in
vec4 isf_at(sampler2D image, vec2 at) { return texture(image, vec2(at.x, 1.0 - at.y)); }
#define IMG_SIZE(image) vec2(textureSize(image, 0))
#define IMG_NORM_PIXEL(image, at) isf_at(image, at)
#define IMG_PIXEL(image, at) isf_at(image, (at) / IMG_SIZE(image))
#define IMG_THIS_PIXEL(image) isf_at(image, isf_FragNormCoord)
#define IMG_THIS_NORM_PIXEL(image) isf_at(image, isf_FragNormCoord)
#define texture2D(image, at) isf_at(image, at)
#define texture2DRect(image, at) IMG_PIXEL(image, at)
"""

CORNERS = """
out vec2 isf_FragNormCoord;
#define vv_FragNormCoord isf_FragNormCoord
#define varying out
void isf_vertShaderInit() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    gl_Position = vec4(2.0 * corner - 1.0, 0.0, 1.0);
    isf_FragNormCoord = vec2(corner.x, 1.0 - corner.y);
}
#define vv_vertShaderInit isf_vertShaderInit
"""

_OWN_NAMES = re.compile(r"\bgl_Frag(Color|Coord)\b")
_VERSION = re.compile(r"^\s*#version.*$", re.MULTILINE)


def texts_of(shader: IsfShader) -> tuple[ShaderText, ShaderText]:
    """A shader as GLSL 3.30, vertex and fragment shader; line numbers are those of its files."""
    pictures = [one.name for one in shader.inputs if one.type not in NUMBERS]
    pictures += [
        *dict.fromkeys(one.target for one in shader.passes if one.target),
        *(name for name, _ in shader.images),
    ]
    declared = [f"uniform {GLSL[one.type]} {one.name};" for one in shader.numbers]
    declared += [f"uniform sampler2D {name};" for name in pictures]
    before = "\n".join(["#version 330 core", DECLARED, *declared])
    vertex = shader.vertex or "void main() { isf_vertShaderInit(); }"
    return (
        _text(before + CORNERS, vertex, vertex_file(shader.file) if shader.vertex else shader.file),
        _text(before + SAMPLING, _OWN_NAMES.sub(r"isf_Frag\1", shader.text), shader.file),
    )


def _text(before: str, text: str, file: Path) -> ShaderText:
    return ShaderText(f"{before}\n#line 1\n{_VERSION.sub('', text)}\n", (file.name,), f"{file.parent}/")


class IsfProgram(Owner):
    """A compiled shader with its imported pictures. Raises DeviceError with the shader's own line, or MediaError."""

    def __init__(self, context: moderngl.Context, shader: IsfShader) -> None:
        self.shader = shader
        self.imported: dict[str, moderngl.Texture] = {}
        vertex, fragment = texts_of(shader)
        with ExitStack() as cleanup:
            self.program = cleanup.enter_context(Program(context, fragment, vertex=vertex))
            for name, file in shader.images:
                pixels = read_image(file, image_facts(file).digest)
                height, width, channels = pixels.shape
                dtype = "f1" if pixels.dtype.itemsize == 1 else "f2"
                texture = context.texture((width, height), channels, pixels.tobytes(), alignment=1, dtype=dtype)
                cleanup.callback(texture.release)
                texture.repeat_x = texture.repeat_y = False
                self.imported[name] = texture
            self._cleanup = cleanup.pop_all()

    def close(self) -> None:
        self._cleanup.close()


class IsfPasses(Owner):
    """Owns the programs of shaders, compiled when first needed. A shader that fails leaves its picture unchanged, and
    is logged once."""

    def __init__(self, context: moderngl.Context, lend: Lend) -> None:
        self._context, self._lend = context, lend
        self._programs: OrderedDict[Shader, IsfProgram] = OrderedDict()
        self._failures = FailureLog(log)
        self._black = context.texture((1, 1), 4, bytes(4))

    def drawn(
        self, texture: moderngl.Texture, effect: Effect, guide: Callable[[str, tuple[int, int]], moderngl.Texture]
    ) -> moderngl.Texture:
        """Draw a picture through a shader, or draw a shader that reads no picture; changes the framebuffer in use."""
        assert effect.shader is not None, "an effect of this kind has one"
        name = f"shader {effect.shader.file}"
        with self._failures.guard(name, DeviceError, MediaError):
            return self._drawn(self.program(effect.shader), texture, effect, guide)
        return texture

    def tried(self, shader: Shader, texture: moderngl.Texture) -> None:
        """Draw with a shader over a picture, with its inputs' defaults, and with that picture for all other layers.
        Raises DeviceError with the shader's own line, or MediaError."""
        one = self.program(shader)
        values = tuple(value for each in one.shader.numbers for value in each.default)
        by = one.shader.further_images
        self._drawn(one, texture, Effect("isf", (*values, 1.0), 30, by, shader), lambda _name, _size: texture)

    def program(self, shader: Shader) -> IsfProgram:
        """A shader's program. Raises MediaError if its file has changed, or DeviceError."""
        found = self._programs.pop(shader, None)
        if found is None:
            found = IsfProgram(self._context, read_known(Path(shader.file), shader.digest))
        self._programs[shader] = found
        if len(self._programs) > MAX_PROGRAMS:
            self._programs.popitem(last=False)[1].close()
        return found

    def _drawn(
        self,
        one: IsfProgram,
        texture: moderngl.Texture,
        effect: Effect,
        guide: Callable[[str, tuple[int, int]], moderngl.Texture],
    ) -> moderngl.Texture:
        shader, program = one.shader, one.program
        values = self._set_numbers(one, effect)
        guides = [guide(layer, texture.size) for layer in effect.by]
        pictures = {"inputImage": texture, **dict(zip(shader.further_images, guides, strict=False)), **one.imported}
        pictures |= {each.target: self._black for each in shader.passes if each.target}
        drawn = texture
        for index, each in enumerate(shader.passes):
            size_px = _size_px(shader, index, texture.size, values)
            target = self._lend(size_px, "f4" if each.is_float else "f2")
            target.framebuffer.use()
            target.framebuffer.viewport = (0, 0, *size_px)
            for unit, (name, picture) in enumerate(pictures.items()):
                picture.filter = moderngl.LINEAR, moderngl.LINEAR
                picture.use(unit)
                program.set(name, unit)
            program.set("PASSINDEX", index)
            program.set("RENDERSIZE", tuple(map(float, size_px)))
            program.draw()
            drawn = target.textures[0]
            if each.target:
                pictures[each.target] = drawn
        return drawn

    def _set_numbers(self, one: IsfProgram, effect: Effect) -> Mapping[str, float]:
        """Set the numeric inputs and the time; returns single numbers by name, for the sizes of passes."""
        *numbers, seconds = effect.values
        singles, place = {}, 0
        for each in one.shader.numbers:
            count = NUMBERS[each.type]
            own = numbers[place : place + count]
            place += count
            if each.type in ("bool", "event"):
                one.program.set(each.name, own[0] >= 0.5)
            elif each.type == "long":
                one.program.set(each.name, round(own[0]))
            else:
                one.program.set(each.name, own[0] if count == 1 else tuple(own))
            if count == 1:
                singles[each.name] = own[0]
        one.program.set("TIME", seconds)
        one.program.set("TIMEDELTA", seconds / effect.moment if effect.moment > 0 else 0.0)
        one.program.set("DATE", (1970.0, 1.0, 1.0, seconds))
        one.program.set("FRAMEINDEX", effect.moment)
        return singles

    def close(self) -> None:
        while self._programs:
            self._programs.popitem()[1].close()
        self._black.release()


def _size_px(
    shader: IsfShader, index: int, picture_px: tuple[int, int], values: Mapping[str, float]
) -> tuple[int, int]:
    """The size of a pass, as (width, height). Raises MediaError if these values of its inputs give none."""
    one = shader.passes[index]
    try:
        return side(one.width, *picture_px, values), side(one.height, *picture_px, values)
    except ValueError as error:
        raise MediaError(f"{shader.file}: the size of pass {index} cannot be worked out now: {error}") from None
