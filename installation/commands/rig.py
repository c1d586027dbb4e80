"""The commands `installation rig ...`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from installation import FIRST_LIGHT
from installation.commands.options import counts, finite, fractions
from installation.errors import DeviceError, ScoreError

app = typer.Typer(no_args_is_help=True, help="Find, check and prove which monitor shows which output.")

RigArgument = Annotated[Path, typer.Argument(metavar="RIG", help="The venue's rig, a YAML file.", show_default=False)]

HeadsOption = Annotated[
    list[str] | None,
    typer.Option("--head", metavar="NAME", help="Only this head. You may repeat it.", show_default="all"),
]

MeshOption = Annotated[
    str | None,
    typer.Option(metavar="CxR", help="Points across and down.", show_default="as few as meet the warp to 0.1 pixels"),
]


@app.command()
def detect(
    score: Annotated[
        Path, typer.Argument(metavar="SCORE", help="The score whose outputs the rig shows.")
    ] = FIRST_LIGHT,
    *,
    out: Annotated[
        Path | None, typer.Option(metavar="RIG.yaml", help="Write the rig to this file instead of printing it.")
    ] = None,
) -> None:
    """Write a first rig: it puts the score's outputs, in order, on the monitors from left to right."""
    from installation.outputs.windows.connected import monitors_now
    from installation.rig.detect import rig_text
    from installation.score import reader

    report = reader.check(score)
    if report.score is None:
        raise ScoreError("\n".join(map(str, report.mistakes)), report.mistakes)
    monitors = monitors_now()
    if not monitors:
        raise DeviceError("no monitor is connected; plug them in, then try again")
    text = rig_text([output.name for output in report.score.outputs], monitors)
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        with out.open("x", encoding="utf-8") as file:  # not `replacing`: an existing rig must stay
            file.write(text)
    except OSError as error:
        raise DeviceError(f"{out}: {error.strerror}; name a new file with --out") from None
    typer.echo(f"{out}: written; try it with: installation play {score} --rig {out}")


@app.command()
def check(
    rig: RigArgument,
    *,
    score: Annotated[
        Path | None,
        typer.Option(
            metavar="SCORE", help="Also check that the score has the rig's outputs and cues.", show_default=False
        ),
    ] = None,
) -> None:
    """Check a rig on its own machine: exits with 0 if it is right; otherwise prints every mistake and exits with 2."""
    from installation.outputs.windows.connected import connectors_now, monitors_now
    from installation.rig.check import as_text, check_rig
    from installation.score import reader

    report = reader.check(score) if score else None
    if report and report.score is None:
        raise ScoreError("\n".join(map(str, report.mistakes)), report.mistakes)
    checked = check_rig(rig, monitors_now(), connectors_now(), report.score if report else None)
    typer.echo(as_text(checked))
    typer.echo(f"{rig}: no mistakes")


@app.command("import")
def take_in(
    rig: RigArgument,
    output: Annotated[
        str, typer.Argument(metavar="OUTPUT", help="The output whose head gets the warp.", show_default=False)
    ],
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="MPCDI, VIOSO (.vwf), OBJ, or a pixel map (PFM, EXR, PNG).", show_default=False
        ),
    ],
    *,
    region: Annotated[
        str, typer.Option(metavar="NAME", help="Which projector of the file, if it has several.", show_default=False)
    ] = "",
    mesh: MeshOption = None,
    part: Annotated[
        str | None,
        typer.Option(
            metavar="LEFT,TOP,WIDTH,HEIGHT",
            help="The part of the file's picture that the output shows, in fractions.",
            show_default="all of it",
        ),
    ] = None,
    size: Annotated[
        str, typer.Option(metavar="WxH", help="The monitor's size in pixels, for OBJ, which does not state it.")
    ] = "1920x1080",
    blend: Annotated[
        Path | None, typer.Option(metavar="PNG", help="The blend, as a grey picture, if it is a separate file.")
    ] = None,
    blend_gamma: Annotated[
        float, typer.Option(min=0.2, max=5, help="Light is the blend's grey to this power.", callback=finite)
    ] = 1.0,
) -> None:
    """Import another tool's warp and blend into a head. It keeps the old rig beside the new one."""
    import time
    from dataclasses import replace

    from installation.language.limits import SIDE_PX
    from installation.rig.head import WHOLE_PICTURE, PicturePart
    from installation.rig.mask import read_picture
    from installation.rig.rig_spec import MESH
    from installation.rig.warps.adoption import adopt
    from installation.rig.warps.foreign import adopted, read_foreign

    warp = read_foreign(file, counts("--size", size, *SIDE_PX), region)
    if blend is not None:
        mask = read_picture(blend)
        warp = replace(warp, blend=mask.shares((mask.width, mask.height)) ** blend_gamma)
    shown = PicturePart(*fractions("--part", part)) if part else WHOLE_PICTURE
    points = counts("--mesh", mesh, *MESH) if mesh else None
    found = adopted(warp, str(file), shown, points)
    done = adopt(rig, output, found, time.time())
    for told in found.told:
        typer.echo(f"{file}: {told}")
    fit = found.fit
    typer.echo(
        f"{output}: {fit.in_words(found.turn)}; it meets the warp to {fit.mean_px:.2f} pixels on average, "
        f"{fit.worst_px:.2f} at worst"
    )
    if done.blend is not None:
        typer.echo(f"{output}: the blend is {done.blend.name}, in place of soft edges")
    typer.echo(f"{rig}: written; the old rig is {done.kept.name}")


