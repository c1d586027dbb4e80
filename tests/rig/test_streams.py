"""The streams of a rig, and those of the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from installation.errors import RigError
from installation.rig.streams import KINDS, Stream, address_problem, streams_from_options
from installation.rig.venue import read_venue


def rig(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "rig.yaml"
    path.write_text(text)
    return path


def test_a_rig_says_where_outputs_go(tmp_path: Path) -> None:
    text = """\
streams:
  foyer: {output: left, to: "srt://10.0.0.20:9000"}
  web: {output: right, to: "rtmp://live.example.org/app/key", codec: h264, megabits: 8}
"""
    assert read_venue(rig(tmp_path, text)).streams == (
        Stream("foyer", "left", "srt://10.0.0.20:9000"),
        Stream("web", "right", "rtmp://live.example.org/app/key", megabits=8),
    )


def test_a_machine_sends_its_own_streams(tmp_path: Path) -> None:
    text = """\
machines: {one: {address: 127.0.0.1}, two: {address: 127.0.0.1, port: 7448}}
streams:
  foyer: {output: left, to: "ndi:Foyer", machine: one}
  web: {output: right, to: "ndi:Web", machine: two}
"""
    assert [one.name for one in read_venue(rig(tmp_path, text)).seen_from("two").streams] == ["web"]


@pytest.mark.parametrize("address", KINDS.values())
def test_every_example_is_right(address: str) -> None:
    assert address_problem(address) == ""


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("left", "this is not an address of a stream; it is one such as srt://10.0.0.20:9000"),
        ("ftp://10.0.0.20/", "is not an address of a stream"),
        ("srt://10.0.0.20", "has no port; write one such as srt://10.0.0.20:9000"),
        ("srt:10.0.0.20:9000", "names no machine"),
        ("rtmp:///app", "names no machine"),
        ("udp://10.0.0.20:99999", "write one such as udp://239.0.0.1:5000"),
        ("srt://10.0.0.20?passphrase=hush", "'srt:...' has no port"),
        ("rtmp://me:hu/sh@live.example.org/app/key", "cannot be read"),
        ("me:hush@live.example.org", "'me:...' is not an address of a stream"),
        ("hls:/var/www/live", "names no playlist"),
        ("ndi:", "has no name"),
        ("srt://10.0.0.20:9000\t", "holds a control character"),
    ],
)
def test_what_is_no_address_is_told_with_the_way_out(tmp_path: Path, address: str, said: str) -> None:
    assert said in address_problem(address)
    with pytest.raises(RigError) as refused:
        read_venue(rig(tmp_path, f"streams: {{foyer: {{output: left, to: {json.dumps(address)}}}}}\n"))
    assert ":1:37: streams.foyer.to: " in str(refused.value)
    assert "hush" not in str(refused.value)
    assert "hu/sh" not in str(refused.value)


def test_two_streams_to_one_place_are_told(tmp_path: Path) -> None:
    text = 'streams: {a: {output: left, to: "ndi:Foyer"}, b: {output: right, to: "ndi:Foyer"}}\n'
    with pytest.raises(RigError, match="stream 'a' already goes there"):
        read_venue(rig(tmp_path, text))


def test_options_name_streams_after_their_outputs() -> None:
    found = streams_from_options(["left=ndi:One", "left=srt://10.0.0.20:9000?passphrase=x=y", "right=camera:"])
    assert [one.name for one in found] == ["left", "left-2", "right"]
    assert found[1].address == "srt://10.0.0.20:9000?passphrase=x=y"


@pytest.mark.parametrize(
    "words", ["left", "=ndi:One", "left=", "left=ftp://x", "rtmp://live/app/hush", "left=rtmp:hush"]
)
def test_an_option_that_is_none_is_refused(words: str) -> None:
    with pytest.raises(RigError, match="--stream: ") as refused:
        streams_from_options([words])
    assert "hush" not in str(refused.value)


def test_a_stream_that_receivers_call_is_told_by_its_address() -> None:
    assert Stream("a", "left", "srt://0.0.0.0:9000?latency=200000&mode=listener").is_listener
    assert not Stream("a", "left", "srt://10.0.0.20:9000").is_listener


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("srt://10.0.0.20:9000", "srt://10.0.0.20:9000"),
        ("rtmp://me:word@live.example.org:1935/app/key", "rtmp://live.example.org:1935/..."),
        ("srt://10.0.0.20:9000?passphrase=secret", "srt://10.0.0.20:9000/..."),
        ("ndi:Foyer left", "ndi:Foyer left"),
    ],
)
def test_what_is_shown_of_an_address_holds_no_secret(address: str, shown: str) -> None:
    assert Stream("a", "left", address).public_address == shown


def test_every_part_of_an_address_that_may_be_secret_has_something_to_show_instead() -> None:
    hidden = Stream("a", "left", "rtmp://me:p%40ss@live.example.org:1935/app/key-1?token=hush").secrets
    assert {"key-1", "hush", "p%40ss", "p@ss", "app/key-1"} <= hidden.keys()
    assert "live.example.org" not in hidden
    assert Stream("a", "left", "ndi:Foyer left").secrets == {}
