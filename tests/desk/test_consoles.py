"""The shipped desk files with packets as those consoles send them, byte for byte, into a desk on loopback."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from installation.desk.desk import Desk, DeskOptions
from installation.show.control import Control, initial_control
from installation.show.score import Score
from tests.desk.console import drain, tcp_console, udp_console, wait_for, with_length, with_slip
from tests.desk.scores import tide

DESKS = Path(__file__).parents[2] / "scores" / "desks"

SCORE: Score = replace(
    tide(),
    cues=tuple(replace(cue, id=number) for cue, number in zip(tide().cues, ("1", "2", "2.5"), strict=True)),
)

EOS = [
    # /eos/out/event/cue/1/2.5/fire ,: the console says that its cue 2.5 fired
    ("2f656f732f6f75742f6576656e742f6375652f312f322e352f66697265000000 2c000000", ("go", "2.5", 0.0)),
    # /eos/cue/1/2/fire ,i 1: a macro: /eos/cue/1/2/fire=1 makes an integer
    ("2f656f732f6375652f312f322f66697265000000 2c690000 00000001", ("go", "2", 0.0)),
    # /eos/key/go_0 ,f 1: a button down
    ("2f656f732f6b65792f676f5f30000000 2c660000 3f800000", ("go", "2", 0.0)),
    # /eos/key/go_0 ,f 0: and up: nothing
    ("2f656f732f6b65792f676f5f30000000 2c660000 00000000", None),
    # /eos/sub/1 ,f 0.5: submaster 1
    ("2f656f732f7375622f310000 2c660000 3f000000", ("set", "/master", 0.5)),
    # /eos/sub/11 ,f 1: submaster 11
    ("2f656f732f7375622f313100 2c660000 3f800000", ("set", "/p/warmth", 1.0)),
]

GRANDMA3 = [
    # /gma3/Page1/Fader201 ,i 100: full, with a prefix
    ("2f676d61332f50616765312f466164657232303100000000 2c690000 00000064", ("set", "/master", 1.0)),
    # /Page1/Fader201 ,ii 50 5: half in five seconds, without a prefix
    ("2f50616765312f466164657232303100 2c696900 00000032 00000005", ("set", "/master", 0.5)),
    # /gma3/Page1/Fader302 ,f 25: a quarter
    ("2f676d61332f50616765312f466164657233303200000000 2c660000 41c80000", ("set", "/p/zoom", 3.0)),
    # /gma3/Page1/Fader402 ,i 0
    ("2f676d61332f50616765312f466164657234303200000000 2c690000 00000000", ("set", "/out/right/level", 0.0)),
    # /gma3/Page1/Key101 ,i 1: a key down
    ("2f676d61332f50616765312f4b65793130310000 2c690000 00000001", ("go", "2", 0.0)),
    # /gma3/Page1/Key101 ,i 0: and up
    ("2f676d61332f50616765312f4b65793130310000 2c690000 00000000", None),
    # /Page1/Key105 ,T: true, without a number
    ("2f50616765312f4b6579313035000000 2c540000", ("panic", "", 0.0)),
]

MAGICQ = [
    # /pb/1 ,f 0.25: a fader as a fraction
    ("2f70622f31000000 2c660000 3e800000", ("set", "/master", 0.25)),
    # /pb/1 ,i 75: or in percent
    ("2f70622f31000000 2c690000 0000004b", ("set", "/master", 0.75)),
    # /pb/2 ,i 100
    ("2f70622f32000000 2c690000 00000064", ("set", "/p/warmth", 1.0)),
    # /pb/1/go ,
    ("2f70622f312f676f00000000 2c000000", ("go", "2", 0.0)),
    # /pb/1/pause ,i 1
    ("2f70622f312f706175736500 2c690000 00000001", ("pause", "", 0.0)),
    # /pb/1/pause ,i 0
    ("2f70622f312f706175736500 2c690000 00000000", None),
    # /pb/1/2.5 ,i 1: a jump to cue 2.5
    ("2f70622f312f322e35000000 2c690000 00000001", ("go", "2.5", 0.0)),
]

QLCPLUS = [
    # /0/dmx/0 ,f 0.784314: DMX 200 on fader 1
    ("2f302f646d782f3000000000 2c660000 3f48c8c9", ("set", "/master", pytest.approx(200 / 255))),
    # /0/dmx/1 ,f 0.25098: a button that fades in: not yet
    ("2f302f646d782f3100000000 2c660000 3e808081", None),
    # /0/dmx/1 ,f 1: now
    ("2f302f646d782f3100000000 2c660000 3f800000", ("go", "2", 0.0)),
    # /0/dmx/1 ,f 0.941176: still down
    ("2f302f646d782f3100000000 2c660000 3f70f0f1", None),
    # /0/dmx/1 ,f 0: up again
    ("2f302f646d782f3100000000 2c660000 00000000", None),
    # /0/dmx/12 ,f 1
    ("2f302f646d782f3132000000 2c660000 3f800000", ("set", "/p/zoom", 9.0)),
    # /0/dmx/21 ,f 0
    ("2f302f646d782f3231000000 2c660000 00000000", ("set", "/out/left/level", 0.0)),
]


Expected = tuple[str, str, float] | None

CONSOLES: dict[str, Sequence[tuple[str, object]]] = {
    "eos": EOS,
    "grandma3": GRANDMA3,
    "magicq": MAGICQ,
    "qlcplus": QLCPLUS,
}


def played(desk: Desk, control: Control, number: int) -> Expected:
    """What the desk makes of one packet. Every packet has a second to itself, so that no GO meets the guard."""
    _, messages = drain(desk, control, 60 * number)
    assert len(messages) <= 1
    return (messages[0].kind, messages[0].target, messages[0].value) if messages else None


@pytest.mark.parametrize("name", CONSOLES)
def test_a_console_plays_the_show_over_udp(name: str) -> None:
    with (
        Desk(SCORE, DeskOptions(osc_port=0, map_file=DESKS / f"{name}.yaml")) as desk,
        udp_console(desk.osc.port if desk.osc else 0) as console,
    ):
        for number, (packet, expected) in enumerate(CONSOLES[name], start=1):
            console.send_packet(bytes.fromhex(packet))
            wait_for(desk, number)
            assert played(desk, initial_control(SCORE), number) == expected, packet
        assert desk.statistics().refused == {}


@pytest.mark.parametrize("frame", [with_length, with_slip])
def test_eos_speaks_tcp_in_both_versions_of_osc(frame: Callable[[bytes], bytes]) -> None:
    with (
        Desk(SCORE, DeskOptions(osc_port=0, map_file=DESKS / "eos.yaml")) as desk,
        tcp_console(desk.osc.port if desk.osc else 0) as connection,
    ):
        connection.sendall(b"".join(frame(bytes.fromhex(packet)) for packet, _ in EOS))
        wait_for(desk, len(EOS))
        _, messages = drain(desk, initial_control(SCORE), 60)
        assert [message.target for message in messages] == ["2.5", "/master", "/p/warmth"]
        assert desk.statistics().refused == {"double GO": 2}  # three GOs in one frame


def test_grandma3_sends_a_fade_time_with_the_level() -> None:
    with (
        Desk(SCORE, DeskOptions(osc_port=0, map_file=DESKS / "grandma3.yaml")) as desk,
        udp_console(desk.osc.port if desk.osc else 0) as console,
    ):
        console.send_packet(bytes.fromhex(GRANDMA3[1][0]))
        wait_for(desk, 1)
        control, messages = drain(desk, initial_control(SCORE), 0)
        assert messages[0].fade_seconds == 5.0
        assert control.value_at("/master", 150) == 0.75
