"""Training one neuron of a family: one job, one result file.

The result file is the unit of resumption. Its name is a digest of everything that the result depends on: a changed
recipe retrains exactly what it changes, and a killed build resumes.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

import installation
from installation.errors import AtlasError, ScoreError
from installation.files import replacing
from installation.studio.grading import graded
from installation.studio.judging import Aim, check_wishes
from installation.studio.networks.network import Network
from installation.studio.parameterizations import drawing_of
from installation.studio.recipes.recipe import TRAINER, FamilyRecipe, Grade, NeuronRecipe, Settings, digest
from installation.studio.snapshots import Snapshots
from installation.studio.training import Watch, activation, train

LoadNetwork = Callable[[str], Network]
"""Loads a network by name; it must be picklable if a build has more than one worker."""

DRAWING_WORDS = ("kind", "width", "depth", "activation", "coordinates", "octaves", "alpha")
SPECTRUM_WORDS = ("size_px", "first_size_px")
"""The settings that define how a neuron is drawn, and the additional ones of a spectrum."""

CODE = f"installation {installation.__version__}, trainer {TRAINER}"


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """One neuron to train; `candidates` are keys of possible parents: one if the recipe names it, none for a root.

    `unlike` are keys of earlier neurons whose style it avoids; `road` is its parent's neuron, for road steps.
    """

    family: str
    name: str
    network: str
    network_sha256: str
    layer: str
    channel: int
    label: str
    settings: Settings
    seed: int
    candidates: tuple[str, ...]
    max_generations: int
    max_children: int
    grade: Grade
    way: str = ""
    refinement: Settings | None = None  # trains the finished neuron further, with the same drawing
    unlike: tuple[str, ...] = ()
    road: Aim | None = None

    @property
    def unrefined(self) -> TrainingJob:
        """The same neuron before it is refined."""
        return replace(self, refinement=None)

    @property
    def address(self) -> str:
        """Network, layer and channel as one word; `@` and the way of drawing follow if given."""
        return f"{self.network}/{self.layer}/{self.channel}" + (f"@{self.way}" if self.way else "")

    @property
    def needed(self) -> tuple[str, ...]:
        """Keys of all neurons that must be trained first."""
        return tuple(dict.fromkeys([*self.candidates, *self.unlike]))

    @property
    def training(self) -> str:
        """Digest of all that the artist decides about this neuron's training."""
        choice = (self.max_generations, self.max_children) if len(self.candidates) > 1 else ()
        unlike = [list(self.unlike)] if self.unlike else []
        return digest([self.settings.changed_settings(root=not self.candidates), self.seed, choice, *unlike])

    @property
    def recipe(self) -> str:
        """Digest of all that the artist decides about this neuron, grading and refinement included."""
        chosen = digest([self.training, asdict(self.grade)])
        return chosen if self.refinement is None else recipe_refined(chosen, self.refinement)

    @property
    def key(self) -> str:
        """Digest of everything that the result depends on."""
        key = digest([self.network_sha256, self.address, self.training, self.candidates, TRAINER])[:24]
        return key if self.refinement is None else digest([key, self.recipe])[:24]


def recipe_refined(recipe: str, refinement: Settings) -> str:
    """Digest of a neuron's `recipe` digest and of the settings that refined it."""
    return digest([recipe, refinement.changed_settings(root=False)])


@dataclass(frozen=True, slots=True)
class Result:
    """One trained neuron, as its result file stores it."""

    key: str
    latent: Tensor  # float32 (size,), as it ships: a child's difference from its root in half precision
    parent: str | None  # the parent's key
    activation: float
    steps: int
    code: str = CODE
    printed: bool = False  # graded already: taken from an atlas, or refined


def job_of(
    neuron: NeuronRecipe,
    family: FamilyRecipe,
    network: Network,
    candidates: tuple[str, ...],
    unlike: tuple[str, ...] = (),
) -> TrainingJob:
    """Resolve a recipe's neuron against its network; ScoreError for a layer or channel that does not exist."""
    name, layer, channel = neuron.neuron.split("/", 2)
    channel, _, way = channel.partition("@")
    number = network.channel(layer, channel)
    settings = neuron.settings
    drawing_of(settings)
    refinement = neuron.refine and drawn_as(settings, neuron.refine)
    trainings = [settings, *([refinement] if refinement else [])]
    for one in trainings:
        check_wishes(network, Aim(layer, number, one), bool(candidates))
    return TrainingJob(
        family=family.name,
        name=neuron.name,
        network=name,
        network_sha256=network.sha256,
        layer=layer,
        channel=number,
        label=network.label(layer, number),
        settings=settings,
        seed=family.seed + neuron.seed,
        candidates=candidates,
        max_generations=family.max_generations,
        max_children=family.max_children,
        grade=neuron.grade,
        way=way,
        refinement=refinement,
        unlike=unlike,
        road=_road_of(neuron, family, network) if candidates and any(one.road_steps for one in trainings) else None,
    )


def drawn_as(drawn: Settings, refinement: Settings) -> Settings:
    """`refinement` with the drawing settings of `drawn`: refining does not change how a neuron is drawn."""
    words = DRAWING_WORDS if drawn.kind == "cppn" else (*DRAWING_WORDS, *SPECTRUM_WORDS)
    return replace(refinement, **{word: getattr(drawn, word) for word in words})


