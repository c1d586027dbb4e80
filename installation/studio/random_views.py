"""Random views for robustness: in every step the network sees the picture slightly shifted, rotated and scaled.

The CPPN computes its colours at the transformed coordinates, so nothing is resampled, and beyond the edges there is
more picture instead of padding.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from installation.atlas.cppn import HALF_RANGE, grid
from installation.errors import MediaError, ScoreError
from installation.media.bodies import Body, body_of
from installation.picture.view import Affine
from installation.picture.ways.body_views import GAMMA, Pose, body_seen
from installation.studio.recipes.recipe import Settings

SHORT_SIDE = 0.75
"""Short side of a 16:9 or 9:16 frame, relative to the side of the square with as many pixels."""

ROUND_TO = 8
"""Sides are multiples of this, so that the strides of a network divide them."""


def frame(size_px: int, step: int, settings: Settings) -> tuple[int, int]:
    """Height and width in pixels of the network's input in a step: about size_px^2 pixels in all."""
    if settings.frame == "square":
        return size_px, size_px
    short = round(SHORT_SIDE * size_px / ROUND_TO) * ROUND_TO
    long = round(size_px / SHORT_SIDE / ROUND_TO) * ROUND_TO
    return (long, short) if step % 2 else (short, long)


def random_view(height: int, width: int, settings: Settings, generator: torch.Generator) -> Tensor:
    """Coordinates (height * width, 2) of a random view of the picture."""
    random_numbers = torch.rand(4, generator=generator)
    smallest, largest = (math.log(bound) for bound in settings.zoom)
    part = math.exp(smallest + (largest - smallest) * random_numbers[0].item())
    angle = math.radians(settings.rotate_degrees) * (2 * random_numbers[1].item() - 1)
    turn = part * torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    room = HALF_RANGE * (max(0.0, 1 - part) + settings.shift)
    return grid(height, width) @ turn.t() + (2 * random_numbers[2:] - 1) * room  # (N, 2)


TILT_DEGREES, BODY_SHADE = 50.0, 0.5
"""The largest tilt of a body towards the network or away from it, and the strength of its shading."""


def _body_of(settings: Settings) -> Body:
    """The settings' body. Raises ScoreError for a file that is gone or was changed for the worse."""
    named = settings.body
    try:
        return body_of(named if isinstance(named, str) else named.path)
    except (MediaError, OSError) as error:
        raise ScoreError(f"body: {error}") from error


class BodyLook(NamedTuple):
    """The visible part of a body. For the pixels that it covers: coordinates (n, 2) on its picture, pixel indices (n,),
    light factors (n,) for display-encoded colours, and coverage (n,)."""

    places: Tensor
    pixels: Tensor
    light: Tensor
    opacity: Tensor


def random_body_look(height: int, width: int, settings: Settings, generator: torch.Generator) -> BodyLook:
    """The settings' body from a random side; `zoom` limits its size, and `rotate_degrees` its roll."""
    body = _body_of(settings)
    yaw, pitch, roll, nearness = torch.rand(4, generator=generator).tolist()
    smallest, largest = (math.log(bound) for bound in settings.zoom)
    pose = Pose(
        yaw=360 * yaw,
        pitch=TILT_DEGREES * (2 * pitch - 1),
        roll=settings.rotate_degrees * (2 * roll - 1),
        size=math.exp(-smallest - (largest - smallest) * nearness),
        shade=BODY_SHADE,
    )
    short = min(height, width)
    across, down = width / short, height / short
    seen = body_seen(body, pose, Affine(2 * across, 0, -across, 0, 2 * down, -down), width, height)
    u, v, light, opacity = (torch.from_numpy(one).flatten() for one in seen)
    pixels = opacity.nonzero()[:, 0]
    reach = HALF_RANGE * torch.tensor([max(body.aspect, 1.0), max(1 / body.aspect, 1.0)])
    places = (2 * torch.stack([u, v], 1)[pixels] - 1) * reach
    return BodyLook(places, pixels, light[pixels] ** (1 / GAMMA), opacity[pixels])
