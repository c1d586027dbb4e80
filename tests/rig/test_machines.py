"""Several machines in one rig: each head on one of them, every mistake with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from installation.errors import RigError
from installation.rig.machines import Fleet, Machine
from installation.rig.venue import Venue, read_venue

RIG = """
machines:
  attic: {address: 127.0.0.1, port: 7601}
  cellar: {address: 127.0.0.1, port: 7602, standby_for: attic}
fleet: {lead: 0.2s}
heads:
  left: {machine: attic, monitor: {connector: HDMI-1}}
  right: {machine: cellar, monitor: {connector: HDMI-1}}
"""


def read(folder: Path, text: str = RIG) -> Venue:
    file = folder / "rig.yaml"
    file.write_text(text, encoding="utf-8")
    return read_venue(file)


def refused(folder: Path, text: str) -> str:
    with pytest.raises(RigError) as error:
        read(folder, text)
    return str(error.value)


def test_machines_and_heads_are_read(tmp_path: Path) -> None:
    venue = read(tmp_path)
    assert venue.fleet == Fleet(
        (Machine("attic", "127.0.0.1", 7601), Machine("cellar", "127.0.0.1", 7602, "attic")), lead_seconds=0.2
    )
    assert [head.machine for head in venue.heads] == ["attic", "cellar"]


def test_a_machine_shows_its_own_heads_and_those_it_stands_by_for(tmp_path: Path) -> None:
    venue = read(tmp_path)
    assert [head.output for head in venue.seen_from("attic").heads] == ["left"]
    assert [head.output for head in venue.seen_from("cellar").heads] == ["left", "right"]
    with pytest.raises(RigError, match="--machine: the rig has no machine 'roof'; it has attic, cellar"):
        venue.seen_from("roof")


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("machine: attic, monitor", "machine: atic, monitor", "no machine is called 'atic'; did you mean 'attic'?"),
        ("left: {machine: attic, ", "left: {", "say which machine shows it: `machine: attic`"),
        ("standby_for: attic", "standby_for: cellar", "no other machine is called 'cellar'"),
        ("port: 7602", "port: 7601", "127.0.0.1:7601 is attic's already"),
        (
            "address: 127.0.0.1, port: 7601",
            "address: 10.0.0.4",
            "machines that reach each other over a network need keys",
        ),
        (
            "HDMI-1}}\n  right: {machine: cellar",
            "HDMI-1}}\n  right: {machine: attic",
            "connector HDMI-1 is left's already",
        ),
    ],
)
def test_mistakes_are_told_with_their_place(tmp_path: Path, before: str, after: str, sentence: str) -> None:
    assert before in RIG
    told = refused(tmp_path, RIG.replace(before, after))
    assert sentence in told
    assert "rig.yaml:" in told


def test_a_machine_that_shows_nothing_is_told_of(tmp_path: Path) -> None:
    venue = read(tmp_path, RIG.replace("cellar: {", "roof: {address: 127.0.0.1, port: 7603}\n  cellar: {"))
    assert any("roof shows nothing" in str(warning) for warning in venue.warnings)


def test_keys_lie_beside_the_rig(tmp_path: Path) -> None:
    text = RIG.replace("127.0.0.1", "10.0.0.4").replace("{lead: 0.2s}", "{lead: 0.2s, keys: keys}")
    fleet = read(tmp_path, text).fleet
    assert fleet is not None
    assert fleet.keys == tmp_path / "keys"
