"""Packets as they come over the wire, good and bad."""

from __future__ import annotations

import contextlib
import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message import OscMessage as PythonOscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from installation.desk.network.osc_wire import MAX_PACKET_BYTES, Framing, OscMessage, encode_message, parse_packet
from installation.errors import RefusedError

GO = bytes.fromhex("2f676f00 2c000000")  # /go ,
MASTER_HALF = bytes.fromhex("2f6d617374657200 2c660000 3f000000")  # /master ,f 0.5
IMMEDIATE_BUNDLE = bytes.fromhex("2362756e646c6500 0000000000000001")  # #bundle, now


def reason_of(packet: bytes) -> str:
    with pytest.raises(RefusedError) as refused:
        parse_packet(packet)
    return refused.value.reason


def test_a_go_without_arguments() -> None:
    assert parse_packet(GO) == [OscMessage("/go", ())]


def test_a_go_from_a_sender_that_leaves_the_type_tags_out() -> None:
    assert parse_packet(b"/go\0") == [OscMessage("/go", ())]


def test_a_level() -> None:
    assert parse_packet(MASTER_HALF) == [OscMessage("/master", (0.5,))]


def test_every_argument_type_a_console_may_send() -> None:
    packet = (
        b"/x\0\0" + b",ifsTFNIbhd[i]\0\0" + struct.pack(">if", 7, 0.25) + b"abc\0" + struct.pack(">i", 1) + b"z\0\0\0"
    )
    packet += struct.pack(">qdi", -3, 0.75, 9)
    assert parse_packet(packet) == [OscMessage("/x", (7, 0.25, "abc", True, False, None, True, b"z", -3, 0.75, 9))]


def test_a_bundle_keeps_the_order_of_its_messages() -> None:
    packet = IMMEDIATE_BUNDLE + struct.pack(">i", 8) + GO + struct.pack(">i", 16) + MASTER_HALF
    assert [message.address for message in parse_packet(packet)] == ["/go", "/master"]


def test_a_time_tag_is_seconds_since_1970() -> None:
    bundle = OscBundleBuilder(1_800_000_000.5)  # type: ignore[arg-type]  # it takes fractions, too
    bundle.add_content(OscMessageBuilder("/go").build())
    (message,) = parse_packet(bundle.build().dgram)
    assert message.due == pytest.approx(1_800_000_000.5, abs=1e-6)


@pytest.mark.parametrize(
    ("packet", "reason"),
    [
        (b"", "malformed"),
        (b"hello", "malformed"),
        (b"/go", "malformed"),  # no end of the string
        (b"/master\0,f\0\0\x3f\0", "malformed"),  # cut off inside the float
        (MASTER_HALF + b"more", "malformed"),
        (b"/x\0\0,q\0\0", "malformed"),  # no such type
        (b"/x\0\0,[i\0\0\0\0\1", "malformed"),  # an array that does not close
        (b"/\xff\xfe\0,\0\0\0", "malformed"),  # not UTF-8
        (b"/x\0\0,b\0\0" + struct.pack(">i", -8), "malformed"),  # a blob of negative size
        (b"/x\0\0,b\0\0" + struct.pack(">i", 2**31 - 1), "malformed"),
        (IMMEDIATE_BUNDLE + struct.pack(">i", -4), "malformed"),  # python-osc reads this for ever
        (IMMEDIATE_BUNDLE + struct.pack(">i", 0), "malformed"),
        (IMMEDIATE_BUNDLE[:12], "malformed"),
        (b"/x\0\0," + b"T" * 300 + b"\0\0\0", "oversized"),
        (b"/" + b"x" * 255 + b"\0\0\0\0,\0\0\0", "oversized"),
        (b"/" + b"x" * MAX_PACKET_BYTES, "oversized"),
    ],
)
def test_a_wrong_packet_is_refused_with_a_reason(packet: bytes, reason: str) -> None:
    assert reason_of(packet) == reason


def test_a_label_in_another_encoding_is_nothing_to_its_button() -> None:
    (message,) = parse_packet(b"/go\0,s\0\0\xc4ther\0\0\0")
    assert message.address == "/go"


def test_one_bad_element_of_a_bundle_does_not_concern_its_neighbours() -> None:
    bad = b"/x\0\0,q\0\0"
    packet = IMMEDIATE_BUNDLE + b"".join(struct.pack(">i", len(one)) + one for one in (MASTER_HALF, bad, GO))
    refused: list[RefusedError] = []
    assert [message.address for message in parse_packet(packet, refused.append)] == ["/master", "/go"]
    assert [one.reason for one in refused] == ["malformed"]
    nested = IMMEDIATE_BUNDLE + struct.pack(">i", len(packet)) + packet + struct.pack(">i", len(GO)) + GO
    assert [message.address for message in parse_packet(nested, refused.append)] == ["/master", "/go", "/go"]


