"""A canvas on a monitor, pixel by pixel: what warp, colour and masks of a head make of it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

import moderngl
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from installation.outputs.headless import Headless
from installation.outputs.heads import mask_texture
from installation.outputs.heads.drawing import HeadDrawing, warm_up
from installation.picture.mixing.canvas import Canvas
from installation.picture.pixel_map import pixel_map
from installation.rig.head import Head, MonitorSelector, PicturePart, Rotation, SoftEdge
from installation.rig.lut import Lut
from installation.rig.mask import Mask, Polygon, shares_of
from installation.rig.warp import WHOLE_MONITOR, Point, corners_problem, straight, surface
from tests.outputs.bent import smooth
from tests.rig.test_warp import QUADRILATERALS, moved

SIZE = (160, 90)
HEAD = Head("left", MonitorSelector("DP-1"))


def smooth_picture() -> NDArray[np.uint8]:
    """Brighter to the right in red and downwards in green, with waves in blue."""
    across, down = np.meshgrid(np.arange(SIZE[0]) / SIZE[0], np.arange(SIZE[1]) / SIZE[1])
    waves = 0.5 + 0.5 * np.sin(9 * across + 5 * down)
    return np.round(255 * np.dstack([across, down, waves, np.ones_like(down)])).astype(np.uint8)


PICTURE = smooth_picture()


class Bench:
    """A canvas with a picture, and a monitor's framebuffer to draw it into."""

    def __init__(
        self, context: moderngl.Context, picture: NDArray[np.uint8] = PICTURE, monitor_px: tuple[int, int] = SIZE
    ) -> None:
        self.context = context
        self.canvas = Canvas(context, (picture.shape[1], picture.shape[0]))
        self.canvas.texture.write(picture.tobytes())
        self.monitor = Canvas(context, monitor_px)

    def shown(self, drawing: HeadDrawing) -> NDArray[np.int64]:
        """What the monitor shows (height, width, 3), top row first."""
        self.monitor.framebuffer.use()
        self.monitor.framebuffer.clear(alpha=1.0)
        drawing.draw(self.canvas.texture, self.monitor.size_px)
        return self.monitor.pixels()[::-1, :, :3].astype(np.int64)

    def close(self) -> None:
        self.canvas.close()
        self.monitor.close()


def drawn(
    context: moderngl.Context,
    head: Head,
    picture: NDArray[np.uint8] = PICTURE,
    monitor_px: tuple[int, int] = SIZE,
) -> NDArray[np.int64]:
    bench = Bench(context, picture, monitor_px)
    with HeadDrawing(context, head) as drawing:
        seen = bench.shown(drawing)
    bench.close()
    return seen


def grey(value: int) -> NDArray[np.uint8]:
    return np.full((*SIZE[::-1], 4), value, np.uint8)


def test_a_head_that_says_nothing_changes_no_pixel(gl: moderngl.Context) -> None:
    assert np.abs(drawn(gl, HEAD) - PICTURE[..., :3]).max() <= 1


@given(QUADRILATERALS, st.integers(2, 6), st.integers(2, 6), st.sampled_from(["smooth", "linear"]))
@settings(max_examples=12, deadline=None)
def test_a_straight_mesh_shows_what_its_corners_show(
    headless: Headless, corners: object, columns: int, rows: int, interpolation: object
) -> None:
    plain = replace(HEAD, corners=corners)  # type: ignore[arg-type]
    assert not corners_problem(plain.corners)
    meshed = replace(plain, mesh=straight(columns, rows, interpolation))  # type: ignore[arg-type]
    with headless.context as context:
        alone, with_mesh = drawn(context, plain), drawn(context, meshed)
    # Along the picture's outline rounding may decide otherwise whether a pixel belongs to it.
    both = (alone.max(axis=2) > 0) & (with_mesh.max(axis=2) > 0)
    assert np.abs(alone - with_mesh)[both].max() <= 1
    assert both.sum() > 0.98 * (alone.max(axis=2) > 0).sum()


def test_a_mesh_bends_the_picture_to_where_its_point_was_moved(gl: moderngl.Context) -> None:
    picture = grey(0)
    picture[44:46, 79:81] = 255
    bent = replace(HEAD, mesh=moved(straight(3, 3), 1, 1, 0.1, -0.2))
    seen = drawn(gl, bent, picture)[..., 0]
    rows, columns = np.nonzero(seen > 100)
    assert columns.mean() + 0.5 == pytest.approx(SIZE[0] * 0.6, abs=0.6)
    assert rows.mean() + 0.5 == pytest.approx(SIZE[1] * 0.3, abs=0.6)


