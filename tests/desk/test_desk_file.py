"""Desk files: what they say, and every mistake in them with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from installation.desk.address_map import Rule
from installation.desk.desk_file import DeskFile, read_desk_file
from installation.desk.network.dmx_merge import Patch, Universe
from installation.errors import ScoreError

SHIPPED = sorted((Path(__file__).parents[2] / "scores" / "desks").glob("*.yaml"))


def read(tmp_path: Path, text: str) -> DeskFile:
    path = tmp_path / "desk.yaml"
    path.write_text(text)
    return read_desk_file(path)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_desk_file_is_right(path: Path) -> None:
    file = read_desk_file(path)
    assert file.name
    assert file.rules or file.artnet or file.midi


def test_a_rule_is_an_address_or_says_more(tmp_path: Path) -> None:
    file = read(
        tmp_path,
        """
name: A desk
feedback: [10.0.0.5:8001]
addresses:
  /a: /go
  /b/{cue}: /cue/{cue}/go
  /c:
    to: /p/1
    range: [0, 127]
    fade: 2
  /d:
    to: /engage
    value: 0
  /e:
    to: /go
    press: edge
""",
    )
    assert file.feedback == ("10.0.0.5:8001",)
    assert file.rules == (
        Rule("/a", "/go"),
        Rule("/b/{cue}", "/cue/{cue}/go"),
        Rule("/c", "/p/1", 0.0, 127.0, fade_seconds=2.0),
        Rule("/d", "/engage", value=0.0),
        Rule("/e", "/go", press="edge"),
    )


def test_sacn_channels_count_from_the_start_address(tmp_path: Path) -> None:
    file = read(
        tmp_path,
        """
name: A desk
sacn:
  universe: 7
  start: 101
  loss: release
  release: 3
  channels:
    1: /master
    2-3: /p/zoom
""",
    )
    patches = (Patch(101, "/master"), Patch(102, "/p/zoom", fine=True))
    assert file.sacn == (Universe(7, patches, "release", 3.0),)


def test_there_may_be_several_universes_of_both_protocols(tmp_path: Path) -> None:
    file = read(
        tmp_path,
        """
name: A desk
artnet:
  - universe: 0
    merge: htp
    channels: {1: /master}
  - universe: 291
    merge: ltp
    channels:
      10: /go
      11:
        to: /engage
        press: edge
sacn:
  - {universe: 1, channels: {1: /p/1}}
""",
    )
    assert file.artnet == (
        Universe(0, (Patch(1, "/master"),), merge="htp"),
        Universe(291, (Patch(10, "/go", edge=True), Patch(11, "/engage", edge=True)), merge="ltp"),
    )
    assert [one.number for one in file.sacn] == [1]


@pytest.mark.parametrize(
    ("universes", "sentence"),
    [
        ("{universe: 40000, channels: {1: /master}}", "32767"),
        ("[{universe: 3, channels: {1: /master}}, {universe: 3, channels: {2: /p/1}}]", "universe 3 appears twice"),
        ("{universe: 3, merge: highest, channels: {1: /master}}", "highest"),
        ("{universe: 3}", "'channels' is missing"),
        ("7", "a universe, or a list of them"),
    ],
)
def test_a_universe_that_is_wrong_is_told_with_its_line(tmp_path: Path, universes: str, sentence: str) -> None:
    with pytest.raises(ScoreError, match=sentence):
        read(tmp_path, f"name: A desk\nartnet: {universes}\n")


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("name: A\naddresses:\n  /a: /mastr", 3, "did you mean '/master'"),
        ("name: A\naddresses:\n  a: /go", 3, "begins with /"),
        ("name: A\naddresses:\n  /a/{x}: /cue/{cue}/go", 3, "{cue} stands in"),
        ("name: A\naddresses:\n  /a/{x}/{x}: /go", 3, "each once"),
        ("name: A\naddresses:\n  /a/{X}: /go", 3, "small letters"),
        ("name: A\naddresses:\n  /a: /go\n  /a: /back", 4, "second time"),
        ("name: A\naddresses:\n  /a:\n    to: /go\n    press: sideways", 5, "any, edge"),
        ("name: A\naddresses:\n  /a:\n    range: [0, 1]", 4, "'to' is missing"),
        ("name: A\naddresses:\n  /a:\n    to: /master\n    range: [5, 5]", 5, "both ends are 5"),
        ("name: A\naddresses:\n  /a:\n    to: /master\n    range: [0, .nan]", 5, "not a number"),
        ("name: A\nadresses:\n  /a: /go", 2, "did you mean 'addresses'"),
        ("name: A\nfeedback: [10.0.0.5]", 2, "HOST:PORT"),
        ("addresses: {}", 1, "'name' is missing"),
        ("name: A\nsacn:\n  universe: 0\n  channels:\n    1: /master", 3, "outside 1..63999"),
        ("name: A\nsacn:\n  universe: 1\n  channels:\n    5-7: /master", 5, "5-6"),
        ("name: A\nsacn:\n  universe: 1\n  start: 512\n  channels:\n    2: /master", 6, "beyond DMX address 512"),
        ("name: A\n\taddresses: 1", 2, "tab"),
        ("name: [", 2, "this is not YAML"),
    ],
)
def test_a_mistake_says_its_line_and_the_way_out(tmp_path: Path, text: str, line: int, sentence: str) -> None:
    with pytest.raises(ScoreError) as error:
        read(tmp_path, text)
    assert sentence in str(error.value)
    assert f"desk.yaml:{line}:" in str(error.value)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ScoreError) as error:
        read(tmp_path, "name: A\naddresses:\n  /a: /mastr\n  b: /go\n  /c: /gone\n")
    assert len(error.value.mistakes) == 3


def test_a_file_that_is_not_there_or_empty(tmp_path: Path) -> None:
    with pytest.raises(ScoreError, match="there is no such file"):
        read_desk_file(tmp_path / "none.yaml")
    with pytest.raises(ScoreError, match="this file is empty"):
        read(tmp_path, "")
