"""The commands `installation rig ...`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from installation import FIRST_LIGHT
from installation.commands.options import finite
from installation.errors import DeviceError, RigError, ScoreError

app = typer.Typer(no_args_is_help=True, help="Find, check and prove which monitor shows which output.")


@app.command()
def detect(
    score: Annotated[Path, typer.Argument(metavar="SCORE", help="The score that has the outputs.")] = FIRST_LIGHT,
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
        with out.open("x", encoding="utf-8") as file:  # not `replacing`: a rig that is there already must stay
            file.write(text)
    except OSError as error:
        raise DeviceError(f"{out}: {error.strerror}; name a new file with --out") from None
    typer.echo(f"{out}: written; try it with: installation play {score} --rig {out}")


@app.command()
def check(
    rig: Annotated[Path, typer.Argument(metavar="RIG", help="The venue's rig, a YAML file.", show_default=False)],
    *,
    score: Annotated[
        Path | None,
        typer.Option(
            metavar="SCORE", help="Also check that the score has the rig's outputs and cues.", show_default=False
        ),
    ] = None,
) -> None:
    """Check a rig on its own machine: exits with 0 if it is right; else prints every mistake and exits with 2."""
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
    rig: Annotated[Path, typer.Argument(metavar="RIG", help="The venue's rig, a YAML file.", show_default=False)],
    output: Annotated[str, typer.Argument(metavar="OUTPUT", help="Whose head the warp is for.", show_default=False)],
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="MPCDI, VIOSO (.vwf), OBJ, or a pixel map (PFM, EXR, PNG).", show_default=False
        ),
    ],
    *,
    region: Annotated[
        str, typer.Option(metavar="NAME", help="Which projector of the file, where it has several.", show_default=False)
    ] = "",
    mesh: Annotated[
        str | None,
        typer.Option(metavar="CxR", help="Points across and down, instead of as few as meet the warp to 0.1 pixels."),
    ] = None,
    part: Annotated[
        str | None,
        typer.Option(
            metavar="LEFT,TOP,WIDTH,HEIGHT",
            help="What the output shows of the picture that the file means, in fractions.",
            show_default="all of it",
        ),
    ] = None,
    size: Annotated[
        str, typer.Option(metavar="WxH", help="The monitor's size in pixels, for OBJ, which does not say it.")
    ] = "1920x1080",
    blend: Annotated[
        Path | None, typer.Option(metavar="PNG", help="The blend, as a grey picture, where it is a file of its own.")
    ] = None,
    blend_gamma: Annotated[
        float, typer.Option(min=0.2, max=5, help="Light is the blend's grey to this power.", callback=finite)
    ] = 1.0,
) -> None:
    """Take the warp and blend of another tool into a head; the rig as it was is kept beside it."""
    import time
    from dataclasses import replace

    from installation.language.limits import SIDE_PX
    from installation.rig.mask import read_picture
    from installation.rig.rig_spec import MESH
    from installation.rig.warps.adoption import adopt
    from installation.rig.warps.foreign import WHOLE, adopted, read_foreign

    warp = read_foreign(file, counts("--size", size, *SIDE_PX), region)
    if blend is not None:
        mask = read_picture(blend)
        warp = replace(warp, blend=mask.shares((mask.width, mask.height)) ** blend_gamma)
    shown, points = fractions("--part", part) if part else WHOLE, counts("--mesh", mesh, *MESH) if mesh else None
    found = adopted(warp, str(file), shown, points)
    done = adopt(rig, output, found, time.time())
    for told in found.told:
        typer.echo(f"{file}: {told}")
    fit, orientation = found.fit, found.orientation
    hung = f", turned by {orientation.rotation} degrees" if orientation.rotation else ""
    hung += ", mirrored" if orientation.mirrored else ""
    typer.echo(
        f"{output}: a mesh of {fit.mesh.columns}x{fit.mesh.rows}{hung}; it meets the warp to {fit.mean_px:.2f} pixels "
        f"on average, {fit.worst_px:.2f} at worst"
    )
    if done.blend is not None:
        typer.echo(f"{output}: the blend is {done.blend.name}, in place of soft edges")
    typer.echo(f"{rig}: written; as it was, it is {done.kept.name}")


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
            help="Then take screenshots at any moment, for this long.",
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


def counts(option: str, said: str, low: int, high: int) -> tuple[int, int]:
    """Two counts, such as 1920x1080, each from `low` to `high`."""
    match = re.fullmatch(r"(\d{1,5})x(\d{1,5})", said)
    if match is None:
        raise RigError(f"{option} {said}: two whole numbers belong here, such as 17x9")
    across, down = int(match[1]), int(match[2])
    if not (low <= min(across, down) and max(across, down) <= high):
        raise RigError(f"{option} {said}: both numbers are {low} to {high}")
    return across, down


def fractions(option: str, said: str) -> tuple[float, float, float, float]:
    """Left, top, width and height of a part of a picture."""
    try:
        left, top, width, height = map(float, said.split(","))
    except ValueError:
        raise RigError(f"{option} {said}: four numbers belong here, such as 0,0,0.5,1") from None
    if not (min(left, top) >= 0 and min(width, height) > 0 and max(left + width, top + height) <= 1 + 1e-6):
        raise RigError(f"{option} {said}: left, top, width and height are fractions, 0 to 1, of the picture")
    return left, top, width, height
