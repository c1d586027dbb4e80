"""Sharpness: a soft picture says so, and a closer look needs fewer pixels."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from installation.atlas.architecture import Architecture
from installation.atlas.atlas import Atlas
from installation.atlas.format import write_atlas
from installation.atlas.interpolate import Interpolator
from installation.book.pictures import Pictures, shot_of
from installation.book.sharpness import PATCH_PX, sharp_px
from installation.show.frame import View
from tests.small_atlas import small_atlas


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pictures]:
    """Of neurons whose pictures are the same, but that `far-0` is drawn sixteen times as fine."""
    atlas = small_atlas(tmp_path_factory.mktemp("soft") / "atlas", Architecture(width=8, depth=3))
    latents = {name: torch.stack([atlas.latent(one) for one in atlas.of_family(name)]) for name in atlas.families}
    latents["near"][0, :16] = torch.tensor([0.5, 0.2] * 8)
    latents["far"][0] = latents["near"][0]
    latents["far"][0, :16] *= 16
    write_atlas(atlas.folder, atlas.index, latents)
    with Pictures(Interpolator(Atlas.open(atlas.folder))) as found:
        yield found


def test_a_finer_picture_is_sharp_with_more_pixels(pictures: Pictures) -> None:
    soft, fine = (sharp_px(pictures, shot_of(f"test/{name}/0")) for name in ("near", "far"))
    assert soft >= PATCH_PX
    assert fine > soft


def test_from_close_by_fewer_pixels_are_enough(pictures: Pictures) -> None:
    whole, close = (sharp_px(pictures, shot_of("test/far/0", View(zoom=zoom))) for zoom in (1.0, 64.0))
    assert close < whole
