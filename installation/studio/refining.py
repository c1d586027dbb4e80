"""Refines neurons of a finished atlas: more steps from the shipped state, without a recipe; the composition stays.

The index records a refinement as a recipe's `refine` does: a build whose recipe asks for the same refinement reuses the
neuron.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from installation.atlas.atlas import Atlas
from installation.atlas.format import Index, Neuron, write_atlas
from installation.errors import AtlasError
from installation.studio.building import Plan
from installation.studio.judging import Aim, check_wishes
from installation.studio.networks.network import Network
from installation.studio.parameterizations import settings_of
from installation.studio.recipes.recipe import Grade, Settings
from installation.studio.training_job import (
    LoadNetwork,
    Result,
    TrainingJob,
    drawn_as,
    read_result,
    recipe_refined,
    write_result,
)


def plan_refining(atlas: Atlas, neurons: Sequence[Neuron], refinement: Settings, load: LoadNetwork, work: Path) -> Plan:
    """A job for every neuron. Its parent is the shipped neuron itself, whose result this function writes into `work`.

    ScoreError if a network no longer has a neuron's layer, AtlasError if the network's file is a different one.
    """
    networks = {name: load(name) for name in sorted({neuron.network for neuron in neurons})}
    return Plan(tuple(_job(atlas, neuron, refinement, networks[neuron.network], work) for neuron in neurons), networks)


def _job(atlas: Atlas, neuron: Neuron, refinement: Settings, network: Network, work: Path) -> TrainingJob:
    if network.sha256 != neuron.network_sha256:
        raise AtlasError(
            f"{neuron.name} was trained on another file of {neuron.network} (sha256 {neuron.network_sha256[:12]}..., "
            f"here {network.sha256[:12]}...); give that with --networks"
        )
    settings = drawn_as(settings_of(atlas.drawing(neuron.family)), refinement)
    check_wishes(network, Aim(neuron.layer, neuron.channel, settings), has_parent=True)
    latent = atlas.latent(neuron)
    ships = Result(_key(latent), latent, None, neuron.activation, neuron.steps, neuron.code, printed=True)
    job = TrainingJob(
        family=neuron.family,
        name=neuron.name,
        network=neuron.network,
        network_sha256=neuron.network_sha256,
        layer=neuron.layer,
        channel=neuron.channel,
        label=neuron.label,
        settings=settings,
        seed=neuron.seed,
        candidates=(ships.key,),
        max_generations=1,
        max_children=1,
        grade=Grade(),
        way=neuron.address.partition("@")[2],
    )
    write_result(work, ships, job)
    return job


def _key(latent: Tensor) -> str:
    return hashlib.sha256(latent.numpy().tobytes()).hexdigest()[:24]


def write_refined(atlas: Atlas, planned: Plan, work: Path, out: Path) -> Index:
    """Write the atlas into `out`, which may be its own folder, with the refined neurons in place of the former ones."""
    results = {job.address: (job, read_result(work, job.key)) for job in planned.jobs}
    neurons = []
    latents: dict[str, list[Tensor]] = {name: [] for name in atlas.families}
    for neuron in sorted(atlas.neurons, key=lambda one: one.row):
        if neuron.address not in results:
            latents[neuron.family].append(atlas.latent(neuron))
            continue
        job, result = results[neuron.address]
        latents[neuron.family].append(result.latent)
        neurons.append(
            replace(
                neuron,
                activation=round(result.activation, 6),
                steps=neuron.steps + result.steps,
                recipe=recipe_refined(neuron.recipe, job.settings),
                code=result.code,
            )
        )
    refined = {neuron.address: neuron for neuron in neurons}
    changed = tuple(refined.get(neuron.address, neuron) for neuron in atlas.neurons)
    index = replace(atlas.index, neurons=changed)
    return write_atlas(out, index, {name: torch.stack(rows) for name, rows in latents.items()})
