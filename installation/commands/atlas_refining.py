"""`installation atlas refine`: train neurons of a finished atlas further, with the same composition."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from installation import SHIPPED_ATLAS
from installation.commands.atlas import (
    AtlasFolder,
    NetworksFolder,
    Scheduler,
    Workers,
    WorkFolder,
    describe_pictures,
    loader,
    run_jobs,
)
from installation.errors import ScoreError

if TYPE_CHECKING:
    from installation.studio.recipes.recipe import Settings

COLLECTIONS = "collections.yaml"

WINDOW_STEPS = 200
"""The default for a print: 140 s of one core for Distill's usual CPPN on GoogLeNet."""

SMALLEST_WINDOW = 0.1
"""A tenth of the picture: smaller windows show little more than a slope of a CPPN with 24 units."""

LARGEST_WINDOW = 0.7


def refine(
    neurons: Annotated[list[str], typer.Argument(help="Names or addresses of neurons.", metavar="NEURONS...")],
    out: Annotated[
        Path, typer.Option(help="Write the atlas to this folder; it may be its own.", metavar="DIR", show_default=False)
    ],
    *,
    atlas: AtlasFolder = SHIPPED_ATLAS,
    networks: NetworksFolder = None,
    work: WorkFolder = None,
    workers: Workers = 2,
    scheduler: Scheduler = None,
    steps: Annotated[
        int | None, typer.Option(min=1, max=20_000, help="Train the whole picture for this many steps.")
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(min=16, max=1024, help="The network sees a picture with this many pixels a side.", metavar="PX"),
    ] = None,
    paper: Annotated[
        str | None,
        typer.Option("--for", help="Then add detail for a print of this size, such as 100x70cm.", metavar="SIZE"),
    ] = None,
) -> None:
    """Train finished neurons further: finer, with the same composition. All others stay as they are."""
    from installation.atlas.atlas import Atlas
    from installation.studio.building import write_roads_and_extents
    from installation.studio.refining import plan_refining, write_refined

    opened = Atlas.open(atlas)
    chosen = tuple({one.address: one for one in map(opened.find, neurons)}.values())
    refinement = _refinement(steps, size, paper)
    results, load = work or out.with_name(f"{out.name}.work"), loader(networks)
    planned = plan_refining(opened, chosen, refinement, load, results)
    refined = run_jobs(planned, load, results, workers, scheduler, "refining")
    index = write_refined(opened, replace(planned, jobs=refined), results, out)
    if (opened.folder / COLLECTIONS).exists() and not (out / COLLECTIONS).exists():
        shutil.copy(opened.folder / COLLECTIONS, out)
    write_roads_and_extents(out, index)
    describe_pictures(Atlas.open(out), load)
    for neuron in chosen:
        now = next(one for one in index.neurons if one.address == neuron.address)
        typer.echo(f"{neuron.name}: activation {neuron.activation:.2f} before, {now.activation:.2f} now", err=True)
    typer.echo(f"a build takes them over if its recipe says for each: refine: {_said(refinement)}", err=True)


def _refinement(steps: int | None, size: int | None, for_paper: str | None) -> Settings:
    """The request, as a recipe's `refine`."""
    from installation.book.paper import paper
    from installation.studio.recipes.recipe import REFINING

    refinement = REFINING
    if steps is not None:
        refinement = replace(refinement, child_steps=steps)
    if size is not None:
        refinement = replace(refinement, size_px=size, first_size_px=min(size, refinement.first_size_px))
    if for_paper is not None:
        sheet = paper(for_paper, option="--for")
        # A pixel of the network's input is then a millimetre of paper, as fine as one sees at arm's length.
        side = refinement.size_px / min(sheet.width_mm, sheet.height_mm)
        if side >= LARGEST_WINDOW:
            raise ScoreError(
                f"--for: on {sheet} the whole picture at {refinement.size_px} pixels is as fine as is seen; leave it "
                "out, or give a larger sheet"
            )
        sides = max(SMALLEST_WINDOW, round(side, 2)), LARGEST_WINDOW
        refinement = replace(refinement, window_steps=WINDOW_STEPS, window_sides=sides)
    return refinement


def _said(refinement: Settings) -> str:
    """A refinement in a recipe's words: a YAML mapping on one line."""
    from installation.studio.recipes.recipe import REFINING

    words = {
        name: value
        for name, value in refinement.changed_settings(root=False).items()
        if value != getattr(REFINING, name)
    }
    told = ", ".join(f"{name}: {list(value) if isinstance(value, tuple) else value}" for name, value in words.items())
    return f"{{{told}}}"
