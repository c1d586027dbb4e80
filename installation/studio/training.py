"""Training one latent on one neuron: a pure function of network, neuron, start, settings and seed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor

from installation.errors import AtlasError
from installation.studio.curve import Curve
from installation.studio.judging import Aim, Judge, Look, enlarged
from installation.studio.networks.network import Network
from installation.studio.objectives.backgrounds import background, over
from installation.studio.parameterizations import PARAMETERIZATIONS, drawing_of
from installation.studio.random_views import BodyLook, frame, random_body_look, random_view
from installation.studio.recipes.recipe import Settings
from installation.studio.roads import contrast_lost

MEASURE_PX = 224
"""Side of the upright, whole picture on which activations are measured and compared."""

CYCLE_TIMES = 4
"""Number of times at which a neuron on a loop is measured."""

MOMENTS = 6
"""Number of moments, evenly spread over a loop, of which a step with `even` learns from the weakest."""

WINDOWS, WHOLE_SHARE = 3, 0.4
"""Number of windows in a window step, and the weight of the whole picture against them."""

COVERAGE_PX, MIN_COVERAGE = 64, 0.01
"""Picture size for measuring coverage, and the coverage below which a picture shows nothing."""

WARM_UP_STEPS = 10
LEAK = 0.2


Watch = Callable[[int, int, Callable[[], Tensor]], None]
"""Called after every step with finished steps, all steps and a getter of the latent; an exception ends the training."""


@dataclass(frozen=True, slots=True)
class TrainedLatent:
    """A trained latent, float32 (size,), and the neuron's mean activation on the whole picture."""

    latent: Tensor
    activation: float
    steps: int


def picture_of(latent: Tensor, settings: Settings, size_px: int, phase: float = 0.0) -> Tensor:
    """The upright picture, RGB 0..1 (1, 3, size_px, size_px); its transparent parts are middle grey."""
    logits = PARAMETERIZATIONS[settings.kind].whole(latent, settings, size_px, phase)
    return _over_grey(torch.sigmoid(logits).view(1, -1, size_px, size_px))


def _over_grey(display: Tensor) -> Tensor:
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
    *,
    road_from: Tensor | None = None,
    road: Aim | None = None,
    unlike: Sequence[Tensor] = (),
) -> TrainedLatent:
    """Train from `parent`'s latent (size,), or from a random start. AtlasError if training diverges or alpha is empty.

    `road_from` is the latent at which the road for the settings' `road` and `road_steps` begins, and `road` is its
    neuron; `unlike` are latents whose style the picture avoids.
    """
    pupil = _Pupil(network, Aim(layer, channel, settings), parent, seed, unlike)
    step = _grow(pupil, settings, parent is None, watch, road_from)
    step += pupil.refine(settings.window_steps, settings.window_rate, pupil.wrong_in_windows)
    if road_from is not None and road is not None:
        step += pupil.refine(settings.road_steps, settings.road_rate, partial(pupil.wrong_on_road, road_from, road))
    finished = pupil.shipped()
    if not finished.isfinite().all():
        raise AtlasError(f"{network.name}/{layer}/{channel}: training diverged; lower the learning rate")
    if drawing_of(settings).has_alpha and coverage(finished, settings) < MIN_COVERAGE:
        raise AtlasError(
            f"{network.name}/{layer}/{channel}: its alpha is empty, so nothing of the picture would be seen; train it "
            "longer, or from a parent that shows something"
        )
    return TrainedLatent(finished, activation(network, layer, channel, finished, settings), step)


