"""What machines call the files of a show, and what becomes of those that arrive."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from installation.editions.edition import EditionStamp, ShowFiles
from installation.editions.shared_files import SharedFiles
from installation.errors import DeviceError, ScoreError
from tests.media.pictures import plain, save
from tests.small_atlas import small_atlas

SCORE = """
title: Small
atlas: atlas
outputs: {left: 32x18}
cues:
  - {id: dawn, duration: 4s, layers: [{name: sea, image: {file: sky.png}}]}
"""
RIG = "heads: {left: {monitor: {connector: A}, masks: [{picture: masks/left.png}]}}\n"
TAKEN = EditionStamp(7, "attic")


@pytest.fixture
def files(tmp_path: Path) -> ShowFiles:
    small_atlas(tmp_path / "atlas")
    save(tmp_path / "sky.png", plain(1, 2, 3))
    (tmp_path / "masks").mkdir()
    save(tmp_path / "masks" / "left.png", plain(255, 255, 255, size_px=(32, 18)))
    (tmp_path / "score.yaml").write_text(SCORE)
    (tmp_path / "rig.yaml").write_text(RIG)
    return ShowFiles(tmp_path / "score.yaml", tmp_path / "rig.yaml")


def test_every_file_has_a_place_that_all_machines_understand(files: ShowFiles) -> None:
    shared, edition = SharedFiles(files), files.read()
    assert set(shared.texts_of(edition)) == {"score", "rig", "beside rig/masks/left.png"}
    assert set(shared.media_of(edition)) == {"beside score/sky.png"}


def test_a_film_that_is_a_folder_of_pictures_belongs_to_the_machine(files: ShowFiles) -> None:
    waves = files.score.parent / "waves"
    waves.mkdir()
    for number in range(3):
        save(waves / f"{number}.png", plain(number, 0, 0))
    files.score.write_text(SCORE.replace("image: {file: sky.png}", "clip: waves"))
    assert not SharedFiles(files).media_of(files.read())


def test_what_arrives_is_read_beside_and_takes_the_place_of_what_was_there(files: ShowFiles) -> None:
    shared, edition = SharedFiles(files), files.read()
    texts = shared.texts_of(edition) | {"score": SCORE.replace("Small", "Edited").encode()}
    arrived = shared.read(texts, {}, TAKEN, None)
    assert (arrived.score.title, arrived.taken) == ("Edited", TAKEN)
    assert files.score.read_text() == SCORE
    shared.take(arrived, 0.0)
    assert "Edited" in files.score.read_text()
    (away,) = (files.score.parent / "replaced").iterdir()
    assert away.read_text() == SCORE
    assert sorted(one.name for one in files.score.parent.iterdir()) == [
        *("atlas", "masks", "replaced", "rig.yaml", "score.yaml", "sky.png")
    ]
    assert shared.texts_of(files.read()) == texts


def test_what_arrives_with_a_mistake_leaves_nothing_behind(files: ShowFiles) -> None:
    shared, edition = SharedFiles(files), files.read()
    texts = shared.texts_of(edition) | {"score": SCORE.replace("name: sea,", "name: sea, opacity: 7,").encode()}
    with pytest.raises(ScoreError, match="opacity"):
        shared.read(texts, {}, TAKEN, None)
    assert not list(files.score.parent.glob(".*"))


def test_media_come_where_they_are_lacking_and_never_replace_others(files: ShowFiles) -> None:
    shared = SharedFiles(files)
    sky = hashlib.sha256((files.score.parent / "sky.png").read_bytes()).hexdigest()
    new = "beside score/new/sea.png"
    assert shared.lacking({"beside score/sky.png": sky, new: sky}) == [new]
    with pytest.raises(DeviceError, match=r"sky\.png: this machine has another file of this name"):
        shared.lacking({"beside score/sky.png": "0" * 64})


@pytest.mark.parametrize("place", ["beside score/../../x", "beside score//etc/x", "elsewhere", "beside score/"])
def test_a_place_outside_the_show_is_refused(files: ShowFiles, place: str) -> None:
    with pytest.raises(DeviceError, match="not a place of a file of this show"):
        SharedFiles(files).lacking({place: "0" * 64})
