"""A room that is known exactly: a wall, projectors that light it, and a camera that photographs what they do.

Rays go from each pixel of the camera to the wall, and from there into every projector. Units are metres: x to the
right, y down, z into the room's depth. Light is 0..1; photographs have a camera's curve, its noise and its eight bits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CURVE = np.rint(255 * np.linspace(0, 1, 65_536) ** (1 / 2.2)).astype(np.uint8)
"""What a camera writes for light of 0 to 1: nearly sRGB, as cameras do."""


@dataclass(frozen=True)
class Lens:
    """A pinhole that looks along z, turned by yaw, pitch and roll, with a picture of `size_px` pixels.

    `throw` is the distance over the width of the picture there, `shift` how far the picture's middle is beside the
    axis, in pictures. `barrel` is how much nearer to the middle a place at the picture's corner is than in a straight
    picture, as a share.
    """

    at: tuple[float, float, float]
    size_px: tuple[int, int]
    throw: float
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    barrel: float = 0.0

    @property
    def turn(self) -> Floats:
        """From the room's directions to the lens's own (3, 3)."""
        yaw, pitch, roll = np.radians([self.yaw, self.pitch, self.roll])
        about_y = np.array([[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]])
        about_x = np.array([[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]])
        about_z = np.array([[np.cos(roll), np.sin(roll), 0], [-np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
        found: Floats = about_z @ about_x @ about_y
        return found

    @property
    def focal_px(self) -> float:
        return self.throw * self.size_px[0]

    @property
    def middle_px(self) -> Floats:
        return (np.array(self.shift) + 0.5) * self.size_px

    def pixels_of(self, places: Floats) -> Floats:
        """Where places in the room (..., 3) lie in the picture, in pixels (..., 2)."""
        own = (places - np.array(self.at)) @ self.turn.T
        flat = self.focal_px * own[..., :2] / own[..., 2:]
        found: Floats = self._bent(flat) + self.middle_px
        return found

    def _bent(self, flat: Floats) -> Floats:
        """Places from the middle, in pixels, as the lens shows them (Brown's first term)."""
        half = np.hypot(*self.size_px) / 2
        found: Floats = flat * (1 - self.barrel * (flat * flat).sum(axis=-1, keepdims=True) / half**2)
        return found

    def directions(self, pixels: Floats) -> Floats:
        """Rays through pixels (..., 2), in the room's directions (..., 3)."""
        shown = pixels - self.middle_px
        flat = shown
        for _ in range(20 if self.barrel else 0):
            flat = flat + (shown - self._bent(flat))
        own = np.concatenate([flat / self.focal_px, np.ones((*pixels.shape[:-1], 1))], axis=-1)
        found: Floats = own @ self.turn
        return found


@dataclass(frozen=True)
class Wall:
    """A rectangle at z = 0, or with a radius a part of an upright cylinder that bulges away, its middle at z = 0."""

    width: float = 4.0
    height: float = 2.0
    radius: float | None = None

    def places(self, wall: Floats) -> Floats:
        """In the room (..., 3), of fractions of the wall (..., 2)."""
        along, down = (wall[..., 0] - 0.5) * self.width, (wall[..., 1] - 0.5) * self.height
        if self.radius is None:
            return np.stack([along, down, np.zeros_like(along)], axis=-1)
        angle = along / self.radius
        return np.stack([self.radius * np.sin(angle), down, self.radius * (np.cos(angle) - 1)], axis=-1)

    def hits(self, origin: tuple[float, float, float], directions: Floats) -> Floats:
        """Where rays meet the endless wall, in fractions of it (..., 2)."""
        x, y, z = np.moveaxis(directions, -1, 0)
        if self.radius is None:
            distance = -origin[2] / z
            angle_length = origin[0] + distance * x
        else:
            ox, oz = origin[0], origin[2] + self.radius
            a, b, c = x * x + z * z, ox * x + oz * z, ox * ox + oz * oz - self.radius**2
            distance = (-b + np.sqrt(np.maximum(b * b - a * c, 0))) / a
            angle_length = self.radius * np.arctan2(ox + distance * x, oz + distance * z)
        return np.stack([angle_length / self.width, (origin[1] + distance * y) / self.height], axis=-1) + 0.5


@dataclass
class Room:
    """Projectors by the names of their heads, each with how bright it is, and what the camera adds."""

    wall: Wall
    camera: Lens
    projectors: dict[str, Lens]
    brightness: dict[str, float] = field(default_factory=dict)
    gamma: float = 2.2
    ambient: float = 0.02
    noise: float = 0.004
    seed: int = 1
    _known: dict[str, Floats] = field(default_factory=dict)

    def photograph(self, head: str, signal: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """What the camera sees (height, width) while one projector shows a grey picture and all others black."""
        pixels = self.pixels_seen(head)
        width, height = self.projectors[head].size_px
        light = self.area_of((signal.astype(np.float64) / 255) ** self.gamma, pixels)
        inside = ((pixels >= 0) & (pixels < (width, height))).all(axis=-1)
        shaded = 0.8 * self.brightness.get(head, 1.0) * np.where(inside, light, 0.0) + self.ambient
        chance = np.random.default_rng((self.seed, int(signal.astype(np.int64).sum()), len(head)))
        exposed = shaded * self._paint + self.noise * chance.standard_normal(shaded.shape, np.float32)
        found: NDArray[np.uint8] = CURVE[np.rint((len(CURVE) - 1) * exposed.clip(0, 1)).astype(int)]
        return found

    def area_of(self, shown: Floats, pixels: Floats) -> Floats:
        """The light of a projector at places of its picture, which a lens smears between four pixels."""
        light = np.pad(shown, 1, mode="edge")
        at = np.clip(pixels + 0.5, 0, np.array(shown.shape[::-1]) + 0.999)
        low = np.floor(at).astype(int)
        (x, y), (dx, dy) = np.moveaxis(low, -1, 0), np.moveaxis(at - low, -1, 0)
        top = (1 - dx) * light[y, x] + dx * light[y, x + 1]
        found: Floats = (1 - dy) * top + dy * ((1 - dx) * light[y + 1, x] + dx * light[y + 1, x + 1])
        return found

    @cached_property
    def _paint(self) -> Floats:
        """How much light the wall gives back at each pixel of the camera."""
        across, down = np.moveaxis(self._wall_seen, -1, 0)
        found: Floats = 0.85 + 0.1 * np.sin(7 * across) * np.cos(5 * down)
        return found

    @cached_property
    def _wall_seen(self) -> Floats:
        width, height = self.camera.size_px
        pixels = np.stack(np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5), axis=-1)
        return self.wall.hits(self.camera.at, self.camera.directions(pixels))

    def pixels_seen(self, head: str) -> Floats:
        """The projector's pixel, in pixels from its top left, on each pixel of the camera (height, width, 2)."""
        if head not in self._known:
            self._known[head] = self.projectors[head].pixels_of(self.wall.places(self._wall_seen))
        return self._known[head]

    def corners_seen(self) -> Floats:
        """The wall's corners in the camera's picture, in pixels (4, 2), clockwise from the top left."""
        return self.camera.pixels_of(self.wall.places(np.array([(0.0, 0.0), (1, 0), (1, 1), (0, 1)])))