@app.command()
def patterns(
    rig: RigArgument,
    *,
    head: HeadsOption = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write the patterns as PNG into this folder instead of showing them."),
    ] = None,
    size: Annotated[str, typer.Option(metavar="WxH", help="With --out: the monitors' size in pixels.")] = "1920x1080",
) -> None:
    """Show the patterns that a camera must see, one after another: you photograph, then press Enter."""
    from installation.language.limits import SIDE_PX
    from installation.outputs.windows.pattern_show import PatternShow
    from installation.rig.calibration.calibrated import require_heads
    from installation.rig.calibration.structured_light import pictures
    from installation.rig.venue import read_venue

    heads = require_heads(read_venue(rig).heads, head or (), str(rig))
    if out is not None:
        size_px = counts("--size", size, *SIDE_PX)
        for one in heads:
            write_patterns(out / one.output, size_px, one.soft_edge.gamma)
        typer.echo(f"{out}: the patterns of {', '.join(one.output for one in heads)} are written")
        return
    with PatternShow(heads) as show:
        for one in heads:
            series = list(pictures(show.sizes[one.output], one.soft_edge.gamma))
            for number, (pattern, picture) in enumerate(series, start=1):
                show.show(one.output, picture)
                input(f"{one.output}, {number} of {len(series)}: {pattern.name}; photograph, then press Enter ")
    typer.echo("put the photographs of each head into a folder of its name, then: installation rig calibrate --photos")


@app.command()
def calibrate(
    rig: RigArgument,
    *,
    photos: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="A folder that has a folder of photographs for each head.", show_default=False
        ),
    ] = None,
    camera: Annotated[
        str | None,
        typer.Option(metavar="DEVICE", help="A camera: its number, such as 0, or its address.", show_default=False),
    ] = None,
    room: Annotated[
        Path | None, typer.Option(metavar="OBJ", help="A model of the room, with --points.", show_default=False)
    ] = None,
    points: Annotated[
        Path | None,
        typer.Option(
            metavar="CSV",
            help="Points on a head's pixels: head, x, y, z, pixel x, pixel y.",
            show_default=False,
        ),
    ] = None,
    corners: Annotated[
        str | None,
        typer.Option(
            metavar='"X,Y X,Y X,Y X,Y"',
            help="The picture's corners in the photographs, in pixels, clockwise from the top left, for a flat wall.",
            show_default="straight as the camera sees it",
        ),
    ] = None,
    head: HeadsOption = None,
    mesh: MeshOption = None,
    size: Annotated[
        str, typer.Option(metavar="WxH", help="With --photos or --room: the monitors' size in pixels.")
    ] = "1920x1080",
    keep: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="With --camera: keep its photographs in this folder, for --photos.", show_default=False
        ),
    ] = None,
) -> None:
    """Measure the wall with a camera, and write meshes, soft edges and whites into the rig; the old rig is kept."""
    from installation.commands.calibration import Source, calibrate_rig

    source = Source(photos, camera, room, points, corners, size, keep)
    typer.echo(calibrate_rig(rig, source, head or (), mesh))


@app.command()
def prove(
    rig: Annotated[
        Path | None, typer.Argument(metavar="RIG", help="The venue's rig, a YAML file.", show_default="three windows")
    ] = None,
    *,
    frames: Annotated[int, typer.Option(min=1, help="Show this many frames and take a screenshot after each.")] = 1000,
    any_time: Annotated[
        float,
        typer.Option(
            metavar="SECONDS",
            min=0,
            callback=finite,
            help="Then take screenshots at arbitrary moments, for this long.",
        ),
    ] = 10.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Prove that all outputs show the same frame: it reads codes in screenshots, and exits with 1 if they differ."""
    import json

    from installation.outputs.windows.proof import as_text, prove_heads, prove_windows
    from installation.rig.venue import read_venue

    proof = prove_windows(frames, any_time) if rig is None else prove_heads(read_venue(rig).heads, frames, any_time)
    typer.echo(json.dumps(proof.as_json(), indent=2) if as_json else as_text(proof))
    raise typer.Exit(0 if proof.passed else 1)


def write_patterns(folder: Path, size_px: tuple[int, int], gamma: float) -> None:
    """Write the series of patterns for a head as PNG files, whose names sort in the order of the series."""
    from PIL import Image

    from installation.rig.calibration.structured_light import pictures

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, (pattern, picture) in enumerate(pictures(size_px, gamma), start=1):
            name = pattern.name.replace(", ", " ").replace(" ", "_")
            Image.fromarray(picture).save(folder / f"{number:02}_{name}.png")
    except OSError as error:
        raise DeviceError(f"{folder}: {error.strerror}; name another folder with --out") from None
