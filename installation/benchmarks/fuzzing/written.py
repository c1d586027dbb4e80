"""Files that people write: scores, rigs, desk files, recipes, cards of networks, colour tables and masks."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random

from PIL import Image

from installation import SHIPPED_ATLAS
from installation.atlas.atlas import Atlas
from installation.benchmarks.fuzzing.mutation import broken_bytes, broken_text
from installation.benchmarks.fuzzing.rounds import Format, Reader
from installation.desk.desk_file import read_desk_file
from installation.rig.lut import read_cube
from installation.rig.mask import read_picture
from installation.rig.venue import read_venue
from installation.score.reader import read
from installation.studio.networks import registry
from installation.studio.networks.card import read_card
from installation.studio.recipes.spec import load_recipe

SCORES = SHIPPED_ATLAS.parent

RIG = b"""
heads:
  left:
    monitor: {connector: HDMI-1, name: BARCO F80, serial: "X9"}
    corners: [[0.03, 0.02], [1, 0], [1, 0.98], [0, 1]]
    mesh: 5x3
    soft_edge: {right: 0.1, gamma: 2.4}
    white: [1, 0.97, 0.92]
    curve: [1, 1.02, 1.05]
    masks:
      - hide: [[0.44, 1], [0.44, 0.8], [0.56, 0.8], [0.56, 1]]
        feather: 0.02
    latency_ms: 33
    rotation: 180
hours:
  zone: Europe/Berlin
  days:
    tue-fri: 10:00-18:00
    sat, sun: [11:00-13:00, 14:00-20:00]
  exceptions:
    2026-12-25: closed
    2026-12-28 to 2026-12-31: 12:00-24:00
  warm_up: 15:00
  goodnight: 5:00
  closed_cue: standby
displays:
  left: {pjlink: 10.0.0.21, password: "1234"}
  right: {on: "cec-ctl --to 0 --image-view-on", off: "cec-ctl --to 0 --standby"}
"""

CUBES = (
    b'TITLE "warm"\nLUT_3D_SIZE 2\nDOMAIN_MIN 0 0 0\nDOMAIN_MAX 1 1 1\n# corners\n'
    + b"".join(b"%d.0 %d.5e-1 %d\n" % (n & 1, n >> 1 & 1, n >> 2) for n in range(8)),
    b"LUT_1D_SIZE 4\nLUT_1D_INPUT_RANGE 0.0 1.0\n0 0 0\n0.3 0.3 0.3\n0.6 0.6 0.6\n1 1 1\n",
    b"\xef\xbb\xbfLUT_3D_SIZE 2\r\n" + b"0.1 0.2 0.3\r\n" * 8,
)


def _texts(folder: Path, *patterns: str) -> list[bytes]:
    return [path.read_bytes() for pattern in patterns for path in sorted(folder.glob(pattern))]


@contextmanager
def one_file(
    file_name: str,
    examples: Callable[[], Sequence[bytes]],
    take: Callable[[Path], object],
    broken: Callable[[Random, Sequence[bytes]], bytes],
    folder: Path,
) -> Iterator[Reader]:
    file, good = folder / file_name, examples()

    def read_it(data: bytes) -> bool:
        file.write_bytes(data)
        take(file)
        return True

    yield Reader(lambda chance: broken(chance, good), read_it, file)


@contextmanager
def score(folder: Path) -> Iterator[Reader]:
    """The shipped scores, with their atlas."""
    (folder / "atlas").symlink_to(SHIPPED_ATLAS.resolve())
    take = partial(read, atlas=Atlas.open(SHIPPED_ATLAS))
    with one_file("score.yaml", lambda: _texts(SCORES, "*.yaml"), take, broken_text, folder) as reader:
        yield reader


def _masks() -> list[bytes]:
    """PNG files of each kind of pixel."""
    return [
        _png(Image.new(mode, (7, 5), 1), **options)
        for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
        for options in ({}, {"optimize": True})
    ]


def _png(image: Image.Image, **options: bool) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", **options)
    return buffer.getvalue()


@contextmanager
def rig(folder: Path) -> Iterator[Reader]:
    """The shipped rigs, with their colour table, and one with many features."""
    for table in (SCORES / "rigs").glob("*.cube"):
        (folder / table.name).symlink_to(table.resolve())
    examples = [RIG, *_texts(SCORES / "rigs", "*.yaml")]
    with one_file("rig.yaml", lambda: examples, read_venue, broken_text, folder) as reader:
        yield reader


desk_file: Format = partial(
    one_file, "desk.yaml", lambda: _texts(SCORES, "desk*.yaml", "desks/*.yaml"), read_desk_file, broken_text
)
recipe: Format = partial(
    one_file,
    "recipe.yaml",
    lambda: [one[: one.rfind(b"\n", 0, 4_000) + 1] for one in _texts(SCORES / "atlas", "*.yaml")],
    load_recipe,
    broken_text,
)
card: Format = partial(
    one_file, "card.yaml", lambda: _texts(Path(registry.__file__).parent / "cards", "*.yaml"), read_card, broken_text
)
cube: Format = partial(one_file, "table.cube", lambda: CUBES, read_cube, broken_text)
mask: Format = partial(one_file, "mask.png", _masks, read_picture, broken_bytes)
