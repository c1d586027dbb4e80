"""The commands `installation rig ...`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from installation import FIRST_LIGHT
from installation.commands.options import finite
from installation.errors import DeviceError, ScoreError

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