def test_corners_in_perspective_put_the_middle_where_the_diagonals_cross(gl: moderngl.Context) -> None:
    picture = grey(0)
    picture[44:46, 79:81] = 255
    corners = (Point(0.25, 0), Point(0.75, 0), Point(1, 1), Point(0, 1))
    rows, _ = np.nonzero(drawn(gl, replace(HEAD, corners=corners), picture)[..., 0] > 100)
    assert rows.mean() + 0.5 == pytest.approx(SIZE[1] / 3, abs=0.6)


def test_behind_a_screen_left_and_right_change_places_with_all_that_lies_on_them(gl: moderngl.Context) -> None:
    head = replace(
        HEAD,
        corners=(Point(0.1, 0.05), Point(1, 0), Point(1, 0.9), Point(0, 1)),
        soft_edge=SoftEdge(left=0.2),
        masks=(Polygon((Point(0, 0), Point(0.3, 0), Point(0.3, 0.4)), hides=True),),
    )
    seen_from_the_front = drawn(gl, replace(head, mirrored=True))[:, ::-1]
    off = np.abs(seen_from_the_front - drawn(gl, head)).max(2)
    assert np.quantile(off, 0.99) <= 2  # but for pixels on the picture's rim


def test_a_mirrored_picture_is_turned_after_it_was_mirrored(gl: moderngl.Context) -> None:
    monitor = drawn(gl, replace(HEAD, rotation=90, mirrored=True), monitor_px=SIZE[::-1])
    assert np.abs(np.rot90(monitor, 1)[:, ::-1] - PICTURE[..., :3]).max() <= 1


@pytest.mark.parametrize(("rotation", "turns"), [(180, 2), (90, -1), (270, 1)])
def test_a_turned_picture_is_turned_clockwise(gl: moderngl.Context, rotation: Rotation, turns: int) -> None:
    picture = np.ascontiguousarray(np.rot90(PICTURE, -turns))
    assert np.abs(drawn(gl, replace(HEAD, rotation=rotation), picture) - PICTURE[..., :3]).max() <= 1


@pytest.mark.parametrize(("rotation", "turns"), [(180, 2), (90, -1), (270, 1)])
def test_all_that_a_head_says_counts_as_its_picture_is_seen_however_its_monitor_hangs(
    gl: moderngl.Context, rotation: Rotation, turns: int
) -> None:
    """A monitor that hangs turned shows the same on the wall: its pixels turned, and nothing else."""
    head = replace(
        HEAD,
        corners=(Point(0.1, 0), Point(1, 0.1), Point(0.9, 1), Point(0, 0.9)),
        mesh=moved(straight(3, 3), 1, 1, 0.05, 0.1),
        soft_edge=SoftEdge(left=0.3, top=0.1),
        black_lift=0.05,
        masks=(Polygon((Point(0, 0), Point(0.5, 0), Point(0, 0.5)), hides=True, feather=0.1),),
    )
    on_wall = drawn(gl, head)
    monitor_px = SIZE if rotation == 180 else SIZE[::-1]
    off = np.abs(np.rot90(drawn(gl, replace(head, rotation=rotation), PICTURE, monitor_px), -turns) - on_wall).max(2)
    assert np.mean(off > 3) < 0.01, "along its outline a pixel may belong to the picture or not"


def test_two_soft_edges_add_up_to_even_light(gl: moderngl.Context) -> None:
    gamma, width = 2.2, SIZE[0] // 4
    left = drawn(gl, replace(HEAD, soft_edge=SoftEdge(right=0.25, gamma=gamma)), grey(180))
    right = drawn(gl, replace(HEAD, soft_edge=SoftEdge(left=0.25, gamma=gamma)), grey(180))
    light = (left[0, -width:, 0] / 255) ** gamma + (right[0, :width, 0] / 255) ** gamma
    assert light == pytest.approx((180 / 255) ** gamma, abs=0.012)
    assert (left[:, :-width] == left[0, 0]).all()