def _grow(pupil: _Pupil, settings: Settings, is_root: bool, watch: Watch | None, road_from: Tensor | None) -> int:
    """Run the main part of the training; returns its number of steps."""
    steps, rate = (settings.root_steps, settings.root_rate) if is_root else (settings.child_steps, settings.child_rate)
    curve = Curve(steps, settings.settled) if settings.settled else None
    step = skipped = 0
    while (position := step + skipped) < steps:
        size = frame(settings.first_size_px if position < steps // 2 else settings.size_px, step, settings)
        look = pupil.look(size, settings)
        judged = pupil.judge.judge(look, LEAK if step < settings.leak_steps else 0.0)
        wrong = judged.loss
        if settings.road and road_from is not None:
            wrong = wrong + settings.road * pupil.contrast_lost_from(road_from)
        pupil.learn(wrong, rate * pace(position, steps, settings))
        step += 1
        if curve:
            strength = judged.strength.item()
            skipped += _idle_steps(curve, strength, look.picture, position, steps, settings)
        if watch:
            watch(step, steps - skipped, pupil.shipped)
    return step


class _Pupil:
    """A latent in training: its parameters, their optimiser and running mean, and the judge of its pictures."""

    def __init__(self, network: Network, aim: Aim, parent: Tensor | None, seed: int, unlike: Sequence[Tensor]) -> None:
        settings = self._settings = aim.settings
        self._generator = torch.Generator().manual_seed(seed)
        self._trained = PARAMETERIZATIONS[settings.kind].make(settings, parent, self._generator)
        self._has_cycle = drawing_of(settings).has_cycle
        self._parameters = self._trained.parameters.requires_grad_()
        self._average = self._parameters.detach().clone()
        self._optimiser = torch.optim.Adam([self._parameters])
        others = [picture_of(one, settings, settings.size_px).detach() for one in unlike]
        before = None if parent is None else partial(self._picture_at, parent)
        self.judge = Judge(network, aim, before, others)

    def shipped(self) -> Tensor:
        """The current latent (size,), as it would ship."""
        return self._trained.latent(self._average)

    def look(self, size: tuple[int, int], view: Settings) -> Look:
        """A random look at the picture."""
        return self._look_at(self._trained.latent(self._parameters), size, view)

    def learn(self, loss: Tensor, rate: float) -> None:
        """Take one optimiser step."""
        self._optimiser.param_groups[0]["lr"] = rate
        self._optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it without types
        self._optimiser.step()
        self._average.lerp_(self._parameters.detach(), 1 - self._settings.average)

    def refine(self, steps: int, rate: float, wrong: Callable[[], Tensor]) -> int:
        """Train a finished picture further with another loss; returns `steps`."""
        for step in range(steps):
            self.learn(wrong(), rate * pace(step, steps, self._settings))
        return steps

    def wrong_in_windows(self) -> Tensor:
        """The loss of the whole picture and of random windows of it, so that detail exists at every depth.

        Single windows from the first step on destroyed the picture; in a finished picture they draw filaments.
        """
        within = replace(self._settings, zoom=self._settings.window_sides, shift=0.0)
        losses = [self._wrong(view) for view in (self._settings, *[within] * WINDOWS)]
        return WHOLE_SHARE * losses[0] + (1 - WHOLE_SHARE) * torch.stack(losses[1:]).mean()

    def contrast_lost_from(self, start: Tensor) -> Tensor:
        """The loss of contrast on the road from a latent."""
        return contrast_lost(start, self._trained.latent(self._parameters), self._settings)

    def wrong_on_road(self, parent: Tensor, aim: Aim) -> Tensor:
        """The loss of the whole picture, and of a picture at a random position on the road from its parent.

        The road interpolates the latents linearly, as a walk does. Only the child's end of it moves.
        """
        share = torch.rand(1, generator=self._generator).item()
        latent = parent.lerp(self._trained.latent(self._parameters), share)
        look = self._look_at(latent, self._size, self._settings)
        between = self.judge.between(look, aim, share)
        return WHOLE_SHARE * self._wrong(self._settings) + (1 - WHOLE_SHARE) * between

    @property
    def _size(self) -> tuple[int, int]:
        return self._settings.size_px, self._settings.size_px

    def _wrong(self, view: Settings) -> Tensor:
        return self.judge.judge(self.look(self._size, view)).loss

    def _look_at(self, latent: Tensor, size: tuple[int, int], view: Settings) -> Look:
        """A random look at a latent, with a new random background."""
        look: Callable[[float], Look]
        if view.body != "none":
            look = partial(self._look_on_body, latent, random_body_look(*size, view, self._generator), size)
        else:
            look = partial(self._look_flat, latent, random_view(*size, view, self._generator), size)
        return look(self._moment(look) if self._has_cycle else 0.0)

    def _moment(self, look: Callable[[float], Look]) -> float:
        """A random moment of a loop; in the share `even` of the steps it is the weakest of several.

        A penalty on the difference of their strengths made weak neurons quieter, since that made the difference
        smaller. The weakest moment can only ask for more strength.
        """
        first = torch.rand(1, generator=self._generator).item()
        even = self._settings.even
        if not even or torch.rand(1, generator=self._generator).item() > even:
            return first
        moments = [(first + one / MOMENTS) % 1 for one in range(MOMENTS)]
        with torch.no_grad():
            return min(moments, key=lambda moment: self.judge.judge(look(moment)).strength.item())

    def _look_on_body(self, latent: Tensor, body: BodyLook, size: tuple[int, int], phase: float) -> Look:
        """A body that wears the picture, in front of a random background. It is differentiable: the picture is computed
        at exactly the places that the pixels see."""
        height, width = size
        worn = torch.sigmoid(self._trained.logits(latent, body.places, phase)) * body.light  # (3, n)
        behind = background(height, width, self._generator).flatten(2)[0]  # (3, height * width)
        seen = behind.index_copy(1, body.pixels, over(worn, body.opacity, behind[:, body.pixels]))
        picture = seen.view(1, 3, height, width).contiguous(memory_format=torch.channels_last)
        return Look(enlarged(picture, self._settings), body.places, size, 1.0)

    def _look_flat(self, latent: Tensor, places: Tensor, size: tuple[int, int], phase: float) -> Look:
        height, width = size
        logits = self._trained.logits(latent, places, phase)
        picture = torch.sigmoid(logits).view(1, -1, height, width)
        see_through: Tensor | float = 1.0
        if picture.shape[1] == 4:
            picture, alpha = picture[:, :3], picture[:, 3:]
            see_through = 1 - alpha.mean()
            picture = over(picture, alpha, background(height, width, self._generator))
        picture = picture.contiguous(memory_format=torch.channels_last)
        return Look(enlarged(picture, self._settings), places, size, see_through)

    def _picture_at(self, latent: Tensor, places: Tensor, height: int, width: int) -> Tensor:
        """The picture of a latent at places, over middle grey; a loop is at its beginning."""
        display = torch.sigmoid(self._trained.logits(latent, places, 0.0)).view(1, -1, height, width)
        return _over_grey(display)


def _idle_steps(curve: Curve, strength: float, picture: Tensor, position: int, steps: int, settings: Settings) -> int:
    """The number of steps after `position` to skip because strength and detail no longer grow.

    The training then continues with the larger picture, or with the decay of its learning rate.
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
    """The mean alpha of a picture with alpha, 0..1."""
    with torch.no_grad():
        logits = PARAMETERIZATIONS[settings.kind].whole(latent, settings, COVERAGE_PX, 0.0)
        return torch.sigmoid(logits[3]).mean().item()


def pace(step: int, steps: int, settings: Settings) -> float:
    """The learning rate of a step as a share of the highest: a short warm-up, a constant part, a cosine decay."""
    left = (1 - step / steps) / (1 - settings.steady) if settings.steady < 1 else 1.0
    fall = 0.5 * (1 - math.cos(math.pi * min(1.0, left)))
    return (settings.last_rate + (1 - settings.last_rate) * fall) * min(1.0, (step + 1) / WARM_UP_STEPS)


def activation(network: Network, layer: str, channel: int, latent: Tensor, settings: Settings) -> float:
    """Mean activation of a neuron on the whole picture of `latent`; for a loop, the mean over some of its times."""
    times = CYCLE_TIMES if drawing_of(settings).has_cycle else 1
    with torch.no_grad():
        pictures = torch.cat([picture_of(latent, settings, MEASURE_PX, time / times) for time in range(times)])
        return network.activations(pictures, layer)[:, channel].mean().item()
