"""Two players on one rig, over real sockets: they show one frame, whoever hears the desk, and whoever was away."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from installation.atlas.spectrum import Spectrum
from installation.editions.edition import Edition, ShowFiles
from installation.editions.held_edits import HELD
from installation.errors import DeviceError, RigError
from installation.files import write_atomically
from installation.fleet.edition_files import Manifest
from installation.fleet.house_proof import HouseScreenshot
from installation.player.house_editions import HouseEditions
from installation.player.live import Live
from installation.player.options import EngineOptions, LiveOptions
from installation.rig import sync_code
from installation.show.control import Message
from tests.fleet.test_zenoh import machines
from tests.media.pictures import plain, save
from tests.small_atlas import small_atlas

SCORE = """
title: Small
atlas: atlas
fps: 30
outputs: {left: 32x18, right: 32x18}
cues:
  - {id: dawn, duration: 4s, end: hold, layers: [{name: sea, walk: near-1}]}
  - {id: dusk, duration: 4s, end: hold, layers: [{name: sea, walk: near-2}]}
"""
PATIENCE_SECONDS = 60.0


class House:
    """A score and a rig for two machines on this one."""

    def __init__(self, folder: Path) -> None:
        attic, cellar = machines("attic", "cellar")
        small_atlas(folder / "atlas")
        self.folder = folder
        (folder / "score.yaml").write_text(SCORE)
        (folder / "rig.yaml").write_text(f"""
machines:
  attic: {{address: {attic.address}, port: {attic.port}}}
  cellar: {{address: {cellar.address}, port: {cellar.port}, standby_for: attic}}
heads:
  left: {{machine: attic, monitor: {{connector: A}}}}
  right: {{machine: cellar, monitor: {{connector: B}}}}
