"""The visible part of a turned body, pixel by pixel: coordinates of the picture on it, and light."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from installation.media.bodies import Body
from installation.picture.view import Affine
from installation.picture.ways.rasterizer import SeenPoints, rasterized

Doubles = NDArray[np.float64]

EYE = 4.0
"""The eye's distance from the middle of a body, in half short sides."""

LIGHT = np.array([-0.38, -0.62, -0.69])
"""The direction to the light: upper left, in front."""

AMBIENT = 0.2

GAMMA = 2.2
"""The approximate gamma of a display, for dimming colours in linear light."""


class Pose(NamedTuple):
    """A body's position: turns in degrees, about the vertical axis, then the horizontal, then the viewing axis; `size`
    in half short sides; `shade`, 0..1, the strength of the shading."""

    yaw: float
    pitch: float
    roll: float
    size: float
    shade: float


def body_seen(body: Body, pose: Pose, affine: Affine, width: int, height: int) -> SeenPoints:
    """The points of a body that the pixels of a place see; `affine` maps the place to half short sides, as a view
    does."""
    turn = _turned(pose.yaw, pose.pitch, pose.roll)
    points = pose.size * body.points @ turn.T  # (m, 3)
    normals = body.normals @ turn.T
    away = points + np.array([0.0, 0.0, EYE])
    is_behind = (normals * away).sum(-1) > 0
    lit = np.where(is_behind, -1.0, 1.0) * (normals @ LIGHT)  # faces seen from behind are lit from behind
    light = 1 - pose.shade * (1 - AMBIENT) * (1 - np.maximum(lit, 0.0))  # (m,)
    depth = away[:, 2]
    across, down = affine.inverse().at(points[:, 0] * EYE / depth, points[:, 1] * EYE / depth)
    corners = np.stack([across * width, down * height], -1)
    values = np.concatenate([body.places, light[:, None]], -1)
    faces = body.faces[~is_behind[body.faces].all(1)] if body.closed else body.faces
    return rasterized(corners, 1 / depth, values, faces, width, height)


def _turned(yaw: float, pitch: float, roll: float) -> Doubles:
    """The rotation matrix (3, 3) of these angles."""
    angles = [math.radians(angle) for angle in (yaw, pitch, roll)]
    (cos_y, cos_p, cos_r), (sin_y, sin_p, sin_r) = map(math.cos, angles), map(math.sin, angles)
    about_y = np.array([[cos_y, 0, -sin_y], [0, 1, 0], [sin_y, 0, cos_y]])
    about_x = np.array([[1, 0, 0], [0, cos_p, -sin_p], [0, sin_p, cos_p]])
    about_z = np.array([[cos_r, -sin_r, 0], [sin_r, cos_r, 0], [0, 0, 1]])
    found: Doubles = about_z @ about_x @ about_y
    return found
