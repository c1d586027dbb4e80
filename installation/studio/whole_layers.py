"""Whole layers in a recipe: `all`, `without` and `best` become neurons, the most detailed probes first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

import torch

from installation.errors import ScoreError
from installation.studio.building import Plan
from installation.studio.measures import faults
from installation.studio.networks.network import Network
from installation.studio.recipes.recipe import FamilyRecipe, NeuronRecipe, Recipe, Settings
from installation.studio.statistics import slopes
from installation.studio.training import picture_of
from installation.studio.training_job import TrainingJob, job_of, read_result, result_path

PROBE_STEPS = 150
PROBE_PX = 128
"""A probe's steps and picture size: enough to tell a picture from a smear, in a sixth of a root's time."""


def addresses_of(family: FamilyRecipe, networks: Mapping[str, Network], taken: Iterable[str] = ()) -> list[str]:
    """Addresses (network/layer/channel) that `all` names, except those in `without` and `taken`.

    A pattern matches a network's branches first, in which every neuron occurs once. ScoreError for an unknown layer,
    and for a family without any neuron.
    """
    found, left_out = [], set(taken)
    for pattern in family.all:
        name, layers = pattern.split("/", 1)
        network = networks[name]
        matching = network.matching(layers)
        if not matching:
            network.must_have(layers)
        found += [f"{name}/{layer}/{number}" for layer in matching for number in range(network.channels(layer))]
    wanted = [
        address
        for address in dict.fromkeys(found)
        if address not in left_out and not any(fnmatchcase(address, pattern) for pattern in family.without)
    ]
    if not wanted and not family.neurons:
        raise ScoreError(f"family {family.name!r}: `without` leaves nothing of {', '.join(family.all)}")
    return wanted


def name_of(address: str) -> str:
    """The default name of a neuron: its address without the network."""
    _, layer, channel = address.split("/", 2)
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in f"{layer}_{channel}")[-80:]


def probes(addresses: Sequence[str], networks: Mapping[str, Network], settings: Settings, seed: int) -> Plan:
    """A plan that trains each of `addresses` briefly, with ordinary jobs: resumable, on any number of workers."""
    short = replace(settings, root_steps=PROBE_STEPS, size_px=PROBE_PX, first_size_px=PROBE_PX, frame="square")
    neurons = tuple(NeuronRecipe(neuron=address, name=name_of(address), settings=short) for address in addresses)
    family = FamilyRecipe(name="probes", seed=seed, neurons=neurons)
    return Plan(
        tuple(job_of(neuron, family, networks[neuron.neuron.split("/")[0]], ()) for neuron in neurons),
        dict(networks),
    )


def detail(job: TrainingJob, work: Path) -> float:
    """Mean slope of a finished probe's picture, in steps of 255 per pixel; 0 for a grey, flat or burnt one."""
    latent = read_result(work, job.key).latent
    with torch.no_grad():
        picture = picture_of(latent, job.settings, PROBE_PX)[0]
    if faults(picture):
        return 0.0
    return float(slopes(255 * picture.mean(0).double().numpy()).mean())


def ranked(probed: Plan, work: Path) -> list[tuple[float, TrainingJob]]:
    """Finished probes with their detail, the most detailed first; equal ones keep their order."""
    finished = [job for job in probed.jobs if result_path(work, job.key).exists()]  # others were dropped
    return sorted(((detail(job, work), job) for job in finished), key=lambda found: -found[0])


def probes_of(recipe: Recipe, networks: Mapping[str, Network]) -> Plan:
    """The probes that the recipe's `best` needs."""
    jobs = [
        job
        for family in recipe.families
        if family.best is not None
        for job in probes(addresses_of(family, networks, _named(recipe)), networks, family.settings, family.seed).jobs
    ]
    return Plan(tuple(jobs), dict(networks))


def written_out(recipe: Recipe, networks: Mapping[str, Network], work: Path) -> Recipe:
    """The recipe with every channel of its whole layers as a neuron; the probes of `best` must be in `work`.

    The build chooses their parents by activation. ScoreError for a family with more neurons than its tree can hold.
    """
    families, taken = [], _named(recipe)
    for family in recipe.families:
        if not family.all:
            families.append(family)
            continue
        addresses = addresses_of(family, networks, taken)
        if family.best is not None:
            probed = probes(addresses, networks, family.settings, family.seed)
            addresses = [job.address for _, job in ranked(probed, work)[: family.best]]
        taken |= set(addresses)
        added = tuple(
            NeuronRecipe(
                neuron=address,
                name=name_of(address),
                settings=family.settings,
                grade=family.grade,
                refine=family.refine,
            )
            for address in addresses
        )
        families.append(replace(family, neurons=family.neurons + added, all=(), without=(), best=None))
        _must_have_room(families[-1])
    return Recipe(families=tuple(families))


def _named(recipe: Recipe) -> set[str]:
    return {neuron.neuron for family in recipe.families for neuron in family.neurons}


def _must_have_room(family: FamilyRecipe) -> None:
    room = sum(family.max_children**generation for generation in range(family.max_generations + 1))
    if len(family.neurons) > room:
        tree = f"a tree of {family.max_generations} generations with {family.max_children} children each"
        raise ScoreError(
            f"family {family.name!r}: {len(family.neurons)} neurons, and {tree} has room for {room}; raise "
            "`max_generations` or `max_children`, or set `best`"
        )