""")

    def player(self, stack: ExitStack, machine: str | None, *, resume: bool = False) -> Live:
        files = ShowFiles(self.folder / "score.yaml", self.folder / "rig.yaml", machine=machine)
        journal = self.folder / f"{machine}.jsonl"
        engine = EngineOptions(journal=journal if resume else None, resume=resume, machine=machine, reload=False)
        return stack.enter_context(Live(files, LiveOptions(engine, headless=True), time.monotonic))


class HouseOfFolders(House):
    """Two machines with a disk each, on which saved files take effect."""

    def __init__(self, folder: Path) -> None:
        first = folder / "attic"
        first.mkdir()
        super().__init__(first)
        self.folders = {"attic": first, "cellar": folder / "cellar"}
        shutil.copytree(first, self.folders["cellar"])

    def player(self, stack: ExitStack, machine: str | None, *, resume: bool = False, blind: bool = False) -> Live:
        folder = self.folders[str(machine)]
        files = ShowFiles(folder / "score.yaml", folder / "rig.yaml", machine=machine)
        journal = folder / "journal.jsonl" if resume else None
        engine = EngineOptions(journal=journal, resume=resume, machine=machine, blind=blind)
        return stack.enter_context(Live(files, LiveOptions(engine, headless=True), time.monotonic))

    def text(self, machine: str) -> str:
        return (self.folders[machine] / "score.yaml").read_text()


def step_until(condition: Callable[[], object], *players: Live) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        for player in players:
            player.step()


def cue_of(player: Live) -> str:
    engine = player.engine
    return engine.performance.frame_at(engine.frame_number).outputs[0].cues[-1].cue


def test_two_machines_play_as_one_and_one_that_died_comes_back(tmp_path: Path) -> None:
    house = House(tmp_path)
    with ExitStack() as stack:
        attic, cellar = house.player(stack, "attic"), house.player(stack, "cellar", resume=True)
        assert set(attic.engine.drawing.mixer.sizes) == {"left"}
        assert set(cellar.engine.drawing.mixer.sizes) == {"left", "right"}
        attic.engine.desk.put(Message(0, 0, "go", source="page"))
        step_until(lambda: cue_of(attic) == cue_of(cellar) == "dusk", attic, cellar)
        (start,) = attic.engine.performance.control.starts
        assert cellar.engine.performance.control.starts == (start,)
    with ExitStack() as stack:
        back = house.player(stack, "cellar", resume=True)
        back.step()
        assert cue_of(back) == "dusk", "its journal has what the other machine heard"
        attic = house.player(stack, "attic")
        attic.step()
        assert cue_of(attic) == "dusk", "it asks the one that plays"
        assert attic.engine.performance.control.starts == (start,)
        step_until(lambda: attic.as_json()["machines"]["cellar"]["plays"], attic, back)  # type: ignore[index]  # JSON


def test_a_standby_is_dark_until_the_other_machine_is_gone(tmp_path: Path) -> None:
    house = House(tmp_path)

    def level(player: Live) -> float:
        engine = player.engine
        return engine.performance.frame_at(engine.frame_number).outputs[0].level

    with ExitStack() as stack:
        cellar = house.player(stack, "cellar")
        with ExitStack() as dying:
            attic = house.player(dying, "attic")
            for _ in range(5):
                attic.step()
                cellar.step()
            assert (level(attic), level(cellar)) == (1.0, 0.0)
        step_until(lambda: level(cellar) == 1.0, cellar)


def test_a_rig_of_several_machines_asks_which_one_this_is(tmp_path: Path) -> None:
    house = House(tmp_path)
    with (
        ExitStack() as stack,
        pytest.raises(RigError, match="name this one with --machine NAME: attic, cellar"),
    ):
        house.player(stack, None)


def title(player: Live) -> str:
    return player.engine.edition.score.title


def test_what_is_saved_on_one_machine_plays_on_all_from_one_frame_on(tmp_path: Path) -> None:
    house = HouseOfFolders(tmp_path)
    with ExitStack() as stack:
        attic, cellar = house.player(stack, "attic"), house.player(stack, "cellar")
        attic.step()
        cellar.step()
        edited = house.text("attic").replace("Small", "Edited")
        (house.folders["attic"] / "score.yaml").write_text(edited)
        step_until(lambda: title(attic) == title(cellar) == "Edited", attic, cellar)
        assert attic.engine.edition.taken == cellar.engine.edition.taken
        assert attic.engine.edition.taken.machine == "attic"
        step_until(lambda: house.text("cellar") == edited, attic, cellar)
        (away,) = (house.folders["cellar"] / "replaced").iterdir()
        assert "Small" in away.read_text()
    with ExitStack() as stack:
        (house.folders["cellar"] / "score.yaml").write_text(house.text("attic").replace("Edited", "Old"))
        attic = house.player(stack, "attic")
        cellar = house.player(stack, "cellar")
        assert title(cellar) == "Edited", "who comes later plays what the house plays"


def test_files_that_another_machine_wrote_here_are_no_edit_that_is_held_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = HouseOfFolders(tmp_path)
    with ExitStack() as stack:
        attic, cellar = house.player(stack, "attic"), house.player(stack, "cellar", blind=True)
        read: list[str] = []
        described = HouseEditions.described

        def noted(editions: HouseEditions, edition: Edition) -> tuple[Edition, Manifest]:
            found = described(editions, edition)
            read.append(editions.member.name)
            return found

        monkeypatch.setattr(HouseEditions, "described", noted)
        (house.folders["attic"] / "score.yaml").write_text(house.text("attic").replace("Small", "Edited"))
        step_until(lambda: title(attic) == title(cellar) == "Edited", attic, cellar)
        step_until(lambda: "cellar" in read, attic, cellar)
        for _ in range(3):
            attic.step()
            cellar.step()
        assert cellar.engine.rigging.gateway.state.shown["edit"]["held"] is None
        assert HELD not in cellar.engine.notices.current.sentences


def test_a_machine_that_was_cut_off_during_an_edit_plays_it_once_it_hears_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = HouseOfFolders(tmp_path)
    with ExitStack() as stack:
        attic, cellar = house.player(stack, "attic"), house.player(stack, "cellar")
        step_until(lambda: attic.as_json()["machines"]["cellar"]["plays"], attic, cellar)  # type: ignore[index]  # JSON
        with monkeypatch.context() as deaf:
            for player in (attic, cellar):
                together = player.engine.together
                assert together is not None
                deaf.setattr(together._ensemble.member, "heard_status", lambda *_said: None)
            (house.folders["attic"] / "score.yaml").write_text(house.text("attic").replace("Small", "Edited"))
            step_until(lambda: title(attic) == "Edited", attic, cellar)
            assert title(cellar) == "Small"
        step_until(lambda: title(cellar) == "Edited", attic, cellar)
        assert cellar.engine.edition.taken == attic.engine.edition.taken
        step_until(lambda: cellar.engine.performance.control == attic.engine.performance.control, attic, cellar)


def test_what_one_machine_cannot_play_plays_nowhere_and_the_reason_is_told(tmp_path: Path) -> None:
    house = HouseOfFolders(tmp_path)
    with ExitStack() as stack:
        attic, cellar = house.player(stack, "attic"), house.player(stack, "cellar")
        folder = house.folders["attic"]
        save(folder / "sky.png", plain(9, 9, 9))
        save(house.folders["cellar"] / "sky.png", plain(90, 9, 9))
        cue = "  - {id: day, duration: 4s, layers: [{name: sky, image: {file: sky.png}}]}"
        edited = house.text("attic") + cue
        (folder / "score.yaml").write_text(edited.replace("Small", "Edited"))

        def told() -> str:
            return " ".join(attic._notices.current.sentences)

        step_until(lambda: "what was saved plays nowhere; cellar: " in told(), attic, cellar)
        assert "this machine has another file of this name" in told()

        def told_there() -> list[str]:
            return [one for one in cellar.engine.notices.current.sentences if "attic saved" in one]

        step_until(told_there, attic, cellar)
        assert told_there()[0].startswith("what attic saved plays nowhere, since it cannot play here: ")
        assert title(attic) == title(cellar) == "Small"
        (house.folders["cellar"] / "sky.png").unlink()
        (folder / "score.yaml").write_text(edited.replace("Small", "Mended"))
        step_until(lambda: title(attic) == title(cellar) == "Mended", attic, cellar)
        step_until(lambda: not told_there(), attic, cellar)
        assert (house.folders["cellar"] / "sky.png").read_bytes() == (folder / "sky.png").read_bytes()


def test_a_full_disk_on_one_machine_is_told_on_both_and_the_show_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = HouseOfFolders(tmp_path)

    def full(file: Path, content: bytes, **options: Any) -> None:
        if file.is_relative_to(house.folders["cellar"]):
            raise DeviceError(f"{file}: cannot be written: No space left on device; make room")
        write_atomically(file, content, **options)

    monkeypatch.setattr("installation.editions.shared_files.write_atomically", full)
    with ExitStack() as stack:
        attic, cellar = house.player(stack, "attic"), house.player(stack, "cellar")
        (house.folders["attic"] / "score.yaml").write_text(house.text("attic").replace("Small", "Edited"))
        for player, begins in (
            (attic, "what was saved plays nowhere; cellar: "),
            (cellar, "what attic saved plays nowhere, since it cannot play here: "),
        ):
            step_until(partial(_is_told, player, begins, "No space left on device"), attic, cellar)
        assert title(attic) == title(cellar) == "Small"
        monkeypatch.undo()
        (house.folders["attic"] / "score.yaml").write_text(house.text("attic").replace("Edited", "Edited again"))
        step_until(lambda: title(attic) == title(cellar) == "Edited again", attic, cellar)
        assert not _is_told(cellar, "what attic saved", "")


def _is_told(player: Live, begins: str, holds: str) -> bool:
    return any(one.startswith(begins) and holds in one for one in player.engine.notices.current.sentences)


def test_a_new_atlas_plays_once_somebody_has_copied_it_to_every_machine(tmp_path: Path) -> None:
    house = HouseOfFolders(tmp_path)
    small_atlas(tmp_path / "new", far=Spectrum())
    with ExitStack() as stack:
        attic, cellar = house.player(stack, "attic"), house.player(stack, "cellar")
        before = attic.engine.edition.score.atlas
        shutil.copytree(tmp_path / "new", house.folders["attic"] / "atlas", dirs_exist_ok=True)
        folder = house.folders["cellar"] / "atlas"
        sentence = f"what was saved plays nowhere; cellar: it has another atlas than attic: copy attic's to {folder}"
        step_until(lambda: sentence in attic.engine.notices.current.sentences, attic, cellar)
        assert attic.engine.edition.score.atlas == cellar.engine.edition.score.atlas == before
        shutil.copytree(tmp_path / "new", folder, dirs_exist_ok=True)
        step_until(lambda: before not in (one.engine.edition.score.atlas for one in (attic, cellar)), attic, cellar)
        assert attic.engine.edition.score.atlas == cellar.engine.edition.score.atlas


def test_osc_and_page_let_a_standby_give_back_on_any_machine(tmp_path: Path) -> None:
    house = House(tmp_path)
    with ExitStack() as stack:
        attic, cellar = house.player(stack, "attic"), house.player(stack, "cellar")
        gateways = [one.engine.rigging.gateway for one in (attic, cellar)]
        for gateway in gateways:
            gateway.take("/machines/cellar/give-back", (), "osc:10.0.0.4")
        sentence = "/machines/cellar/give-back: cellar keeps them: it does not show the heads of attic now"
        step_until(lambda: {gateway.state.shown["told"] for gateway in gateways} == {sentence}, attic, cellar)


def test_a_machine_that_nobody_sees_says_so_in_a_proof(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(tmp_path)
    with ExitStack() as stack:
        attic = house.player(stack, "attic")
        attic.step()
        together = attic.engine.together
        assert together is not None
        codes = [sync_code.draw(7, (64, 64)), sync_code.draw(7, (64, 64))]
        monkeypatch.setattr("installation.outputs.windows.proof.screenshot", lambda: np.hstack(codes))
        shot = HouseScreenshot.read(together._screenshot(b""))
        assert (shot.frames, shot.outputs, shot.is_read) == ((7, 7), 1, True)
        rig = house.folder / "rig.yaml"
        rig.write_text(rig.read_text() + "  foyer: {machine: attic, shows: left, monitor: {connector: C}}\n")
        standby = house.player(stack, "cellar").engine.together
        assert standby is not None
        shot = HouseScreenshot.read(standby._screenshot(b""))
        assert shot.outputs == 1, "it keeps both heads of the other machine dark"
        monkeypatch.setattr("installation.outputs.windows.proof.screenshot", lambda: np.zeros((64, 64), np.uint8))
        assert HouseScreenshot.read(together._screenshot(b"")).reason.startswith("no sync code is seen")
