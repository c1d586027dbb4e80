"""The contact sheet: every picture at a glance, none lost, each with its name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from installation.atlas.atlas import Atlas
from installation.atlas.cppn import Architecture
from installation.errors import DeviceError
from installation.studio.contact_sheet import GROUND, draw_picture, draw_sheet, write_sheet
from tests.small_atlas import small_atlas

SIZE_PX = 24


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return small_atlas(tmp_path_factory.mktemp("atlas"), Architecture(6, 2))


def holds(sheet: Image.Image, picture: Image.Image) -> bool:
    """Whether a picture lies somewhere on the sheet, pixel for pixel."""
    whole, part = np.asarray(sheet), np.asarray(picture)
    places = np.argwhere((whole[: 1 - SIZE_PX or None, : 1 - SIZE_PX or None] == part[0, 0]).all(2))
    return any((whole[y : y + SIZE_PX, x : x + SIZE_PX] == part).all() for y, x in places)


def test_every_neuron_is_on_the_sheet(atlas: Atlas) -> None:
    sheet = draw_sheet(atlas, atlas.neurons, SIZE_PX)
    assert sheet.width > sheet.height / 2
    assert sheet.getpixel((0, 0)) == GROUND
    assert all(holds(sheet, draw_picture(atlas, neuron, SIZE_PX)) for neuron in atlas.neurons)


def test_a_family_has_a_sheet_of_its_own(atlas: Atlas, tmp_path: Path) -> None:
    write_sheet(atlas, tmp_path / "sheets" / "near.png", family="near", size_px=SIZE_PX)
    with Image.open(tmp_path / "sheets" / "near.png") as sheet:
        assert all(holds(sheet, draw_picture(atlas, one, SIZE_PX)) for one in atlas.of_family("near"))
        assert not any(holds(sheet, draw_picture(atlas, one, SIZE_PX)) for one in atlas.of_family("far"))


def test_a_sheet_of_one_neuron_is_no_wider_than_its_picture_needs(atlas: Atlas) -> None:
    assert draw_sheet(atlas, atlas.neurons[:1], SIZE_PX).width < 2 * SIZE_PX


def test_a_sheet_that_cannot_be_written_leaves_nothing(atlas: Atlas, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DeviceError, match="cannot be written"):
        write_sheet(atlas, tmp_path / "file" / "sheet.png", size_px=SIZE_PX)
