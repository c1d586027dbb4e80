"""Beside every example of docs/score.md stands what it shows; --regenerate draws those pictures anew.

The title of a picture says its moments, or what a parameter is worth: `"0s, 10s"`, `"near=0, near=1"`. With one output
they stand side by side, with several each is a row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from installation.commands.publish import PROJECT
from installation.editions.production import Production
from installation.player.offline import OfflinePlayer
from tests.score.test_docs import EXAMPLES, TEXT, as_score

PICTURES = PROJECT / "docs" / "pictures"
SHOWN = re.findall(
    r"^```yaml (score|layer)\n((?:(?!^```).)*)^```\n\n!\[[^]]+\]\(pictures/(\w+)\.jpg \"([^\"]+)\"\)",
    TEXT,
    re.MULTILINE | re.DOTALL,
)
ALONE_PX, BESIDE_PX, GAP_PX = (480, 270), (256, 144), 4
SETTING_AT = "10s"
MAX_MEAN_DIFFERENCE = 3.0
"""Of 255 steps, at a quarter of the size: the loss by JPEG. At full size a plate of sixty cells loses 4.9."""

MAX_BYTES = 2_000_000
"""Of all together: everybody who clones the project loads them."""


def moments_of(score: Path, words: list[str], size: tuple[int, int]) -> Iterator[list[NDArray[np.uint8]]]:
    """What every output shows at these times, or with these settings."""
    production = Production.open(score, size=size)
    for word in words:
        set_to = (
            Production.open(score, size=size, settings=[word], known=production.interpolator) if "=" in word else None
        )
        one = set_to or production
        frame_number = one.frame_number(SETTING_AT if set_to else word, "at")
        with OfflinePlayer(one, [], frame_number) as offline:
            offline.player.step()
            yield [canvas.pixels()[..., :3] for canvas in offline.canvases.values()]


def beside(pictures: list[NDArray[np.uint8]], axis: int) -> NDArray[np.uint8]:
    """Pictures with a white gap between them."""
    gap = list(pictures[0].shape)
    gap[axis] = GAP_PX
    parts = [part for picture in pictures for part in (np.full(gap, 255, np.uint8), picture)]
    return np.concatenate(parts[1:], axis=axis)


def drawn(score: Path, kind: str, moments: str) -> NDArray[np.uint8]:
    words = moments.split(", ")
    several = "," in score.read_text(encoding="utf-8").partition("outputs:")[2].partition("}")[0]
    has_rows = kind == "score" and several
    size = ALONE_PX if len(words) == 1 and not has_rows else BESIDE_PX
    rows = list(moments_of(score, words, size))
    if has_rows:
        return beside([beside(row, axis=1) for row in rows], axis=0)
    return beside([row[0] for row in rows], axis=1)


@pytest.mark.parametrize(("kind", "text", "name", "moments"), SHOWN, ids=[name for _, _, name, _ in SHOWN])
def test_the_picture_beside_an_example_is_what_it_shows(
    kind: str, text: str, name: str, moments: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    for folder in ("atlas", "material", "shaders"):
        (tmp_path / folder).symlink_to(PROJECT / "scores" / folder)
    (tmp_path / "score.yaml").write_text(as_score(kind, text))
    picture = drawn(tmp_path / "score.yaml", kind, moments)
    path = PICTURES / f"{name}.jpg"
    if request.config.getoption("--regenerate"):
        Image.fromarray(picture).save(path, quality=85, subsampling=0, optimize=True)
        return
    shown = Image.open(path).convert("RGB")
    assert shown.size == (picture.shape[1], picture.shape[0]), "run pytest --regenerate"
    coarse = [np.asarray(one.reduce(4)).astype(int) for one in (shown, Image.fromarray(picture))]
    assert np.abs(coarse[0] - coarse[1]).mean() < MAX_MEAN_DIFFERENCE, "look at it, then run pytest --regenerate"


def test_every_example_has_a_picture_and_every_picture_an_example() -> None:
    assert len(SHOWN) == len(EXAMPLES)
    assert {path.name for path in PICTURES.glob("*.*")} == {f"{name}.jpg" for _, _, name, _ in SHOWN}
    assert sum(path.stat().st_size for path in PICTURES.glob("*.jpg")) <= MAX_BYTES
