"""ISF shaders on the graphics card: what their specification says of coordinates, inputs, passes and time."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import moderngl
import numpy as np
import pytest
from numpy.typing import NDArray

from installation.errors import DeviceError
from installation.media.isf_file import read_isf
from installation.picture.mixing.effect_passes import EffectPasses
from installation.picture.mixing.mixer import Mixer
from installation.picture.source import DecodedPicture, LayerPicture
from installation.show.frame import CueFrame, Effect, Frame, LatentPoint, LayerFrame, OutputFrame, Shader, Shot, View
from tests.media.isf_files import PICTURE, save_shader
from tests.media.pictures import plain, save

SIZE = (64, 36)
SHOT = Shot(LatentPoint((("a", 1.0),)), View())
STEP = 1.6


def ramp() -> NDArray[np.float64]:
    """Red grows to the right, green downwards: so a pixel tells where it was read."""
    y, x = np.mgrid[0:36, 0:64]
    return np.stack([(x + 0.5) / 64, (y + 0.5) / 36, np.full((36, 64), 0.5)], -1).astype(np.float16).astype(np.float64)


def effect(file: Path, *values: float, seconds: float = 0.0, moment: int = 0, by: tuple[str, ...] = ()) -> Effect:
    return Effect("isf", (*values, seconds), moment, by, Shader(str(file), read_isf(file).digest))


def drawn(gl: moderngl.Context, *effects: Effect, below: bool = False) -> NDArray[np.float64]:
    """What a ramp is after effects, over white if `below`; 0..255."""
    layers = [LayerFrame("paper", SHOT)] * below + [LayerFrame("sea", SHOT, effects=effects)]
    sources = {("wall", 0, number): picture(np.ones((36, 64, 3))) for number in range(len(layers))}
    sources["wall", 0, len(layers) - 1] = picture(ramp())
    frame = Frame(0, 0.0, (OutputFrame("wall", (CueFrame("1", tuple(layers)),)),))
    with Mixer(gl, {"wall": SIZE}, dither=False) as mixer:
        return mixer.mix(frame, sources)["wall"].pixels()[..., :3].astype(float)


def picture(pixels: NDArray[np.float64]) -> LayerPicture:
    return LayerPicture(View(), ((DecodedPicture(pixels.astype(np.float16), View()), 1.0),))


@pytest.mark.parametrize(
    "body",
    [
        "void main() { gl_FragColor = IMG_THIS_PIXEL(inputImage); }",
        "void main() { gl_FragColor = IMG_NORM_PIXEL(inputImage, isf_FragNormCoord); }",
        "void main() { gl_FragColor = IMG_PIXEL(inputImage, gl_FragCoord.xy); }",
        "void main() { gl_FragColor = IMG_PIXEL(inputImage, isf_FragNormCoord * IMG_SIZE(inputImage)); }",
        "void main() { gl_FragColor = texture2D(inputImage, gl_FragCoord.xy / RENDERSIZE); }",
        "void main() { gl_FragColor = IMG_NORM_PIXEL(inputImage, vv_FragNormCoord); }",
        "vec4 at(sampler2D one) { return IMG_THIS_NORM_PIXEL(one); } void main() { gl_FragColor = at(inputImage); }",
    ],
)
def test_a_picture_is_read_where_it_is_whichever_way_a_shader_asks(
    gl: moderngl.Context, tmp_path: Path, body: str
) -> None:
    assert np.abs(drawn(gl, effect(save_shader(tmp_path / "copy.fs", body))) - 255 * ramp()).max() < STEP


def test_up_is_up(gl: moderngl.Context, tmp_path: Path) -> None:
    body = "void main() { gl_FragColor = IMG_NORM_PIXEL(inputImage, isf_FragNormCoord - vec2(0.0, 0.25)); }"
    shifted = drawn(gl, effect(save_shader(tmp_path / "up.fs", body)))
    assert np.abs(shifted[:27] - 255 * ramp()[9:]).max() < STEP  # what lay lower is seen higher
    body = "void main() { gl_FragColor = vec4(gl_FragCoord.y / RENDERSIZE.y, isf_FragNormCoord.y, 0.0, 1.0); }"
    height = drawn(gl, effect(save_shader(tmp_path / "height.fs", body, ())))[:, 0, :2]
    assert np.abs(height - 255 * (1 - (np.arange(36)[:, None] + 0.5) / 36)).max() < STEP


def test_inputs_of_every_type_reach_the_shader(gl: moderngl.Context, tmp_path: Path) -> None:
    inputs: list[dict[str, Any]] = [
        {"NAME": "level", "TYPE": "float"},
        {"NAME": "on", "TYPE": "bool"},
        {"NAME": "flash", "TYPE": "event"},
        {"NAME": "mode", "TYPE": "long"},
        {"NAME": "at", "TYPE": "point2D"},
        {"NAME": "tint", "TYPE": "color"},
    ]
    body = """void main() {
    float right = on && !flash && mode == 3 ? 1.0 : 0.0;
    gl_FragColor = vec4(level * right, at.x + at.y, tint.b, tint.a);
}"""
    file = save_shader(tmp_path / "all.fs", body, inputs)
    shown = drawn(gl, effect(file, 0.25, 1.0, 0.0, 3.0, 0.5, 0.25, 0.1, 0.2, 0.75, 1.0))
    assert np.abs(shown - 255 * np.array([0.25, 0.75, 0.75])).max() < STEP


def test_time_is_the_shows(gl: moderngl.Context, tmp_path: Path) -> None:
    body = "void main() { gl_FragColor = vec4(TIME / 10.0, float(FRAMEINDEX) / 100.0, TIMEDELTA * 10.0, 1.0); }"
    shown = drawn(gl, effect(save_shader(tmp_path / "time.fs", body, ()), seconds=2.0, moment=60))
    assert np.abs(shown - 255 * np.array([0.2, 0.6, 1 / 3])).max() < STEP


def test_passes_draw_pictures_of_their_own_size_that_later_ones_read(gl: moderngl.Context, tmp_path: Path) -> None:
    body = """void main() {
    if (PASSINDEX == 0) gl_FragColor = vec4(RENDERSIZE.x / 100.0, RENDERSIZE.y / 100.0, 3.5, 1.0);
    else if (PASSINDEX == 1) gl_FragColor = IMG_THIS_PIXEL(small) + vec4(0.1, 0.1, 0.0, 0.0);
    else gl_FragColor = vec4(IMG_THIS_PIXEL(again).rg, IMG_THIS_PIXEL(small).b / 7.0, 1.0);
}"""
    passes = [{"TARGET": "small", "WIDTH": "floor($WIDTH / 4)", "HEIGHT": "9", "FLOAT": True}, {"TARGET": "again"}, {}]
    shown = drawn(gl, effect(save_shader(tmp_path / "passes.fs", body, (), PASSES=passes)))
    assert np.abs(shown - 255 * np.array([0.26, 0.19, 0.5])).max() < STEP


def test_pictures_that_a_shader_brings_along_are_upright(gl: moderngl.Context, tmp_path: Path) -> None:
    rows = np.zeros((8, 8, 3), np.uint8)
    rows[:4] = (255, 0, 0)
    save(tmp_path / "flag.png", rows)
    body = "void main() { gl_FragColor = IMG_NORM_PIXEL(flag, isf_FragNormCoord); }"
    shown = drawn(gl, effect(save_shader(tmp_path / "flag.fs", body, (), IMPORTED={"flag": {"PATH": "flag.png"}})))
    assert (shown[:15, :, 0] == 255).all()
    assert (shown[21:, :, 0] == 0).all()


def test_a_vertex_shader_beside_it_is_used(gl: moderngl.Context, tmp_path: Path) -> None:
    (tmp_path / "own.vs").write_text(
        "varying vec2 lower;\nvoid main() { isf_vertShaderInit(); lower = isf_FragNormCoord - vec2(0.0, 0.25); }\n"
    )
    body = "varying vec2 lower;\nvoid main() { gl_FragColor = IMG_NORM_PIXEL(inputImage, lower); }"
    shown = drawn(gl, effect(save_shader(tmp_path / "own.fs", body)))
    assert np.abs(shown[:27] - 255 * ramp()[9:]).max() < STEP


def test_what_a_shader_makes_transparent_lets_what_is_behind_be_seen(gl: moderngl.Context, tmp_path: Path) -> None:
    body = "void main() { gl_FragColor = vec4(0.0, 0.0, 0.0, isf_FragNormCoord.x < 0.5 ? 1.0 : 0.0); }"
    shown = drawn(gl, effect(save_shader(tmp_path / "half.fs", body, ())), below=True)
    assert (shown[:, :32] == 0).all()
    assert (shown[:, 32:] == 255).all()


def test_another_layer_is_a_further_picture(gl: moderngl.Context, tmp_path: Path) -> None:
    body = "void main() { gl_FragColor = vec4(IMG_THIS_PIXEL(inputImage).r, IMG_THIS_PIXEL(other).g, 0.0, 1.0); }"
    file = save_shader(tmp_path / "two.fs", body, (PICTURE, {"NAME": "other", "TYPE": "image"}))
    layers = (
        LayerFrame("guide", SHOT, is_matte=True),
        LayerFrame("sea", SHOT, effects=(effect(file, by=("guide",)),)),
    )
    frame = Frame(0, 0.0, (OutputFrame("wall", (CueFrame("1", layers),)),))
    sources = {("wall", 0, 0): picture(ramp()[::-1, ::-1]), ("wall", 0, 1): picture(ramp())}
    with Mixer(gl, {"wall": SIZE}, dither=False) as mixer:
        shown = mixer.mix(frame, sources)["wall"].pixels()[..., :3].astype(float)
    assert np.abs(shown[..., 0] - 255 * ramp()[..., 0]).max() < STEP
    assert np.abs(shown[..., 1] - 255 * ramp()[::-1, ::-1, 1]).max() < STEP


def test_a_mistake_is_told_with_the_shaders_own_line(gl: moderngl.Context, tmp_path: Path) -> None:
    body = "void main() {\n    float x = 1.0;\n    gl_FragColor = vec4(wrong);\n}"
    file = save_shader(tmp_path / "bad.fs", body)
    with EffectPasses(gl) as passes, pytest.raises(DeviceError, match=f"{file}:5: error"):
        passes.tried(Shader(str(file), read_isf(file).digest), SIZE)


def test_a_shader_that_fails_while_the_show_plays_leaves_its_picture_and_is_told_once(
    gl: moderngl.Context, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = save_shader(tmp_path / "copy.fs")
    one = effect(file)
    file.unlink()
    with caplog.at_level(logging.WARNING):
        shown = drawn(gl, one, one)
    assert np.abs(shown - 255 * ramp()).max() < STEP
    assert len([record for record in caplog.records if "copy.fs" in record.getMessage()]) == 1


def test_pictures_of_many_shaders_do_not_fill_the_card(gl: moderngl.Context, tmp_path: Path) -> None:
    save(tmp_path / "dot.png", plain(1, 2, 3))
    with EffectPasses(gl) as passes:
        for number in range(40):
            file = save_shader(tmp_path / f"{number}.fs", IMPORTED={"dot": {"PATH": "dot.png"}})
            passes.tried(Shader(str(file), read_isf(file).digest), SIZE)
        assert len(passes._shaders._programs) == 32


def test_a_pass_without_a_size_leaves_the_picture_and_is_told_once(
    gl: moderngl.Context, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The formula fits the input's default, and no longer when somebody turns it to 0."""
    inputs = [PICTURE, {"NAME": "parts", "TYPE": "float", "DEFAULT": 4.0}]
    body = "void main() { gl_FragColor = vec4(0.0, 0.0, 0.0, 1.0); }"
    file = save_shader(tmp_path / "parts.fs", body, inputs, PASSES=[{"WIDTH": "$WIDTH / $parts"}])
    with caplog.at_level(logging.ERROR):
        assert np.abs(drawn(gl, effect(file, 0.0)) - 255 * ramp()).max() < STEP
    assert "the size of pass 0 cannot be worked out now: '$WIDTH / $parts': float division by zero" in caplog.text
