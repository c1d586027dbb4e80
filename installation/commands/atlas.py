"""`installation atlas ...`: make an atlas, and look at its contents."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from installation import SHIPPED_ATLAS
from installation.atlas.atlas import Atlas, Neuron
from installation.atlas.drawing import words_of
from installation.errors import InstallationError, ScoreError
from installation.language.limits import STILL_SIDE_PX

if TYPE_CHECKING:
    from installation.book.describing import Classify, Described
    from installation.studio.building import Plan
    from installation.studio.job_queue import JobQueue
    from installation.studio.networks.network import Network
    from installation.studio.training_job import TrainingJob

app = typer.Typer(help="Make an atlas, or look at one.", no_args_is_help=True)

WIDTH_IN_A_PIPE = 120
"""The width in columns of a table that goes to a file or another program."""

AtlasFolder = Annotated[Path, typer.Option("--atlas", help="The folder of the atlas.", metavar="DIR")]


SortOption = Annotated[
    str,
    typer.Option(
        help="Show them by layer, name, family, activation, steps, or a measure: busy, calm, dark, ...", metavar="ORDER"
    ),
]
NetworksFolder = Annotated[
    Path | None,
    typer.Option("--networks", help="The folder with the network files [NEURAL_IMAGE_NETWORKS].", metavar="DIR"),
]
WorkFolder = Annotated[
    Path | None,
    typer.Option("--work", help="Keep trained results here and resume from them [OUT.work].", metavar="DIR"),
]
Workers = Annotated[int, typer.Option(min=1, max=256, help="Train this many neurons at once, a core each.")]
Scheduler = Annotated[
    str | None,
    typer.Option(help="Train on the workers of this Dask scheduler, such as tcp://studio:8786.", metavar="ADDRESS"),
]


@app.command()
def build(
    recipe: Annotated[Path, typer.Argument(help="The recipe, a YAML file.")],
    out: Annotated[Path, typer.Option(help="Write the atlas to this folder.", metavar="DIR")],
    networks: NetworksFolder = None,
    work: WorkFolder = None,
    workers: Workers = 2,
    scheduler: Scheduler = None,
    page: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Follow the build on this port of this machine, in a browser; 0 for any."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Train nothing: print how many neurons, how long and how large.")
    ] = False,
) -> None:
    """Train the neurons of a recipe. The build keeps every result: stop it, run it again, and it resumes."""
    from installation.studio.building import adopt, assemble, networks_of, plan, write_roads_and_extents
    from installation.studio.estimate import estimate
    from installation.studio.recipes.spec import load_recipe
    from installation.studio.whole_layers import probes_of, written_out

    read, load = load_recipe(recipe), loader(networks)
    for warning in read.warnings:
        typer.echo(f"warning: {warning}", err=True)
    results = work or out.with_name(f"{out.name}.work")
    known = networks_of(read, load)
    probed = probes_of(read, known)
    if dry_run:
        if probed.jobs:
            typer.echo(f"probes for `best`: {estimate(probed, results, workers)}")
        else:
            planned = plan(written_out(read, known, results), load)
            adopt(planned, results, out)
            typer.echo(estimate(planned, results, workers))
        return
    with _page_on(page, recipe.stem) as follow:
        run_jobs(probed, load, results, workers, scheduler, "probing", follow)
        planned = plan(written_out(read, known, results), load)
        adopt(planned, results, out)
        trained = run_jobs(planned, load, results, workers, scheduler, "training", follow)
    if len(trained) < len(planned.jobs):
        left_out = ", ".join(job.name for job in planned.jobs if job not in trained)
        typer.echo(f"dropped, and not in the atlas: {left_out}", err=True)
        planned = replace(planned, jobs=trained)
    index = write_roads_and_extents(out, assemble(planned, results, out))
    describe_pictures(Atlas.open(out), load)
    words = f"{out}: {len(index.neurons)} neurons in {len(index.families)} families"
    if index.roads:
        words += f"; contrast on the worst road {min(road.contrast for road in index.roads):.2f}"
    Console(stderr=True).print(words)


@app.command()
def probe(
    layers: Annotated[
        list[str], typer.Argument(help="Layers as network/layer; * and ? name several.", metavar="LAYERS...")
    ],
    out: Annotated[Path, typer.Option(help="Write the atlas of probes to this folder.", metavar="DIR")],
    networks: NetworksFolder = None,
    work: WorkFolder = None,
    workers: Workers = 2,
    scheduler: Scheduler = None,
    best: Annotated[int, typer.Option(min=1, help="List and keep this many, the most detailed first.")] = 40,
) -> None:
    """Train every channel of whole layers briefly, and rank them by detail, to help you choose what to train longer."""
    from installation.studio.building import assemble, networks_of
    from installation.studio.recipes.recipe import FamilyRecipe, Recipe, Settings
    from installation.studio.whole_layers import addresses_of, probes, ranked

    load = loader(networks)
    family = FamilyRecipe(name="probes", all=tuple(layers))
    known = networks_of(Recipe(families=(family,)), load)
    settings = Settings(relative=True, steady=0.75, last_rate=0, average=0.9, hold=20, most_contrast=0.225, calm=0.5,
                        zoom=(1, 1), rotate_degrees=0, shift=0)  # fmt: skip
    probed = probes(addresses_of(family, known), known, settings, seed=0)
    results = work or out.with_name(f"{out.name}.work")
    run_jobs(probed, load, results, workers, scheduler, "probing")
    found = ranked(probed, results)[:best]
    assemble(replace(probed, jobs=tuple(job for _, job in found)), results, out)
    table = Table("detail", "neuron", box=None)
    for detail, job in found:
        table.add_row(f"{detail:.1f}", job.address)
    Console().print(table)
    typer.echo(f"their pictures: installation atlas sheet --atlas {out} --out {out}.png", err=True)


def describe_pictures(opened: Atlas, load: Callable[[str], Network]) -> Described:
    """Bring what is stored about an atlas' pictures up to date, with a progress bar, and say what is lacking."""
    from rich.progress import Progress

    from installation.book.describing import describe_atlas

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None, visible=False)

        def told(doing: str, done: int, total: int) -> None:
            progress.update(task, description=doing, completed=done, total=total, visible=True)

        found = describe_atlas(opened, _classifier(opened, load), told)
    if found.map_lacks:
        typer.echo(f"no map: {found.map_lacks}", err=True)
    if found.without_classes:
        typer.echo(f"{found.without_classes} pictures have no classes: no network that has some was found; "
                   "`installation atlas index --networks DIR` adds them", err=True)  # fmt: skip
    return found


