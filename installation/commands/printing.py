"""The command `installation print`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from installation import SHIPPED_ATLAS
from installation.errors import ScoreError


def print_(
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help="A neuron (pagoda), a point between neurons (pagoda:3+arch:1), a layer (places365/conv10), a map "
            "(map:likeness, map:layer) or a score.",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Write this .tif, .png or .pdf file.")],
    *,
    size: Annotated[
        str, typer.Option(metavar="PAPER", help="Size when trimmed: 100x70cm, 16x20in, a2, a2-landscape.")
    ] = "30x30cm",
    dpi: Annotated[float, typer.Option(metavar="N", help="Pixels an inch.")] = 300.0,
    bleed: Annotated[float, typer.Option(metavar="MM", help="Let the picture go on beyond each edge.")] = 0.0,
    marks: Annotated[bool, typer.Option("--marks", help="Add a white margin with crop marks.")] = False,
    profile: Annotated[
        str, typer.Option(metavar="NAME|FILE.icc", help="srgb, adobe-rgb, display-p3, or your printer's ICC file.")
    ] = "srgb",
    intent: Annotated[
        str, typer.Option(help="How to change colours that the paper cannot show: perceptual or relative.")
    ] = "relative",
    proof: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Also write a soft proof: how the print will look.")
    ] = None,
    zoom: Annotated[float, typer.Option(min=1e-3, max=4000, help="Zoom into the picture.")] = 1.0,
    x: Annotated[float, typer.Option(help="Centre of the view, to the right: the short side runs from -1 to 1.")] = 0.0,
    y: Annotated[float, typer.Option(help="The same, downwards.")] = 0.0,
    degrees: Annotated[float, typer.Option(help="Turn the camera clockwise.")] = 0.0,
    atlas: Annotated[Path, typer.Option("--atlas", metavar="DIR", help="The folder of the atlas.")] = SHIPPED_ATLAS,
    at: Annotated[str | None, typer.Option(metavar="TIME", help="Print a score's frame at this time.")] = None,
    output: Annotated[str | None, typer.Option(metavar="NAME", help="Print this output of a score.")] = None,
) -> None:
    """Print a picture on paper of any size: 16 bits, with bleed, crop marks and colour profile. Run it again after a
    kill, and it goes on where it was."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from installation.book import subject
    from installation.book.paper import paper
    from installation.book.pictures import Pictures
    from installation.book.printing import PrintOrder, write_print, write_proof
    from installation.book.profiles import INTENTS, Conversion
    from installation.book.profiles import profile as profile_of
    from installation.book.sharpness import sharp_px
    from installation.show.frame import View

    sheet = paper(size, dpi, bleed, marks=marks)
    if intent not in INTENTS:
        raise ScoreError(f"--intent: {intent!r} is none of {', '.join(INTENTS)}")
    if proof is not None and proof.suffix.lower() != ".png":
        raise ScoreError(f"--proof: {proof} ends in {proof.suffix or 'nothing'}; a soft proof is a PNG file")
    if what.lower().endswith(subject.SCORES):
        if at is None:
            raise ScoreError(f"--at: say which time of {what} to print, such as --at 1:30")
        printed = subject.of_score(Path(what), at, output, sheet)
    else:
        printed = subject.of_atlas(what, atlas, View(x, y, zoom, degrees))
    order = PrintOrder(printed, sheet, Conversion(profile_of(profile), intent), out)
    if proof is not None:
        write_proof(order, proof)
        typer.echo(proof)
    columns = TextColumn("Drawing"), BarColumn(), TaskProgressColumn(), TextColumn("left"), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Drawing", total=None)
        report = write_print(order, lambda done, total: progress.update(task, completed=done, total=total))
    across, down = sheet.sheet_px
    typer.echo(f"{out}: {sheet}, {across} x {down} pixels", err=True)
    if printed.shot is not None:
        with Pictures(printed.interpolator) as pictures:
            size_px = sharp_px(pictures, printed.shot)
        finest = min(sheet.width_mm, sheet.height_mm) / size_px
        typer.echo(f"its finest detail, 1/{size_px} of the short side, is {finest:.2g} mm on this sheet", err=True)
    if report.resumed:
        typer.echo(f"{report.resumed} bands were drawn before and taken over", err=True)
    if report.gamut is not None:
        share, worst = report.gamut.share, report.gamut.worst
        typer.echo(
            f"{share:.1%} of the picture has colours that {profile} cannot show; the worst changes by {worst:.0f} dE",
            err=True,
        )
    typer.echo(out)