def _road_of(neuron: NeuronRecipe, family: FamilyRecipe, network: Network) -> Aim:
    """The parent's neuron, which pictures on the road must excite too; ScoreError if it is unknown or unusable."""
    parent = next((one for one in family.neurons if one.name == neuron.parent), None)
    if parent is None:
        raise ScoreError(f"road_steps: name the `parent` of {neuron.name!r}, from which its road leads")
    name, layer, channel = parent.neuron.split("/", 2)
    if name != network.name or parent.settings.objective == "caricature":
        raise ScoreError(
            f"road_steps: {neuron.name!r} and its parent {parent.name!r} must be neurons of one network, and the "
            "parent no caricature; leave road_steps out"
        )
    return Aim(layer, network.channel(layer, channel.partition("@")[0]), parent.settings)


def train_job(job: TrainingJob, network: Network, work: Path) -> Result:
    """Train the job's neuron and write its result file into `work`; the same job always gives the same file.

    AbandonedError if somebody drops the neuron during training.
    """
    torch.set_num_threads(1)  # fixes the order of summation; neurons train in parallel instead
    with Snapshots(work, job.key) as snapshots:
        if job.refinement is None:
            return _train(job, network, work, snapshots)
        return _refine(job, job.refinement, network, work, snapshots)


def _train(job: TrainingJob, network: Network, work: Path, watch: Watch) -> Result:
    parent = choose_parent(job, [read_result(work, key) for key in job.candidates], network)
    start = parent.latent if parent else None
    trained = train(
        *(network, job.layer, job.channel, start, job.settings, job.seed, watch),
        road_from=start,
        road=job.road,
        unlike=_latents(work, job.unlike),
    )
    root = root_of(parent, work).latent if parent else None
    latent = as_shipped(trained.latent, root, job.settings)
    result = Result(job.key, latent, parent.key if parent else None, trained.activation, trained.steps)
    write_result(work, result, job)
    return result


def _refine(job: TrainingJob, refinement: Settings, network: Network, work: Path, watch: Watch) -> Result:
    """Train the unrefined job unless its result exists, grade that result, and train it further."""
    first = job.unrefined
    there = result_path(work, first.key).exists()
    before = read_result(work, first.key) if there else _train(first, network, work, watch)
    start, road_from = _as_seen(before, job), None
    if before.parent is not None:
        road_from = _as_seen(read_result(work, before.parent), job)
    trained = train(
        *(network, job.layer, job.channel, start, refinement, job.seed, watch),
        road_from=road_from,
        road=job.road,
        unlike=_latents(work, job.unlike),
    )
    root = root_of(before, work).latent if before.parent else None
    latent = as_shipped(trained.latent, root, job.settings)
    steps = before.steps + trained.steps
    result = Result(job.key, latent, before.parent, trained.activation, steps, printed=True)
    write_result(work, result, job)
    return result


def _latents(work: Path, keys: Sequence[str]) -> list[Tensor]:
    return [read_result(work, key).latent for key in keys]


def _as_seen(result: Result, job: TrainingJob) -> Tensor:
    """The latent (size,) of a result of the job's family, graded."""
    return result.latent if result.printed else graded(result.latent, job.grade, job.settings)


def root_of(result: Result, work: Path) -> Result:
    """The first neuron of a result's family."""
    while result.parent is not None:
        result = read_result(work, result.parent)
    return result


def as_shipped(latent: Tensor, root: Tensor | None, settings: Settings) -> Tensor:
    """A latent (size,) at the precision of a family's file; `root` is the family's root, None for the root itself.

    A build that continues a shipped family must find exactly the parents that its children were trained from.
    """
    if not drawing_of(settings).from_root:
        return latent.half().float()
    return latent if root is None else root + (latent - root).half().float()


def write_result(work: Path, result: Result, job: TrainingJob) -> None:
    """Write a result's file."""
    told: dict[str, object] = {
        name: getattr(result, name) for name in ("key", "parent", "activation", "steps", "code", "printed")
    }
    facts = {name: value for name, value in asdict(job).items() if name != "grade"}  # `assemble` applies it
    told["provenance"] = facts
    data = save({"latent": result.latent.contiguous()}, metadata={"result": json.dumps(told, sort_keys=True)})
    with replacing(result_path(work, result.key), make_folder=True) as file:
        file.write(data)


def choose_parent(job: TrainingJob, candidates: list[Result], network: Network) -> Result | None:
    """The candidate whose picture excites the neuron most, among those with room for a child in the tree."""
    if len(candidates) < 2:
        return candidates[0] if candidates else None
    parents = {one.key: one.parent for one in candidates}
    children = Counter(parents.values())
    allowed = [
        one
        for one in candidates
        if children[one.key] < job.max_children and _generation(one.key, parents) < job.max_generations
    ]
    if not allowed:
        raise AtlasError(
            f"family {job.family!r}: no room for {job.name!r} in a tree of {job.max_generations} generations with "
            f"{job.max_children} children each; raise `max_generations` or `max_children` in the recipe"
        )
    return max(allowed, key=lambda one: activation(network, job.layer, job.channel, one.latent, job.settings))


def _generation(key: str, parents: dict[str, str | None]) -> int:
    generation = 0
    parent = parents[key]
    while parent is not None:
        generation, parent = generation + 1, parents[parent]
    return generation


def result_path(work: Path, key: str) -> Path:
    """The path of a result file."""
    return work / f"{key}.safetensors"


def read_result(work: Path, key: str) -> Result:
    """Read a result file; AtlasError if it is damaged (remove it, and the next build trains it again)."""
    path = result_path(work, key)
    try:
        with safe_open(path, "pt") as file:
            told = json.loads(file.metadata()["result"])
            latent = file.get_tensor("latent")
        result = Result(latent=latent, **{name: value for name, value in told.items() if name != "provenance"})
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise AtlasError(f"{path}: a damaged result file ({error}); remove it and build again") from error
    if result.key != key or not latent.isfinite().all() or not math.isfinite(result.activation):
        raise AtlasError(f"{path}: not the result that its name promises; remove it and build again")
    return result
