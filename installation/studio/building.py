"""Builds an atlas: trains every neuron of a recipe, several at a time, and assembles the results."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from installation.atlas.atlas import Atlas
from installation.atlas.drawing import words_of
from installation.atlas.format import Family, Index, NetworkProvenance, Neuron, write_atlas, write_index
from installation.errors import AtlasError, DeviceError, ScoreError
from installation.studio.executors import executor_for
from installation.studio.extents import measure_extents
from installation.studio.grading import graded
from installation.studio.job_queue import JobQueue
from installation.studio.networks.network import Network
from installation.studio.parameterizations import drawing_of
from installation.studio.recipes.recipe import FamilyRecipe, Recipe
from installation.studio.roads import measure_roads
from installation.studio.snapshots import leftovers
from installation.studio.training import activation
from installation.studio.training_job import (
    LoadNetwork,
    Result,
    TrainingJob,
    job_of,
    read_result,
    result_path,
    write_result,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """Every neuron of a recipe as a job, family after family, parents before children."""

    jobs: tuple[TrainingJob, ...]
    networks: dict[str, Network]


def networks_of(recipe: Recipe, load: LoadNetwork) -> dict[str, Network]:
    """The networks that a recipe names."""
    addresses = [neuron.neuron for family in recipe.families for neuron in family.neurons]
    addresses += [layers for family in recipe.families for layers in family.all]
    return {name: load(name) for name in sorted({address.split("/")[0] for address in addresses})}


def plan(recipe: Recipe, load: LoadNetwork) -> Plan:
    """Resolve a recipe against its networks; ScoreError for layers and channels that do not exist.

    whole_layers.py must have replaced whole layers with neurons before.
    """
    networks = networks_of(recipe, load)
    jobs = []
    for family in recipe.families:
        _must_be_drawn_alike(family)
        keys: dict[str, str] = {}
        for neuron in family.neurons:
            network = networks[neuron.neuron.split("/")[0]]
            candidates = tuple(keys.values()) if neuron.parent is None else (keys[neuron.parent],)
            unlike = tuple(keys[name] for name in neuron.unlike)
            job = job_of(neuron, family, network, candidates, unlike)
            keys[neuron.name] = job.key
            jobs.append(job)
    return Plan(tuple(jobs), networks)


def _must_be_drawn_alike(family: FamilyRecipe) -> None:
    """ScoreError if the neurons of a family have more than one way of drawing."""
    try:
        ways = {drawing_of(neuron.settings): neuron.name for neuron in family.neurons}
    except ScoreError as error:
        raise ScoreError(f"family {family.name!r}: {error}") from None
    if len(ways) > 1:
        told = "; ".join(f"{name} as {words_of(way)}" for way, name in ways.items())
        raise ScoreError(
            f"family {family.name!r} is drawn in one way, and its neurons say {len(ways)}: {told}; "
            "set it for the whole family"
        )


def train_all(
    planned: Plan,
    load: LoadNetwork,
    work: Path,
    workers: int,
    scheduler: str | None = None,
    queue: JobQueue | None = None,
) -> Iterator[TrainingJob]:
    """Train the jobs without a result, and yield each when it is done; parents always come before their children.

    `scheduler` is the address of a Dask scheduler, or `local` for a temporary one; see executors.py. A caller passes a
    `queue` of the plan's jobs to follow the build, or to change its order.
    """
    try:
        work.mkdir(parents=True, exist_ok=True)
        for leftover in [*work.glob(".*.part"), *leftovers(work)]:
            leftover.unlink()
    except OSError as error:
        raise DeviceError(
            f"{work}: cannot keep results here ({error.strerror}); choose another folder with --work"
        ) from error
    queue = queue or JobQueue(planned.jobs, work)
    with executor_for(load, work, workers, scheduler) as executor:
        running = 0
        while True:
            for job in queue.take(executor.free_slots()):
                executor.submit(job)
                running += 1
            if not running:
                return
            for job in executor.finished():
                running -= 1
                if queue.finish(job):
                    yield job


def adopt(planned: Plan, work: Path, out: Path) -> int:
    """Write result files for neurons of the atlas in `out` that fit the recipe; returns the number of finished ones.

    A build can thus continue from shipped families: it trains only what a recipe adds or changes.
    """
    try:
        atlas = Atlas.open(out)
    except AtlasError:
        return 0
    shipped = {neuron.address: neuron for neuron in atlas.neurons}
    addresses: dict[str, str] = {}  # of adopted neurons, by key
    begun = 0
    for job in planned.jobs:
        found = shipped.get(job.address)
        if found is None or found.network_sha256 != job.network_sha256 or found.family != job.family:
            continue
        if found.recipe not in (job.recipe, job.unrefined.recipe):
            continue
        parents = [key for key in job.candidates if addresses.get(key) == found.parent]
        if (found.parent is None) != (not job.candidates) or (job.candidates and not parents):
            continue
        addresses[job.key] = job.address
        begun += found.recipe != job.recipe  # exists, but still needs refining
        adopted = job if found.recipe == job.recipe else job.unrefined
        if not result_path(work, adopted.key).exists():
            parent = parents[0] if parents else None
            latent, facts = atlas.latent(found), (found.activation, found.steps, found.code)
            write_result(work, Result(adopted.key, latent, parent, *facts, printed=True), adopted)
    return len(addresses) - begun


def write_roads_and_extents(out: Path, index: Index) -> Index:
    """Measure roads and extents of the atlas in `out` and write them into its index."""
    atlas = Atlas(out, index)
    surveyed = replace(index, roads=measure_roads(atlas), extents=measure_extents(atlas))
    write_index(out, surveyed)
    return surveyed


def finished(result: Result, job: TrainingJob, planned: Plan) -> Result:
    """A result as it ships: graded, with the activation of the graded picture."""
    latent = result.latent if result.printed else graded(result.latent, job.grade, job.settings)
    if latent is result.latent:
        return result
    measured = activation(planned.networks[job.network], job.layer, job.channel, latent, job.settings)
    return replace(result, latent=latent, activation=measured)


def assemble(planned: Plan, work: Path, out: Path) -> Index:
    """Write the atlas in `out` from the results in `work`."""
    results: dict[str, Result] = {job.key: finished(read_result(work, job.key), job, planned) for job in planned.jobs}
    addresses = {job.key: job.address for job in planned.jobs}
    families: dict[str, list[TrainingJob]] = {}
    for job in planned.jobs:
        families.setdefault(job.family, []).append(job)
    neurons = []
    for jobs in families.values():
        for row, job in enumerate(jobs):
            result = results[job.key]
            neurons.append(
                Neuron(
                    address=job.address,
                    name=job.name,
                    network=job.network,
                    layer=job.layer,
                    channel=job.channel,
                    label=job.label,
                    family=job.family,
                    parent=addresses[result.parent] if result.parent else None,
                    row=row,
                    activation=round(result.activation, 6),
                    steps=result.steps,
                    seed=job.seed,
                    recipe=job.recipe,
                    code=result.code,
                    network_sha256=job.network_sha256,
                )
            )
    described = {}
    for name, jobs in families.items():
        described[name] = Family("", "", drawing_of(jobs[0].settings), len(jobs))
    sources = {
        name: NetworkProvenance(network.sha256, network.card.architecture, network.card.attribution)
        for name, network in planned.networks.items()
    }
    latents = {name: torch.stack([results[job.key].latent for job in jobs]) for name, jobs in families.items()}
    return write_atlas(out, Index(sources, described, tuple(neurons)), latents)