def _classifier(opened: Atlas, load: Callable[[str], Network]) -> Classify | None:
    """What names the classes that networks see; None without the networks' files."""
    from installation.studio.classifying import Classifier

    try:
        return Classifier(opened.neurons, load)
    except InstallationError:
        return None


def loader(networks: Path | None) -> Callable[[str], Network]:
    from installation.studio.networks.registry import load_from

    return partial(load_from, networks)


Follow = Callable[["JobQueue", Path, str], object]
"""Called with a queue of jobs, its work folder, and the name of the activity."""


@contextmanager
def _page_on(port: int | None, title: str) -> Iterator[Follow | None]:
    """Serve a page about the build on a port, and yield its `follow`; None without a port."""
    if port is None:
        yield None
        return
    from installation.studio.page.build_page import BuildPage

    with BuildPage(port, title) as page:
        typer.echo(f"follow the build at {page.url}", err=True)
        yield page.follow


def run_jobs(
    planned: Plan,
    load: Callable[[str], Network],
    work: Path,
    workers: int,
    scheduler: str | None,
    doing: str,
    follow: Follow | None = None,
) -> tuple[TrainingJob, ...]:
    """Train the jobs without a result, with a progress bar; return all trained jobs. Exits if somebody stops it."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from installation.studio.building import train_all
    from installation.studio.job_queue import JobQueue

    if not planned.jobs:
        return ()
    queue = JobQueue(planned.jobs, work)
    if follow:
        follow(queue, work, doing)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, TextColumn("left"), TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        task = progress.add_task(doing, total=len(queue.jobs), completed=len(queue.in_state("done")))
        for job in train_all(planned, load, work, workers, scheduler, queue):
            words, total = f"{doing} {job.family}: {job.name}", len(queue.jobs) - len(queue.in_state("dropped"))
            progress.update(task, completed=len(queue.in_state("done")), total=total, description=words)
    if left := queue.in_state("waiting"):
        done = len(queue.in_state("done"))
        typer.echo(
            f"stopped: {done} neurons are trained and kept, {len(left)} are left; build again to go on", err=True
        )
        raise typer.Exit(1)
    return queue.in_state("done")


@app.command("list")
def list_neurons(
    atlas: AtlasFolder = SHIPPED_ATLAS,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per neuron, a line each.")] = False,
    sort: SortOption = "layer",
) -> None:
    """List all neurons of an atlas."""
    opened = Atlas.open(atlas)
    neurons = _sorted(opened, opened.neurons, sort)
    if as_json:
        for neuron in neurons:
            drawn = words_of(opened.drawing(neuron.family))
            typer.echo(json.dumps({**_described(neuron), "drawn": drawn}, ensure_ascii=False))
        return
    print_table(opened, neurons)


def print_table(opened: Atlas, neurons: Sequence[Neuron], fits: Sequence[float] = ()) -> None:
    """Print neurons, a line each; `fits` say how well each matches the query."""
    table = Table(box=None)
    for heading in (*(("fit",) if fits else ()), "name", "address", "family", "parent", "activation", "steps"):
        table.add_column(heading, overflow="fold", no_wrap=heading in ("fit", "name", "activation"))
    for number, neuron in enumerate(neurons):
        parent = opened.find(neuron.parent).name if neuron.parent else ""
        measured = (f"{neuron.activation:.2f}", str(neuron.steps))
        fit = (f"{fits[number]:.2f}",) if fits else ()
        table.add_row(*fit, neuron.name, neuron.address, neuron.family, parent, *measured)
    console = Console()
    console.width = console.width if console.is_terminal else WIDTH_IN_A_PIPE
    console.print(table)


def _sorted(opened: Atlas, neurons: Sequence[Neuron], by: str) -> Sequence[Neuron]:
    """Raises ScoreError for an unknown order."""
    from installation.book.order import MEASURES, in_order

    if by not in MEASURES:
        return in_order(neurons, by)
    from installation.book.finding import in_order_of
    from installation.book.picture_index import read_index

    return in_order_of(read_index(opened), neurons, by)


def _described(neuron: Neuron) -> dict[str, object]:
    fields = ("network", "layer", "channel", "name", "label", "address", "family", "parent", "activation", "steps")
    return {field: getattr(neuron, field) for field in fields}


@app.command()
def show(
    neuron: Annotated[str, typer.Argument(help="A neuron's name or address.")],
    atlas: AtlasFolder = SHIPPED_ATLAS,
    out: Annotated[Path | None, typer.Option(help="Also draw its picture into this PNG file.", metavar="FILE")] = None,
    size: Annotated[
        int, typer.Option(min=8, max=STILL_SIDE_PX, help="Side of the picture in pixels.", metavar="PX")
    ] = 1024,
) -> None:
    """Show where a neuron comes from, its neighbours and roads, and draw its picture if you like."""
    from installation.book.describing import seen_in
    from installation.book.picture_classes import spoken

    opened = Atlas.open(atlas)
    found = opened.find(neuron)
    table = Table(show_header=False, box=None)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    facts = {name: getattr(found, name) for name in found.__dataclass_fields__}
    facts["drawn"] = words_of(opened.drawing(found.family))
    facts["children"] = ", ".join(one.name for one in opened.neurons if one.parent == found.address)
    if extent := opened.extent(found.address):
        facts["picture goes on to"] = f"{extent.wide:g} half short sides beside, {extent.tall:g} above and below"
    for road in opened.roads:
        if found.address in (road.a, road.b):
            other = opened.find(road.b if road.a == found.address else road.a).name
            facts[f"road to {other}"] = f"contrast {road.contrast:.2f}, length {road.length:.2f}"
    if seen := seen_in(opened, found):
        said = ", ".join(f"{spoken(name)} {share:.0%}" for name, share in seen.classes)
        facts[f"network {seen.network} sees"] = said
    for name, value in facts.items():
        table.add_row(name, "" if value is None else str(value))
    Console().print(table)
    if out is not None:
        from installation.atlas.interpolate import Interpolator
        from installation.player.offline import draw_neuron

        out.parent.mkdir(parents=True, exist_ok=True)
        draw_neuron(Interpolator(opened), found, size, png(out))
        typer.echo(out)


@app.command()
def sheet(
    out: Annotated[Path, typer.Option(help="Write this PNG file, or pages into this PDF file.", metavar="FILE")],
    neurons: Annotated[
        list[str] | None, typer.Argument(help="Only these neurons, in this order.", show_default=False)
    ] = None,
    atlas: AtlasFolder = SHIPPED_ATLAS,
    family: Annotated[str | None, typer.Option(help="Only this family.", metavar="NAME")] = None,
    collection: Annotated[str | None, typer.Option(help="Only this collection, in its order.", metavar="ID")] = None,
    size: Annotated[
        int, typer.Option(min=16, max=1024, help="Side of each picture in pixels, in a PNG.", metavar="PX")
    ] = 160,
    on_paper: Annotated[str, typer.Option("--paper", help="Size of a PDF's pages.", metavar="PAPER")] = "a4",
    sort: SortOption = "layer",
) -> None:
    """Draw a labelled contact sheet of an atlas, or of a series of neurons."""
    from installation.book.contact_sheet import write_sheet
    from installation.book.paper import paper
    from installation.book.sheet_pages import write_sheet_pages

    opened = Atlas.open(atlas)
    title, chosen = _series(opened, neurons or [], family, collection, sort)
    if out.suffix.lower() == ".pdf":
        pages = write_sheet_pages(opened, out, chosen, paper(on_paper, option="--paper"), title)
        typer.echo(f"{pages} pages", err=True)
    else:
        write_sheet(opened, png(out), chosen, size)
    typer.echo(out)


def _series(
    opened: Atlas, words: list[str], family: str | None, collection: str | None, sort: str
) -> tuple[str, Sequence[Neuron]]:
    """A title and the neurons that one of `words`, `family` and `collection` names, or all. Raises ScoreError."""
    from installation.book.collections_file import collections_of

    if sum(map(bool, (words, family, collection))) > 1:
        raise ScoreError("neurons, --family and --collection each choose what is on the sheet; give one of them")
    if words:
        return f"{len(words)} neurons", [opened.find(word) for word in words]
    if collection:
        found = collections_of(opened).named(collection)
        return found.title, [opened.find(entry.neuron) for entry in found.entries]
    chosen = opened.of_family(family) if family else opened.neurons
    return family or "The Neural Image", _sorted(opened, chosen, sort)


def png(path: Path, option: str = "--out") -> Path:
    """The file for a picture. Raises ScoreError if it is not a PNG."""
    if path.suffix.lower() != ".png":
        raise ScoreError(f"{option} {path}: the file name must end in .png")
    return path
