"""`installation rig calibrate`: computes the heads of a rig from photographs, a camera or a model of the room."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import typer
from PIL import Image

from installation.commands.options import counts
from installation.errors import DeviceError, RigError
from installation.language.limits import SIDE_PX
from installation.rig.calibration.calibrated import calibrated, require_heads, whites_of
from installation.rig.calibration.lens import lens_of
from installation.rig.calibration.photographs import photographs_in, require_same_view
from installation.rig.calibration.projector_pose import projector_pose, read_points
from installation.rig.calibration.report import as_text
from installation.rig.calibration.room_model import read_room, samples_in_room
from installation.rig.calibration.structured_light import Light, SeenLight, decoded, pictures
from installation.rig.calibration.wall import samples_on_wall, wall_by_corners, wall_in_view
from installation.rig.file import replace_heads
from installation.rig.head import Head
from installation.rig.rig_spec import MESH
from installation.rig.venue import read_venue
from installation.rig.warp import Corners, Point, corners_problem
from installation.rig.warps.samples import WarpSamples

FLAT_PX = 1.0
"""On a flat wall, projectors' pixels lie at most this far off a plane, because of plaster and lenses."""


@dataclass(frozen=True, slots=True)
class Source:
    """The source of a calibration: photographs, a camera, or a model of the room with points."""

    photos: Path | None
    camera: str | None
    room: Path | None
    points: Path | None
    corners: str | None
    size: str
    keep: Path | None

    def require_one(self) -> None:
        """Raise RigError unless exactly one source is given, and all other options go with it."""
        said = {"--photos": self.photos, "--camera": self.camera, "--room": self.room}
        given = [option for option, value in said.items() if value is not None]
        if len(given) != 1:
            told = " and ".join(given) if given else "nothing"
            raise RigError(f"give exactly one of --photos, --camera and --room; you gave {told}")
        if (self.room is None) != (self.points is None):
            raise RigError("--room and --points belong together: a model, and points of it on the pixels of each head")
        if self.corners is not None and self.room is not None:
            raise RigError(
                "--corners are pixels of a photograph, and a model of the room has corners of its own; leave them out"
            )


def calibrate_rig(rig: Path, source: Source, asked: Sequence[str], mesh: str | None) -> str:
    """Calibrate heads and write them into the rig; return a report in words. Raises RigError and DeviceError."""
    source.require_one()
    points = counts("--mesh", mesh, *MESH) if mesh else None
    venue_heads = read_venue(rig).heads
    heads = require_heads(venue_heads, asked, str(rig))
    if source.room is not None and source.points is not None:
        samples, whites = _from_room(source.room, source.points, heads, counts("--size", source.size, *SIDE_PX)), None
    else:
        seen, step = _from_camera(source.camera, source.keep, heads) if source.camera else _from_photos(source, heads)
        samples, whites = _on_wall(seen, source.corners, step), whites_of(seen)
    found = calibrated(heads, samples, str(rig), whites, points)
    by_name = {one.head.output: one.head for one in found}
    written = [by_name.get(head.output, head) for head in venue_heads]
    kept = replace_heads(rig, venue_heads, written, time.time())
    return f"{as_text(found)}\n{rig}: written; the old rig is {kept.name}"


def _from_room(room: Path, points: Path, heads: Sequence[Head], size_px: tuple[int, int]) -> dict[str, WarpSamples]:
    model, of_heads = read_room(room), read_points(points)
    found = {}
    for head in heads:
        where = f"{points}, head {head.output}"
        pose = projector_pose(of_heads.get(head.output, ()), size_px, where)
        x, y, z = pose.at
        typer.echo(
            f"{head.output}: stands at {x:.3f}, {y:.3f}, {z:.3f} with a throw of {pose.throw:.2f}; its points lie "
            f"{np.mean(pose.off_px):.2f} pixels beside theirs"
        )
        found[head.output] = samples_in_room(model, pose, size_px, where)
    return found


