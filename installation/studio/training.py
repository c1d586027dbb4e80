"""Training one latent on one neuron: a pure function of network, neuron, start, settings and seed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

from installation.errors import AtlasError
from installation.studio.backgrounds import background, over
from installation.studio.curve import Curve
from installation.studio.networks.network import Network
from installation.studio.objectives import judge
from installation.studio.parameterizations import PARAMETERIZATIONS, Parameterization, drawing_of
from installation.studio.random_views import frame
from installation.studio.recipe import Settings
from installation.studio.roads import contrast_lost

MEASURE_PX = 224
"""Side of the upright, whole picture on which activations are measured and compared."""

CYCLE_TIMES = 4
"""At which a neuron on a loop is measured."""

WINDOWS, WHOLE_SHARE = 3, 0.4
"""In every step of windows: so many of them, and what the whole picture counts beside them."""

COVERAGE_PX, MIN_COVERAGE = 64, 0.01
"""A picture that covers less than this of itself shows nothing."""

WARM_UP_STEPS = 10
LEAK = 0.2


Watch = Callable[[int, int, Callable[[], Tensor]], None]
"""Hears after every step how many of how many are done, and may ask for the latent so far; what it raises ends it."""


@dataclass(frozen=True, slots=True)
class TrainedLatent:
    """What came out: the latent, float32 (size,), and the neuron's mean activation on the whole picture."""

    latent: Tensor
    activation: float
    steps: int


def picture_of(latent: Tensor, settings: Settings, size_px: int, phase: float = 0.0) -> Tensor:
    """The upright picture, RGB 0..1 (1, 3, size_px, size_px); where nothing is it is middle grey."""
    logits = PARAMETERIZATIONS[settings.kind].whole(latent, settings, size_px, phase)
    display = torch.sigmoid(logits).view(1, -1, size_px, size_px)
    if display.shape[1] == 3:
        return display
    return over(display[:, :3], display[:, 3:], torch.full_like(display[:, :3], 0.5))