def test_black_is_lifted_outside_the_overlap_only(gl: moderngl.Context) -> None:
    seen = drawn(gl, replace(HEAD, soft_edge=SoftEdge(right=0.5), black_lift=0.1), grey(0))
    assert np.abs(seen[:, : SIZE[0] // 2 - 1] - 25.5).max() <= 1
    assert seen[:, SIZE[0] // 2 + 1 :].max() == 0


def test_white_is_dimmed_in_light_and_a_curve_in_signal(gl: moderngl.Context) -> None:
    warm = drawn(gl, replace(HEAD, white=(1.0, 0.5, 0.25)), grey(255))
    assert np.abs(warm - (255, 188, 137)).max() <= 1
    dark = drawn(gl, replace(HEAD, curve=(2.0, 2.0, 2.0)), grey(128))
    assert np.abs(dark - 64).max() <= 1


def cube(size: int, transform: object = None) -> Lut:
    axis = np.linspace(0, 1, size)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    colours = np.stack([red, green, blue], axis=-1)
    table = colours if transform is None else transform(colours)  # type: ignore[operator]
    return Lut(3, size, table.astype(np.float32).tobytes())


@pytest.mark.parametrize("size", [2, 17, 33])
def test_a_colour_cube_that_changes_nothing_changes_no_pixel(gl: moderngl.Context, size: int) -> None:
    assert np.abs(drawn(gl, replace(HEAD, lut=cube(size))) - drawn(gl, HEAD)).max() <= 1


def test_a_curve_table_that_changes_nothing_changes_no_pixel(gl: moderngl.Context) -> None:
    even = np.repeat(np.linspace(0, 1, 1024, dtype=np.float32)[:, None], 3, axis=1)
    assert np.abs(drawn(gl, replace(HEAD, lut=Lut(1, 1024, even.tobytes()))) - drawn(gl, HEAD)).max() <= 1


def test_a_colour_cube_gives_the_colours_that_stand_in_it(gl: moderngl.Context) -> None:
    swapped = drawn(gl, replace(HEAD, lut=cube(17, lambda colours: colours[..., [2, 0, 1]])))
    assert np.abs(swapped - drawn(gl, HEAD)[..., [2, 0, 1]]).max() <= 1


def test_a_curve_table_bends_each_channel_by_itself(gl: moderngl.Context) -> None:
    signal = np.linspace(0, 1, 4096)
    table = np.stack([signal, signal**2, 1 - signal], axis=1).astype(np.float32)
    seen = drawn(gl, replace(HEAD, lut=Lut(1, 4096, table.tobytes())), grey(128))
    assert np.abs(seen - (128, 64, 127)).max() <= 1


def test_signals_outside_a_tables_domain_take_its_ends(gl: moderngl.Context) -> None:
    table = np.repeat(np.array([[0.25], [0.75]], np.float32), 3, axis=1)
    lut = Lut(1, 2, table.tobytes(), (0.5,) * 3, (1.0,) * 3)
    assert np.abs(drawn(gl, replace(HEAD, lut=lut), grey(20)) - 64).max() <= 1


def test_a_curve_leaves_no_bands(gl: moderngl.Context) -> None:
    """A grey between two steps of the monitor is a mixture of both, everywhere: its mean is what the curve says."""
    for value in (20, 40, 90):
        seen = drawn(gl, replace(HEAD, curve=(1.3, 1.3, 1.3)), grey(value))[..., 0]
        meant = 255 * (value / 255) ** 1.3
        assert seen.max() - seen.min() <= 1
        assert seen.mean() == pytest.approx(meant, abs=0.05)
        assert seen[:9, :16].mean() == pytest.approx(meant, abs=0.15)


def test_soft_edges_fall_without_bands(gl: moderngl.Context) -> None:
    """In a wide edge over a dark grey the mean over a few columns never stands still for as long as a step would."""
    seen = drawn(gl, replace(HEAD, soft_edge=SoftEdge(left=0.5)), grey(40))[:, :80, 0]
    means = seen.mean(0).reshape(-1, 4).mean(1)
    assert (np.diff(means[1:-2]) > 0).all()


def test_each_channel_may_have_its_own_curve(gl: moderngl.Context) -> None:
    seen = drawn(gl, replace(HEAD, curve=(1.0, 2.0, 0.5)), grey(128))
    assert np.abs(seen - (128, 64, 181)).max() <= 1


def test_what_is_masked_is_black_also_where_black_is_lifted(gl: moderngl.Context) -> None:
    door = Polygon((Point(0.5, 0.5), Point(1, 0.5), Point(1, 1), Point(0.5, 1)), hides=True)
    seen = drawn(gl, replace(HEAD, masks=(door,), black_lift=0.1), grey(255))
    expected = np.full((SIZE[1], SIZE[0]), 255)
    expected[45:, 80:] = 0
    assert (seen == expected[..., None]).all()


def test_a_mask_stays_on_the_wall_when_the_picture_is_warped(gl: moderngl.Context) -> None:
    window = Polygon((Point(0.25, 0.2), Point(0.75, 0.2), Point(0.75, 0.8), Point(0.25, 0.8)))
    bent = replace(HEAD, mesh=moved(straight(3, 3), 1, 1, 0.1, -0.1), masks=(window,))
    lit = drawn(gl, bent, grey(255))[..., 0] > 0
    expected = np.zeros((SIZE[1], SIZE[0]), bool)
    expected[18:72, 40:120] = True
    assert (lit == expected).all()


def test_another_head_shows_in_the_next_picture_and_only_what_differs_is_made_anew(gl: moderngl.Context) -> None:
    bench = Bench(gl, grey(200))
    masked = replace(HEAD, lut=cube(9), masks=(Polygon((Point(0, 0), Point(0.5, 0), Point(0, 0.5))),))
    with HeadDrawing(gl, masked) as drawing:
        bench.shown(drawing)
        made = {unit: texture.glo for unit, texture in drawing._textures.items()}
        drawing.head = replace(masked, corners=(Point(0.5, 0), *WHOLE_MONITOR[1:]))
        after = bench.shown(drawing)
        assert after[10, 10].max() == 0
        now = {unit: texture.glo for unit, texture in drawing._textures.items()}
        assert {unit for unit in made if now[unit] != made[unit]} <= {1}
    bench.close()


def test_a_head_that_is_adjusted_looks_as_if_it_had_always_been_so(gl: moderngl.Context) -> None:
    """Programs have only what a head uses, so colour and edges bring others."""
    warm = replace(HEAD, white=(1.0, 0.8, 0.6))
    edged = replace(HEAD, soft_edge=SoftEdge(left=0.3), black_lift=0.05)
    both = replace(warm, soft_edge=edged.soft_edge, corners=(Point(0.1, 0), Point(1, 0), Point(1, 1), Point(0, 1)))
    bench = Bench(gl)
    with HeadDrawing(gl, HEAD) as drawing:
        for head in (HEAD, warm, both, edged, HEAD, both):
            drawing.head = head
            assert np.abs(bench.shown(drawing) - drawn(gl, head)).max() <= 1
    bench.close()


BENT = replace(
    HEAD,
    corners=(Point(0.1, 0), Point(1, 0.1), Point(0.9, 1), Point(0, 0.9)),
    mesh=moved(straight(3, 3), 1, 1, 0.05, 0.1),
)


def bent_already(context: moderngl.Context, head: Head, picture: NDArray[np.uint8]) -> NDArray[np.int64]:
    """What the monitor shows of a canvas that was drawn for its pixels."""
    bench = Bench(context, picture)
    bench.monitor.framebuffer.use()
    bench.monitor.framebuffer.clear(alpha=1.0)
    with HeadDrawing(context, head) as drawing:
        drawing.draw(bench.canvas.texture, SIZE, bent=True)
        seen = bench.monitor.pixels()[::-1, :, :3].astype(np.int64)
    bench.close()
    return seen


def test_what_was_drawn_for_the_monitors_pixels_is_shown_pixel_by_pixel_within_the_same_outline(
    gl: moderngl.Context,
) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (SIZE[1], SIZE[0], 4)).astype(np.uint8)
    seen, lit = bent_already(gl, BENT, noise), drawn(gl, BENT, grey(255)).max(axis=2) > 0
    assert (seen[lit] == noise[..., :3][lit]).all()
    assert (seen[~lit] == 0).all()


@given(QUADRILATERALS, st.one_of(st.none(), st.tuples(st.floats(-0.1, 0.1), st.floats(-0.1, 0.1))))
@settings(max_examples=12, deadline=None)
def test_no_pixel_within_the_outline_is_left_out_by_the_map(
    headless: Headless, corners: object, move: tuple[float, float] | None
) -> None:
    head = replace(HEAD, corners=corners, mesh=moved(straight(3, 3), 1, 1, *move) if move else None)  # type: ignore[arg-type]  # two numbers, drawn as a tuple
    white = np.zeros((*SIZE[::-1], 4), np.uint8)
    white.reshape(-1, 4)[pixel_map(surface(head.corners, head.mesh), SIZE, 16 / 9).covered] = 255
    with headless.context as context:
        assert (bent_already(context, head, white) == drawn(context, head, grey(255))).all()


@pytest.mark.parametrize(("rotation", "mirrored"), [(0, False), (90, False), (180, True), (270, True)])
def test_a_picture_looks_the_same_whichever_way_it_was_bent(
    gl: moderngl.Context, rotation: Rotation, mirrored: bool
) -> None:
    """Soft edges, colour and masks too; the monitor has the shape of the picture here, however that is turned."""
    head = replace(
        BENT,
        rotation=rotation,
        mirrored=mirrored,
        soft_edge=SoftEdge(left=0.3, bottom=0.1),
        black_lift=0.05,
        white=(1.0, 0.8, 0.6),
        masks=(Polygon((Point(0, 0), Point(0.5, 0), Point(0, 0.5)), hides=True, feather=0.1),),
    )
    found = pixel_map(surface(head.corners, head.mesh, head.turn), SIZE, SIZE[0] / SIZE[1])
    across, down = np.meshgrid((np.arange(SIZE[0]) + 0.5) / SIZE[0], (np.arange(SIZE[1]) + 0.5) / SIZE[1])
    flat = np.round(255 * np.dstack([across, down, np.full_like(across, 0.5), np.ones_like(across)])).astype(np.uint8)
    over = np.dstack([smooth(found), np.full(SIZE[::-1], 255, np.uint8)])
    assert np.abs(bent_already(gl, head, over) - drawn(gl, head, flat)).max() <= 3


LEFT_HALF = Polygon((Point(0, 0), Point(0.5, 0), Point(0.5, 1), Point(0, 1)))


@pytest.mark.parametrize("masks", [(LEFT_HALF,), ()], ids=["another", "first"])
def test_another_mask_is_drawn_beside_the_show_and_the_one_before_holds_until_then(
    gl: moderngl.Context, monkeypatch: pytest.MonkeyPatch, masks: tuple[Mask, ...]
) -> None:
    other = replace(HEAD, masks=(replace(LEFT_HALF, hides=True),), white=(0.5, 0.5, 0.5))
    may_draw = threading.Event()

    def drawn_when_allowed(masks: Sequence[Mask], size_px: tuple[int, int]) -> NDArray[np.float32]:
        may_draw.wait()
        return shares_of(masks, size_px)

    bench = Bench(gl, grey(200))
    before = drawn(gl, replace(HEAD, masks=masks), grey(200))
    with HeadDrawing(gl, replace(HEAD, masks=masks)) as drawing:
        if masks:
            bench.shown(drawing)
        monkeypatch.setattr(mask_texture, "shares_of", drawn_when_allowed)
        drawing.head = other
        assert (bench.shown(drawing) == before).all()
        may_draw.set()
        while (seen := bench.shown(drawing))[10, 10].any():
            pass
        assert (seen == drawn(gl, other, grey(200))).all()
    bench.close()


def test_what_warms_up_lets_heads_of_every_kind_be_drawn_and_leaves_nothing_behind(gl: moderngl.Context) -> None:
    monitor = Canvas(gl, (3, 3))
    monitor.framebuffer.clear(1, 1, 1, 1)
    warm_up(monitor.framebuffer)
    lifted = monitor.pixels()[..., 0]  # the last head has its black lifted by half, between two steps
    assert ((lifted == 127) | (lifted == 128)).all()
    monitor.close()


def test_a_part_of_a_picture_fills_the_monitor(gl: moderngl.Context) -> None:
    shown = drawn(gl, replace(HEAD, part=PicturePart(0.25, 0.5, 0.5, 0.5)))
    across, down = np.meshgrid((np.arange(SIZE[0]) + 0.5) / SIZE[0], (np.arange(SIZE[1]) + 0.5) / SIZE[1])
    assert shown[..., 0] == pytest.approx(255 * (0.25 + 0.5 * across) - 0.5 * 255 / SIZE[0], abs=1.5)
    assert shown[..., 1] == pytest.approx(255 * (0.5 + 0.5 * down) - 0.5 * 255 / SIZE[1], abs=1.5)
