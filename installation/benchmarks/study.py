"""The study behind the atlas: it measures and records how good the atlas is.

    python -m installation.benchmarks.study scores/atlas --networks DIR --out FILE.json [--sample 12] [--workers 2]
        [--sheet SHEET.png]

It answers five questions. Do fine-tuned CPPNs excite their neurons as strongly as CPPNs trained alone for as many steps
(`--sample 0` skips this)? Are two pictures nearly the same? Is a picture grey, flat or burnt? Does every road keep its
contrast, with and without repair? How crisp, contrasty and full to its edges is a picture, in statistics that exist for
Distill's pictures too?
"""

from __future__ import annotations

import json
import os
import platform
import random
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Annotated

import torch
import typer
from torch import Tensor

from installation.atlas.architecture import Architecture
from installation.atlas.atlas import Atlas, Neuron, Road
from installation.atlas.interpolate import Interpolator
from installation.book.contact_sheet import write_sheet
from installation.errors import InstallationError, ScoreError
from installation.files import replacing
from installation.studio.building import finished, plan, train_all
from installation.studio.measures import NEAR_DUPLICATE, faults, likeness
from installation.studio.networks.registry import load_network, networks_folder
from installation.studio.recipes.recipe import FamilyRecipe, Recipe
from installation.studio.recipes.spec import load_recipe
from installation.studio.roads import measure_roads
from installation.studio.statistics import measured, tenths
from installation.studio.training_job import LoadNetwork, read_result

PICTURE_PX = 96
SHEET_PX = 128
RECIPE_NAME = "recipe.yaml"
SEED = 20

DISTILL_SHEET = 48
"""Pictures on the sheet of "Differentiable Image Parameterizations"."""

TEXTURES = r"googlenet/(conv|inception_3a)|places365/(conv1$|fire[2-5])|inception-v3/(conv|mixed$|mixed_[12]$)"
"""Layers that the statistics leave out, since Distill's pictures, the comparison, show objects."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A fine-tuned neuron and the same neuron trained alone, for as many steps, with the same settings."""

    name: str
    tuned: float
    alone: float


def pictures(atlas: Atlas, size_px: int = PICTURE_PX) -> Tensor:
    """Every neuron's picture, RGB 0..1 (neurons, 3, size_px, size_px)."""
    interpolator, alone = Interpolator(atlas, grid_side=size_px), torch.ones(1, 1)
    drawn = [interpolator.sketches((neuron.address,), alone)[0] for neuron in atlas.neurons]
    return torch.stack(drawn).view(-1, 3, size_px, size_px)


def near_duplicates(
    neurons: Sequence[Neuron], drawn: Tensor, threshold: float = NEAR_DUPLICATE
) -> list[tuple[float, str, str]]:
    """Pairs of neurons whose pictures are nearly the same, the worst first."""
    measured = likeness(drawn)
    pairs = [
        (round(measured[row, column].item(), 3), one.name, neurons[column].name)
        for row, one in enumerate(neurons)
        for column in range(row)
        if measured[row, column] > threshold
    ]
    return sorted(pairs, reverse=True)


def alone_recipe(recipe: Recipe, names: Sequence[str]) -> Recipe:
    """The named neurons as families of one, trained alone for as many steps as in fine-tuning."""
    alone = []
    for family in recipe.families:
        for neuron in family.neurons:
            if neuron.name in names:
                settings = replace(neuron.settings, root_steps=neuron.settings.child_steps)
                only = replace(neuron, parent=None, seed=0, settings=settings)
                alone.append(FamilyRecipe(name=neuron.name, neurons=(only,), seed=family.seed))
    return Recipe(families=tuple(alone))


def compare(atlas: Atlas, recipe: Recipe, load: LoadNetwork, work: Path, sample: int, workers: int) -> list[Comparison]:
    """Train a seeded sample of the atlas's children alone, and set activations side by side."""
    children = [neuron.name for neuron in atlas.neurons if neuron.parent is not None]
    names = random.Random(SEED).sample(children, min(sample, len(children)))
    planned = plan(alone_recipe(recipe, names), load)
    for job in train_all(planned, load, work, workers):
        typer.echo(f"trained alone: {job.name}", err=True)
    results = {job.name: finished(read_result(work, job.key), job, planned).activation for job in planned.jobs}
    return [Comparison(name, atlas.find(name).activation, results[name]) for name in sorted(results)]


def weakest(roads: Sequence[Road], atlas: Atlas) -> str:
    """The road that loses most contrast, in words."""
    road = min(roads, key=lambda one: one.contrast)
    return f"{atlas.find(road.a).name} to {atlas.find(road.b).name}"


def strengths(compared: Sequence[Comparison]) -> dict[str, object]:
    """Compare the activations of fine-tuned neurons with those of neurons trained alone."""
    return {
        "mean activation, fine-tuned": f"{mean(one.tuned for one in compared):.2f}",
        "mean activation, trained alone for as many steps": f"{mean(one.alone for one in compared):.2f}",
        "fine-tuned stronger": f"{sum(one.tuned >= one.alone for one in compared)} of {len(compared)}",
    }


