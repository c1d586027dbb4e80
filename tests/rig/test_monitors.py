"""What displays say of themselves over their cables."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.rig.monitors import (
    Monitor,
    MonitorIdentity,
    drm_identities,
    parse_connectors,
    parse_edid,
    parse_xrandr,
)


def edid(
    name: str = "", serial: str = "", maker: bytes = b"\x10\xac", product: int = 0xA0C4, number: int = 77
) -> bytes:
    """An EDID block of a Dell (its maker's code is 10 AC)."""
    descriptors = b""
    for tag, text in ((0xFC, name), (0xFF, serial)):
        if text:
            descriptors += bytes([0, 0, 0, tag, 0]) + (text + "\n").encode().ljust(13, b" ")[:13]
    block = bytes.fromhex("00ffffffffffff00") + maker + product.to_bytes(2, "little") + number.to_bytes(4, "little")
    block = block.ljust(54, b"\x01") + descriptors.ljust(72, b"\x02") + b"\0"
    return block + bytes([-sum(block) % 256])


def test_a_display_is_called_what_it_calls_itself() -> None:
    assert parse_edid(edid("DELL U2720Q", "CN0A1B2")) == MonitorIdentity("DELL U2720Q", "CN0A1B2")


def test_a_display_without_a_name_is_called_after_maker_and_product() -> None:
    assert parse_edid(edid()) == MonitorIdentity("DEL-A0C4", "77")


@pytest.mark.parametrize(
    ("text", "name"), [("LCD\x0010HD", "LCD"), ("SyncMaster\0\0", "SyncMaster"), ("\0" * 12, "DEL-A0C4"), ("A\rB", "A")]
)
def test_a_text_ends_at_its_first_control_character(text: str, name: str) -> None:
    assert parse_edid(edid(text)).name == name


def test_a_serial_number_of_zero_bytes_is_none() -> None:
    assert parse_edid(edid("PJ", "\0" * 12)).serial == "77"


def test_a_damaged_block_says_nothing() -> None:
    damaged = bytearray(edid("DELL U2720Q"))
    damaged[60] ^= 1
    assert parse_edid(bytes(damaged)) == MonitorIdentity()


@given(st.binary(max_size=300))
def test_noise_on_the_cable_is_survived(data: bytes) -> None:
    parse_edid(data)
    parse_edid(edid()[:8] + data)


def test_xrandr_tells_connectors_and_what_hangs_on_them() -> None:
    lines = "".join(f"\t\t{edid('BARCO F80', 'X9').hex()[start : start + 32]}\n" for start in range(0, 256, 32))
    text = f"""\
Screen 0: minimum 320 x 200, current 3840 x 1080, maximum 16384 x 16384
HDMI-1 connected primary 1920x1080+0+0 (normal left inverted right x axis y axis) 527mm x 296mm
\tEDID: \n{lines}\tBroadcast RGB: Automatic
   1920x1080     60.00*+
DP-1 disconnected (normal left inverted right x axis y axis)
DP-2 connected 1920x1080+1920+0 (normal) 0mm x 0mm
\tlink-status: Good
"""
    assert parse_xrandr(text) == {"HDMI-1": MonitorIdentity("BARCO F80", "X9"), "DP-2": MonitorIdentity()}
    assert parse_connectors(text) == ("HDMI-1", "DP-1", "DP-2")


def test_a_monitor_prints_as_a_technician_says_it() -> None:
    monitor = Monitor("HDMI-1", MonitorIdentity("BARCO F80", "X9"), 1920, 0, 1920, 1080, 60.0)
    assert str(monitor) == "HDMI-1 (BARCO F80 serial X9) 1920x1080+1920+0 at 60 Hz"


def test_the_kernel_tells_connectors_and_what_hangs_on_them(tmp_path: Path) -> None:
    for name, said in (
        ("card0-DP-1", edid("BARCO F80", "X9")),
        ("card0-HDMI-A-1", b""),
        ("card1-DP-3", edid("DELL U2720Q")[:90]),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "edid").write_bytes(said)
    (tmp_path / "card0").mkdir()
    (tmp_path / "card0-Writeback-1").mkdir()
    nothing = MonitorIdentity()
    assert drm_identities(tmp_path) == {
        "DP-1": MonitorIdentity("BARCO F80", "X9"),
        "HDMI-A-1": nothing,
        "DP-3": nothing,
        "Writeback-1": nothing,
    }
    assert drm_identities(tmp_path / "no-kernel-of-linux") == {}
