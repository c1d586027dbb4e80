"""An edition travels in pieces, is agreed on by all that are there, and the later of two is everybody's."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.errors import DeviceError
from installation.fleet.edition_exchange import AGAIN_SECONDS, EditionExchange
from installation.fleet.edition_files import (
    MAX_FILE_BYTES,
    PIECE_BYTES,
    EditionPlaying,
    Manifest,
    SharedFile,
    fetched,
    piece_of,
    shared_file,
)
from installation.fleet.peers import PeerMachine

NAMES = ("attic", "cellar", "hall")
OLD = EditionPlaying(-1, "", "old")


def manifest(text: bytes, atlas: str = "a") -> Manifest:
    return Manifest(atlas, (shared_file("score", text), shared_file("rig", b"rig")))


class Machines:
    """Exchanges whose states reach each other whenever a test says so."""

    def __init__(self, *names: str) -> None:
        self.exchanges = {
            name: EditionExchange(name, {other: PeerMachine(other) for other in names if other != name}, OLD)
            for name in names
        }
        self.now = 100.0

    def __getitem__(self, name: str) -> EditionExchange:
        return self.exchanges[name]

    def tell(self, *names: str) -> None:
        """These machines hear each other."""
        self.now += 1.0
        said = {name: self.exchanges[name].as_json() for name in names}
        for name in names:
            for other in names:
                if other != name:
                    peer = self.exchanges[name].peers[other]
                    peer.is_there, peer.heard_at, peer.status = True, self.now, {"edition": said[other]}

    def hold(self, name: str, reason: str = "") -> list[str]:
        wanted = self[name].look(self.now)
        for one in wanted:
            self[name].hold(one, reason, self.now)
        return [one.id for one in wanted]


def test_all_take_over_at_the_frame_that_the_offering_machine_names() -> None:
    house = Machines(*NAMES)
    edited = manifest(b"edited")
    house["attic"].offer(edited, 5, house.now)
    house.tell(*NAMES)
    assert house["attic"].answers(house.now) == {"cellar": None, "hall": None}
    assert house.hold("cellar") == house.hold("hall") == [edited.id]
    house.tell(*NAMES)
    assert house["attic"].answers(house.now) == {"cellar": "", "hall": ""}
    house["attic"].agree(200)
    house.tell(*NAMES)
    for name in NAMES:
        assert not house.hold(name)
        (agreed,) = house[name].agreed()
        assert agreed == (edited.id, 200, "attic")
        house[name].took(agreed)
        assert house[name].playing == EditionPlaying(200, "attic", edited.id)
    house.tell(*NAMES)
    assert not any(house.hold(name) or house[name].agreed() for name in NAMES)


def test_one_reason_is_told_to_the_machine_where_it_was_saved_and_saving_again_asks_again() -> None:
    house = Machines(*NAMES)
    edited = manifest(b"edited")
    house["attic"].offer(edited, 5, house.now)
    house.tell(*NAMES)
    house.hold("cellar", "no space left")
    house.hold("hall")
    house.tell(*NAMES)
    assert house["attic"].answers(house.now) == {"cellar": "no space left", "hall": ""}
    house["attic"].withdraw()
    house["attic"].offer(edited, 900, house.now)
    house.tell(*NAMES)
    assert house.hold("cellar") == [edited.id]
    house.tell(*NAMES)
    assert house["attic"].answers(house.now)["cellar"] == ""


def test_of_two_halves_the_later_edition_is_everybodys() -> None:
    house = Machines(*NAMES)
    for half, frame in ((("attic", "cellar"), 300), (("hall",), 400)):
        edited = manifest(half[0].encode())
        house[half[0]].offer(edited, 5, house.now)
        house[half[0]].agree(frame)
        house.tell(*half)
        for name in half:
            house.hold(name)
            house[name].took(house[name].agreed()[0])
    house.tell(*NAMES)
    later = manifest(b"hall").id
    assert house.hold("attic") == house.hold("cellar") == [later]
    assert house.hold("hall") == []
    assert house["attic"].agreed()[-1] == (later, 400, "hall")


def test_what_the_house_plays_is_wanted_again_where_it_could_not_be_had() -> None:
    house = Machines("attic", "hall")
    house["hall"].playing = EditionPlaying(40, "hall", "new")
    house.tell("attic", "hall")
    assert house.hold("attic", "no answer") == ["new"]
    house.tell("attic", "hall")
    assert house.hold("attic") == []
    house.now += AGAIN_SECONDS
    house.tell("attic", "hall")
    assert house.hold("attic") == ["new"]


def test_a_machine_of_another_version_is_not_waited_for() -> None:
    house = Machines("attic", "cellar")
    house.tell("attic", "cellar")
    house["attic"].peers["cellar"].plays_along = False
    house["attic"].offer(manifest(b"edited"), 5, house.now)
    assert house["attic"].answers(house.now) == {}


def test_two_machines_that_offer_the_same_take_over_at_one_frame() -> None:
    house = Machines("attic", "cellar")
    for name, frame in (("attic", 210), ("cellar", 200)):
        house[name].offer(manifest(b"edited"), 5, house.now)
        house[name].agree(frame)
    house.tell("attic", "cellar")
    house.hold("attic"), house.hold("cellar")
    assert house["attic"].agreed() == house["cellar"].agreed() == [(manifest(b"edited").id, 200, "cellar")]


def asked(content: bytes, loses: int = 0) -> Any:
    """A machine that has one file and does not answer so many questions."""
    left = [loses]

    def ask(question: str, data: bytes) -> bytes | None:
        assert question == "piece"
        sha256, offset = data.split()
        assert sha256.decode() == hashlib.sha256(content).hexdigest()
        if left[0]:
            left[0] -= 1
            return None
        return piece_of(content, int(offset))

    return ask


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES, 3 * PIECE_BYTES + 7])
def test_a_file_comes_whole_in_pieces_also_where_answers_get_lost(size: int) -> None:
    content = bytes(number % 251 for number in range(size))
    assert fetched([shared_file("score", content)], asked(content, loses=2)) == {"score": content}


def test_what_does_not_come_or_comes_damaged_is_told() -> None:
    file = shared_file("score", b"text")
    with pytest.raises(DeviceError, match="score: it has not come from the machine where it was saved"):
        fetched([file], asked(b"text", loses=99))
    with pytest.raises(DeviceError, match="score: it was damaged on its way"):
        fetched([file], lambda _question, _data: b"tex!")
    large = SharedFile("beside score/film.mp4", file.sha256, MAX_FILE_BYTES + 1)
    with pytest.raises(DeviceError, match=r"film\.mp4: .* copy it to every machine"):
        fetched([large], asked(b""))


def test_a_manifest_comes_as_it_was_said() -> None:
    assert Manifest.read(json.loads(json.dumps(manifest(b"x").as_json()))) == manifest(b"x")
    assert manifest(b"x").id != manifest(b"x", atlas="b").id


@pytest.mark.parametrize("place", ["../x", "/etc/x", "beside score/../../x", "", 3, "a\\b"])
def test_a_file_that_would_lie_elsewhere_is_refused(place: object) -> None:
    said = {"atlas": "a", "texts": [{"place": place, "sha256": "0" * 64, "size": 1}], "media": []}
    with pytest.raises(ValueError, match="not a place"):
        Manifest.read(said)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json_values)
def test_noise_in_a_state_wants_nothing(said: object) -> None:
    house = Machines("attic", "cellar")
    peer = house["attic"].peers["cellar"]
    peer.is_there, peer.heard_at = True, house.now
    for edition in (said, {"offer": said}, {"offer": {"files": said, "agreed": said}}, {"frame": said, "id": said}):
        peer.status = {"edition": edition}
        assert house["attic"].look(house.now) == []
        assert house["attic"].agreed() == []