def shows_objects(neuron: Neuron) -> bool:
    """Whether a neuron's layer is deep enough for more than edges and textures."""
    return not re.match(TEXTURES, f"{neuron.network}/{neuron.layer}")


def sample_of_objects(atlas: Atlas) -> list[Neuron]:
    """A random sample of neurons in object layers, as large as Distill's sheet; an atlas always gives the same one."""
    shown = [neuron for neuron in atlas.neurons if shows_objects(neuron)]
    return random.Random(SEED).sample(shown, min(DISTILL_SHEET, len(shown)))


def _three(values: tuple[float, float, float]) -> str:
    return ", ".join(f"{value:.3g}" for value in values)


def table(found: dict[str, object]) -> str:
    """The figures as a Markdown table."""
    return "\n".join(
        ["| measured | figure |", "|---|---|", *(f"| {name} | {value} |" for name, value in found.items())]
    )


def study(atlas: Atlas, recipe: Recipe, load: LoadNetwork, work: Path, sample: int, workers: int) -> dict[str, object]:
    """Answer the five questions, as JSON values."""
    with torch.no_grad():
        drawn = pictures(atlas)
    pairs = near_duplicates(atlas.neurons, drawn)
    wrong = {one.name: found for one, picture in zip(atlas.neurons, drawn, strict=True) if (found := faults(picture))}
    repaired, plain = atlas.roads, measure_roads(atlas, repair=False)  # the build has measured the repaired ones
    compared = compare(atlas, recipe, load, work, sample, workers) if sample else []
    shapes = {name: family.drawing for name, family in atlas.families.items()}
    cppns = {name: shape for name, shape in shapes.items() if isinstance(shape, Architecture)}
    seen = {one.name: measured(atlas.latent(one), cppns[one.family]) for one in atlas.neurons if one.family in cppns}
    spread = tenths([seen[one.name] for one in atlas.neurons if one.name in seen and shows_objects(one)])
    nearest = near_duplicates(atlas.neurons, drawn, threshold=-1.0)[0]
    figures = {
        "neurons, families": f"{len(atlas.neurons)}, {len(atlas.families)}",
        **(strengths(compared) if compared else {}),
        **{f"{name}: tenth, half, nine tenths": _three(values) for name, values in spread.items()},
        f"near-duplicates (likeness above {NEAR_DUPLICATE})": len(pairs),
        "largest likeness": f"{nearest[0]:.2f} ({nearest[1]} and {nearest[2]})",
        "grey, flat or burnt": len(wrong),
        "roads": len(repaired),
        "contrast on the worst road, repaired": f"{min(r.contrast for r in repaired):.2f} ({weakest(repaired, atlas)})",
        "contrast on roads, mean, repaired": f"{mean(road.contrast for road in repaired):.2f}",
        "contrast on the worst road, plain": f"{min(road.contrast for road in plain):.2f} ({weakest(plain, atlas)})",
        "length of roads, mean, repaired": f"{mean(road.length for road in repaired):.2f}",
    }
    return {
        "atlas": atlas.digest,
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, torch {torch.__version__}",
        "figures": figures,
        "near_duplicates": pairs,
        "faults": wrong,
        "compared": [asdict(one) for one in compared],
        "statistics": {name: asdict(one) for name, one in seen.items()},
        "roads": [asdict(road) for road in repaired],
    }


def main(
    atlas: Annotated[Path, typer.Argument(help="the atlas folder, its recipe beside the index")],
    out: Annotated[Path, typer.Option(help="JSON file to write", metavar="FILE")],
    networks: Annotated[Path | None, typer.Option(help="folder with the network files", metavar="DIR")] = None,
    work: Annotated[Path | None, typer.Option(help="folder of results, to resume from [OUT.work]")] = None,
    sample: Annotated[int, typer.Option(min=0, help="how many neurons are trained alone for comparison")] = 12,
    workers: Annotated[int, typer.Option(min=1, help="neurons trained at the same time, a core each")] = 2,
    sheet: Annotated[Path | None, typer.Option(help="also draw 48 of its pictures at random, as PNG")] = None,
) -> None:
    """Measure an atlas and write the figures down."""
    load = partial(load_network, folder=networks_folder(networks))
    recipe, opened = load_recipe(atlas / RECIPE_NAME), Atlas.open(atlas)
    if sheet is not None:
        write_sheet(opened, sheet, sample_of_objects(opened), SHEET_PX)
    found = study(opened, recipe, load, work or out.with_suffix(".work"), sample, workers)
    with replacing(out, make_folder=True) as file:
        file.write(f"{json.dumps(found, indent=1)}\n".encode())
    figures = found["figures"]
    if not isinstance(figures, dict):
        raise ScoreError(f"{out}: the study has no figures")
    typer.echo(table(figures))


if __name__ == "__main__":
    try:
        typer.run(main)
    except InstallationError as error:
        raise SystemExit(f"{error}") from error