def train(
    network: Network,
    layer: str,
    channel: int,
    parent: Tensor | None,
    settings: Settings,
    seed: int,
    watch: Watch | None = None,
    road_from: Tensor | None = None,
) -> TrainedLatent:
    """Train from `parent`'s latent (size,), or alone from a random start. AtlasError if the numbers run away.

    `road_from` is where the road begins whose contrast `road` is about.
    """
    generator = torch.Generator().manual_seed(seed)
    trained = PARAMETERIZATIONS[settings.kind].make(settings, parent, generator)
    parameters = trained.parameters.requires_grad_()
    steps, rate = (
        (settings.root_steps, settings.root_rate) if parent is None else (settings.child_steps, settings.child_rate)
    )
    optimiser = torch.optim.Adam([parameters], lr=rate)
    average = parameters.detach().clone()
    curve = Curve(steps, settings.settled) if settings.settled else None
    step = skipped = 0
    while (position := step + skipped) < steps:
        optimiser.param_groups[0]["lr"] = rate * pace(position, steps, settings)
        size = frame(settings.first_size_px if position < steps // 2 else settings.size_px, step, settings)
        picture, see_through = _shown(trained, size, settings, generator)
        leak = LEAK if step < settings.leak_steps else 0.0
        judged = judge(picture, network, layer, channel, settings, leak, see_through)
        wrong = judged.loss
        if settings.road and road_from is not None:
            wrong = wrong + settings.road * contrast_lost(road_from, trained.latent(parameters), settings)
        optimiser.zero_grad()
        wrong.backward()  # type: ignore[no-untyped-call]  # torch leaves it without types
        optimiser.step()
        average.lerp_(parameters.detach(), 1 - settings.average)
        step += 1
        if curve:
            skipped += _idle_steps(curve, judged.strength, picture, position, steps, settings)
        if watch:
            watch(step, steps - skipped, lambda: trained.latent(average))
    for window_step in range(settings.window_steps):
        optimiser.param_groups[0]["lr"] = settings.window_rate * pace(window_step, settings.window_steps, settings)
        wrong = _wrong_in_windows(trained, network, layer, channel, settings, generator)
        optimiser.zero_grad()
        wrong.backward()  # type: ignore[no-untyped-call]  # torch leaves it without types
        optimiser.step()
        average.lerp_(parameters.detach(), 1 - settings.average)
        step += 1
    finished = trained.latent(average)
    if not finished.isfinite().all():
        raise AtlasError(f"{network.name}/{layer}/{channel}: training ran away to infinity; lower the learning rate")
    if drawing_of(settings).has_alpha and coverage(finished, settings) < MIN_COVERAGE:
        raise AtlasError(
            f"{network.name}/{layer}/{channel}: its alpha is empty, so nothing of the picture would be seen; train it "
            "longer, or from a parent that shows something"
        )
    return TrainedLatent(finished, activation(network, layer, channel, finished, settings), step)


def _shown(
    trained: Parameterization, size: tuple[int, int], settings: Settings, generator: torch.Generator
) -> tuple[Tensor, Tensor | float]:
    """What the network sees in a step, RGB (1, 3, H, W), and the share of it that covers nothing of a background."""
    height, width = size
    picture = torch.sigmoid(trained.view(height, width, settings, generator)).view(1, -1, height, width)
    see_through: Tensor | float = 1.0
    if picture.shape[1] == 4:
        picture, alpha = picture[:, :3], picture[:, 3:]
        see_through = 1 - alpha.mean()
        picture = over(picture, alpha, background(height, width, generator))
    picture = picture.contiguous(memory_format=torch.channels_last)
    if settings.enlarge != 1:
        picture = functional.interpolate(picture, scale_factor=settings.enlarge, mode="bilinear")
    return picture, see_through


def _wrong_in_windows(
    trained: Parameterization,
    network: Network,
    layer: str,
    channel: int,
    settings: Settings,
    generator: torch.Generator,
) -> Tensor:
    """What is wrong with the whole picture and with random windows of it, so that detail exists at every depth.

    Single windows from the first step on killed the picture; after it is there, they draw filaments into it.
    """
    within = replace(settings, zoom=settings.window_sides, shift=0.0)
    size = settings.size_px, settings.size_px
    losses = []
    for view in (settings, *[within] * WINDOWS):
        picture, see_through = _shown(trained, size, view, generator)
        losses.append(judge(picture, network, layer, channel, view, 0.0, see_through).loss)
    return WHOLE_SHARE * losses[0] + (1 - WHOLE_SHARE) * torch.stack(losses[1:]).mean()


def _idle_steps(curve: Curve, strength: float, picture: Tensor, position: int, steps: int, settings: Settings) -> int:
    """How many steps after `position` may be left out, because nothing grows any more.

    Then the training goes on with the larger picture, or with the fall of its learning rate.
    """
    following = position + 1
    goal = steps // 2 if following < steps // 2 else math.ceil(settings.steady * steps)
    if following >= goal:
        curve.begin_again()
        return 0
    curve.add(strength, picture)
    if not curve.is_level:
        return 0
    curve.begin_again()
    return goal - following


def coverage(latent: Tensor, settings: Settings) -> float:
    """How much of a picture with alpha is not transparent, 0..1."""
    with torch.no_grad():
        logits = PARAMETERIZATIONS[settings.kind].whole(latent, settings, COVERAGE_PX, 0.0)
        return torch.sigmoid(logits[3]).mean().item()


def pace(step: int, steps: int, settings: Settings) -> float:
    """The learning rate of a step as a share of the highest: a short rise, a steady part, a cosine at the end."""
    left = (1 - step / steps) / (1 - settings.steady) if settings.steady < 1 else 1.0
    fall = 0.5 * (1 - math.cos(math.pi * min(1.0, left)))
    return (settings.last_rate + (1 - settings.last_rate) * fall) * min(1.0, (step + 1) / WARM_UP_STEPS)


def activation(network: Network, layer: str, channel: int, latent: Tensor, settings: Settings) -> float:
    """Mean activation of a neuron on the whole picture of `latent`, of a loop at some of its times."""
    times = CYCLE_TIMES if drawing_of(settings).has_cycle else 1
    with torch.no_grad():
        pictures = torch.cat([picture_of(latent, settings, MEASURE_PX, time / times) for time in range(times)])
        return network.activations(pictures, layer)[:, channel].mean().item()
