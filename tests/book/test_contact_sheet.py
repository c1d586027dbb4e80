"""The contact sheet: every picture at a glance, none lost, each with its name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFont

from installation.atlas.architecture import Architecture
from installation.atlas.atlas import Atlas
from installation.atlas.interpolate import Interpolator
from installation.book.contact_sheet import GROUND, _fitting, draw_sheet, write_sheet
from installation.book.pictures import Pictures
from installation.errors import DeviceError
from tests.small_atlas import small_atlas

SIZE_PX = 24


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return small_atlas(tmp_path_factory.mktemp("atlas"), Architecture(6, 2))


@pytest.fixture(scope="module")
def drawn(atlas: Atlas) -> dict[str, NDArray[np.uint8]]:
    """Every neuron's picture, by address."""
    with Pictures(Interpolator(atlas)) as pictures:
        return {neuron.address: pictures.neuron(neuron.address, SIZE_PX) for neuron in atlas.neurons}


def holds(sheet: Image.Image, picture: NDArray[np.uint8]) -> bool:
    """Whether a picture lies somewhere on the sheet, pixel for pixel."""
    whole = np.asarray(sheet)
    places = np.argwhere((whole[: 1 - SIZE_PX, : 1 - SIZE_PX] == picture[0, 0]).all(2))
    return any((whole[y : y + SIZE_PX, x : x + SIZE_PX] == picture).all() for y, x in places)


def test_every_neuron_is_on_the_sheet(atlas: Atlas, drawn: dict[str, NDArray[np.uint8]]) -> None:
    sheet = draw_sheet(atlas, atlas.neurons, SIZE_PX)
    assert sheet.width > sheet.height / 2
    assert sheet.getpixel((0, 0)) == GROUND
    assert all(holds(sheet, picture) for picture in drawn.values())


def test_a_family_has_a_sheet_of_its_own(atlas: Atlas, drawn: dict[str, NDArray[np.uint8]], tmp_path: Path) -> None:
    write_sheet(atlas, tmp_path / "sheets" / "near.png", atlas.of_family("near"), size_px=SIZE_PX)
    with Image.open(tmp_path / "sheets" / "near.png") as sheet:
        found = {address for address, picture in drawn.items() if holds(sheet, picture)}
    assert found == {neuron.address for neuron in atlas.of_family("near")}


def test_a_sheet_of_one_neuron_is_no_wider_than_its_picture_needs(atlas: Atlas) -> None:
    assert draw_sheet(atlas, atlas.neurons[:1], SIZE_PX).width < 2 * SIZE_PX


def test_a_sheet_that_cannot_be_written_leaves_nothing(atlas: Atlas, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DeviceError, match="cannot be written"):
        write_sheet(atlas, tmp_path / "file" / "sheet.png", atlas.neurons, size_px=SIZE_PX)


def test_a_long_address_stays_below_its_picture_and_keeps_its_channel() -> None:
    font = ImageFont.load_default(8)
    address = "googlenet/inception_4a_5x5_reduce/13"
    assert _fitting(address, font, 500) == address
    cut = _fitting(address, font, 80)
    assert cut.startswith("...")
    assert cut.endswith("_reduce/13")
    assert font.getlength(cut) <= 80