def _from_photos(source: Source, heads: Sequence[Head]) -> tuple[dict[str, SeenLight], int]:
    """The light of each head in the photographs, and the factor by which these were scaled down."""
    assert source.photos is not None
    size_px = counts("--size", source.size, *SIDE_PX)
    series, step = {}, 1
    for head in heads:
        series[head.output], step = photographs_in(source.photos, head.output)
        typer.echo(f"{head.output}: {len(series[head.output])} photographs")
    require_same_view([(head, photographs[0]) for head, photographs in series.items()])
    return {head: decoded(one, size_px, str(source.photos / head)) for head, one in series.items()}, step


def _from_camera(device: str, keep: Path | None, heads: Sequence[Head]) -> tuple[dict[str, SeenLight], int]:
    """The light of each head in the camera's photographs of the patterns; they are not scaled down (1)."""
    from installation.outputs.windows.pattern_show import PatternShow
    from installation.rig.calibration.webcam import Webcam

    found = {}
    with Webcam(device) as camera, PatternShow(heads) as show:
        for head in heads:
            size_px = show.sizes[head.output]

            def shown(picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], output: str = head.output) -> Light:
                show.show(output, picture)
                if show.closing:
                    raise DeviceError("you ended the calibration with Escape; the rig is unchanged")
                return camera.photograph()

            series = _photographed(shown, size_px, head)
            if keep is not None:
                _keep(series, keep / head.output)
            found[head.output] = decoded(series, size_px, f"camera {device}, head {head.output}")
            typer.echo(f"{head.output}: {found[head.output].seen.mean():.0%} of what the camera sees")
    return found, 1


def _photographed(
    shown: Callable[[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]], Light], size_px: tuple[int, int], head: Head
) -> list[Light]:
    return [shown(picture) for _, picture in pictures(size_px, head.soft_edge.gamma)]


def _keep(series: Sequence[Light], folder: Path) -> None:
    """Write photographs as PNG, display-encoded: `light_of` reverses this."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, light in enumerate(series, start=1):
            signal = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light.clip(1e-9) ** (1 / 2.4) - 0.055)
            Image.fromarray(np.rint(255 * signal.clip(0, 1)).astype(np.uint8)).save(folder / f"{number:02}.png")
    except OSError as error:
        raise DeviceError(f"{folder}: {error.strerror}; name another folder with --keep") from None


def _on_wall(seen: Mapping[str, SeenLight], corners: str | None, step: int) -> dict[str, WarpSamples]:
    if corners is None:
        to_wall, lens = wall_in_view(seen), None
    else:
        lens = lens_of(seen)
        a, b, c, d = (Point(*map(float, lens.straight(np.array(corner)))) for corner in _corners(corners, step))
        to_wall = wall_by_corners((a, b, c, d))
        typer.echo(
            f"the camera's lens moves the photograph's corners by {abs(sum(lens.bend)):.1%}; without that, the "
            f"projectors' pixels lie {lens.off_px:.2f} pixels beside a flat wall"
        )
        if lens.off_px > FLAT_PX:
            typer.echo("that is much: the wall is not flat; leave --corners out, or use a model of the room")
    return {head: samples_on_wall(one, to_wall, f"head {head}", lens) for head, one in seen.items()}


def _corners(said: str, step: int) -> Corners:
    try:
        numbers = [float(word) / step for pair in said.split() for word in pair.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != 8:
        raise RigError(f'--corners {said!r}: four pixels belong here, such as "212,145 1702,160 1690,980 220,966"')
    a, b, c, d = (Point(x, y) for x, y in zip(numbers[::2], numbers[1::2], strict=True))
    # Convert them to fractions of a frame around them, the unit of a picture's corners.
    low_x, low_y, side = min(numbers[::2]), min(numbers[1::2]), max(max(numbers[::2]) - min(numbers[::2]), 1.0)
    framed = [Point((x - low_x) / side, (y - low_y) / side) for x, y in (a, b, c, d)]
    if why := corners_problem((framed[0], framed[1], framed[2], framed[3])):
        raise RigError(f"--corners {said!r}: {why}; give them clockwise from the top left")
    return a, b, c, d