def test_bundles_within_bundles_have_an_end() -> None:
    packet = GO
    for _ in range(20):
        packet = IMMEDIATE_BUNDLE + struct.pack(">i", len(packet)) + packet
    assert reason_of(packet) == "oversized"


@given(
    st.lists(
        st.one_of(
            st.floats(width=32, allow_nan=False), st.integers(-(2**31), 2**31 - 1), st.booleans(), st.text("abc ä")
        )
    )
)
@settings(max_examples=50, deadline=None)
def test_what_is_encoded_is_parsed_back(arguments: list[float | int | bool | str]) -> None:
    assert parse_packet(encode_message("/p/tide", *arguments)) == [OscMessage("/p/tide", tuple(arguments))]


@given(
    st.lists(
        st.one_of(
            st.floats(width=32, allow_nan=False), st.integers(-(2**31), 2**31 - 1), st.booleans(), st.text("abc ä")
        )
    )
)
@settings(max_examples=50, deadline=None)
def test_python_osc_reads_what_we_encode(arguments: list[float | int | bool | str]) -> None:
    assert PythonOscMessage(encode_message("/p/tide", *arguments)).params == arguments


@given(st.binary(max_size=80), st.sampled_from([b"", GO, MASTER_HALF, IMMEDIATE_BUNDLE]))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_parsed_or_refused(data: bytes, start: bytes) -> None:
    with contextlib.suppress(RefusedError):
        assert all(message.address.startswith("/") for message in parse_packet(start + data))


def in_pieces(stream: bytes, seed: int) -> list[bytes]:
    """The stream as a network may cut it."""
    random_state = random.Random(seed)
    pieces = []
    while stream:
        length = random_state.randint(1, 7)
        pieces.append(stream[:length])
        stream = stream[length:]
    return pieces


AWKWARD = bytes([0xC0, 0xDB, 0xDC, 0xDD, 0x00, 0xC0])


@pytest.mark.parametrize(
    "stream",
    [
        struct.pack(">i", 8) + GO + struct.pack(">i", 16) + MASTER_HALF,
        b"\xc0" + GO + b"\xc0\xc0" + MASTER_HALF + b"\xc0",  # OSC 1.1: END on both sides
        GO + b"\xc0" + MASTER_HALF + b"\xc0",  # END only behind
    ],
    ids=["length prefix", "SLIP with two ENDs", "SLIP with one END"],
)
@pytest.mark.parametrize("seed", range(3))
def test_either_framing_is_recognised_however_the_stream_is_cut(stream: bytes, seed: int) -> None:
    framing = Framing()
    assert [packet for piece in in_pieces(stream, seed) for packet in framing.feed(piece)] == [GO, MASTER_HALF]


@pytest.mark.parametrize("first", [b"\xc0", b"\0\0\0\0"], ids=["SLIP", "length prefix"])
def test_answers_are_framed_as_the_sender_frames(first: bytes) -> None:
    ours, theirs = Framing(), Framing()
    list(ours.feed(first))
    assert list(theirs.feed(ours.encode(b"/x\0\0,b\0\0\0\0\0\6" + AWKWARD))) == [b"/x\0\0,b\0\0\0\0\0\6" + AWKWARD]
    assert ours.kind == theirs.kind


def test_a_stream_in_no_framing_is_refused() -> None:
    with pytest.raises(RefusedError, match="0x47"):
        Framing().feed(b"GET / HTTP/1.1\r\n")


def test_a_length_beyond_the_limit_ends_the_stream() -> None:
    with pytest.raises(RefusedError, match="16777215 bytes"):
        list(Framing().feed(b"\0\xff\xff\xff"))


def test_a_slip_frame_without_end_keeps_no_memory_and_is_counted_once() -> None:
    framing = Framing()
    refused = [thing for _ in range(100) for thing in framing.feed(b"\xc0"[: not framing.kind] + b"x" * 10_000)]
    assert len(refused) == 1
    assert list(framing.feed(b"\xc0\xc0" + GO + b"\xc0")) == [GO]


def test_a_meaningless_escape_spoils_one_frame_only() -> None:
    framing = Framing()
    wrong, right = framing.feed(b"\xc0/x\xdb\x01\xc0" + GO + b"\xc0")
    assert isinstance(wrong, RefusedError)
    assert right == GO
