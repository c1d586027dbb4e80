"""A desk at work: real sockets on loopback."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack, closing

import httpx
import pytest

from installation.desk.counters import Latency
from installation.desk.desk import Desk, DeskOptions
from installation.desk.network.osc_server import MAX_SILENT_CONNECTIONS, OscServer, Peer
from installation.desk.network.osc_wire import Framing, encode_message
from installation.errors import DeviceError, ScoreError
from installation.show.control import Control, Message, initial_control
from tests.desk.console import (
    PATIENCE_SECONDS,
    Udp,
    drain,
    hear_from,
    tcp_console,
    udp_console,
    wait_for,
    with_length,
    with_slip,
)
from tests.desk.scores import tide

SCORE = tide()


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Desk(SCORE, DeskOptions(osc_port=0)) as desk:
        yield desk


@pytest.fixture
def console(desk: Desk) -> Iterator[Udp]:
    with udp_console(port_of(desk)) as console:
        yield console


@pytest.fixture
def control() -> Control:
    return initial_control(SCORE)


def port_of(desk: Desk) -> int:
    assert desk.osc is not None
    return desk.osc.port


def test_a_message_between_two_frames_is_in_the_next_frame(desk: Desk, console: Udp, control: Control) -> None:
    control, _ = drain(desk, control, 99)
    console.send("/master", 0.25)
    console.send("/go")
    wait_for(desk, 2)
    control, messages = drain(desk, control, 100)
    assert [(one.frame, one.sequence, one.kind, one.target) for one in messages] == [
        (100, 0, "set", "/master"),
        (100, 1, "go", "flood"),
    ]
    assert control.value_at("/master", 100) == 0.25
    assert drain(desk, control, 101)[1] == []
    assert desk.statistics().latency_frames == Latency(1, 1)
    console.send("/master", 0.75)
    wait_for(desk, 3)
    drain(desk, control, 105)
    assert desk.statistics().latency_frames == Latency(4, 4)


@pytest.mark.parametrize("frame", [with_length, with_slip])
def test_osc_over_tcp_in_either_framing(desk: Desk, control: Control, frame: object) -> None:
    assert callable(frame)
    with tcp_console(port_of(desk)) as connection:
        connection.sendall(frame(encode_message("/master", 0.5)) + frame(encode_message("/go"))[:5])
        wait_for(desk, 1)
        connection.sendall(frame(encode_message("/go"))[5:])
        wait_for(desk, 2)
        control, messages = drain(desk, control, 1)
        assert [message.kind for message in messages] == ["set", "go"]
        connection.sendall(frame(encode_message("/sync")))
        framing = Framing()
        assert hear_from(connection, framing, "/atlas/cue") == ("flood",)
        assert framing.kind == ("SLIP" if frame is with_slip else "length prefix")


def test_idle_tcp_clients_shut_nobody_out(desk: Desk, control: Control) -> None:
    with ExitStack() as opened:
        spoken = opened.enter_context(tcp_console(port_of(desk)))
        spoken.sendall(with_length(encode_message("/master", 0.5)))
        wait_for(desk, 1)
        for _ in range(3 * MAX_SILENT_CONNECTIONS):
            opened.enter_context(tcp_console(port_of(desk)))
        with tcp_console(port_of(desk)) as late:
            late.sendall(with_length(encode_message("/go")))
            wait_for(desk, 2)
        spoken.sendall(with_length(encode_message("/sync")))
        wait_for(desk, 3)
        _, messages = drain(desk, control, 1)
        assert [message.kind for message in messages] == ["set", "go"]
        assert hear_from(spoken, Framing(), "/atlas/cue")


def test_a_second_go_within_half_a_second_is_refused_and_everybody_sees_it(
    desk: Desk, console: Udp, control: Control
) -> None:
    console.send("/go")
    console.send("/go")
    wait_for(desk, 2)
    _, messages = drain(desk, control, 0)
    assert len(messages) == 1
    address, reason, sentence = console.hear_until("/atlas/error")
    assert (address, reason) == ("/go", "double GO")
    assert "wait 0.5 s" in str(sentence)
    statistics = desk.statistics()
    assert (statistics.queued, statistics.applied, statistics.refused) == (2, 1, {"double GO": 1})


def test_a_console_that_is_passed_over_is_told_so(desk: Desk, console: Udp, control: Control) -> None:
    console.send("/engage", 0)
    wait_for(desk, 1)
    control, _ = drain(desk, control, 0)
    console.send("/blackout")
    wait_for(desk, 2)
    control, _ = drain(desk, control, 1)
    assert control.blackout.target == 1.0
    assert console.hear_until("/atlas/error")[:2] == ("/blackout", "disengaged")
    console.send("/panic")
    wait_for(desk, 3)
    control, _ = drain(desk, control, 2)
    assert control.panic.target == 0.0


def test_feedback_goes_to_a_whole_network(control: Control) -> None:
    with (
        closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as listener,
        closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as other,
    ):
        for one in (listener, other):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.settimeout(10.0)
        listener.bind(("127.255.255.255", 0))
        port = listener.getsockname()[1]
        with Desk(SCORE, DeskOptions(feedback=(f"127.255.255.255:{port}",))) as desk:
            drain(desk, control, 1)
            assert listener.recv(65_536)


def test_feedback_that_is_never_sent_is_told_once(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    target = Peer("udp", "127.0.0.1", 0)  # no port that anybody can have
    server = OscServer("127.0.0.1", 0, desk.intake, target.__eq__)
    try:
        assert [server.send(b"/x\0\0", target) for _ in range(3)] == [False] * 3
    finally:
        for bound in (*server._udp, *server._tcp):
            bound.close()
    assert [record.getMessage().split(":")[0] for record in caplog.records] == ["OSC"]


def test_a_mistake_is_answered_and_changes_nothing(desk: Desk, console: Udp, control: Control) -> None:
    console.send("/master", 1.5)
    console.send("/mastr", 0.5)
    console.send_packet(b"nonsense")
    assert console.hear_until("/atlas/error")[:2] == ("/master", "out of range")
    assert console.hear_until("/atlas/error")[:2] == ("/mastr", "unknown address")
    assert console.hear_until("/atlas/error")[:2] == ("", "malformed")
    assert drain(desk, control, 0) == (control, [])
    assert desk.statistics().refused == {"out of range": 1, "unknown address": 1, "malformed": 1}


def test_a_console_hears_the_cue_at_once_and_the_time_that_is_left(desk: Desk, console: Udp, control: Control) -> None:
    console.send("/sync")
    wait_for(desk, 1)
    console.send("/cue/flood/go")
    wait_for(desk, 2)
    control, _ = drain(desk, control, 60)
    assert console.hear_until("/atlas/cue") == ("flood",)
    assert console.hear_until("/atlas/standby") == ("slack",)
    assert console.hear_until("/atlas/remaining") == (-1.0,)  # it holds until GO
    assert console.hear_until("/atlas/heartbeat") == (60,)


def test_sync_says_everything(desk: Desk, console: Udp, control: Control) -> None:
    drain(desk, control, 0)
    console.send("/sync")
    said = {}
    while "/atlas/p/zoom" not in said:
        message = console.hear()
        said[message.address] = message.arguments
    assert said["/atlas/cue"] == ("ebb",)
    assert said["/atlas/master"] == (1.0,)
    assert said["/atlas/p/warmth"] == (0.5,)
    assert said["/atlas/p/zoom"] == (0.0,)


def test_a_bundle_for_a_time_tag_waits_for_it(control: Control) -> None:
    now = 1_800_000_000.0
    clock = [now]
    with Desk(SCORE, DeskOptions(osc_port=0), wall=lambda: clock[0]) as desk, udp_console(port_of(desk)) as console:
        element = encode_message("/go")
        time_tag = struct.pack(">II", int(now) + 2_208_988_800 + 2, 0)
        console.send_packet(b"#bundle\0" + time_tag + struct.pack(">i", len(element)) + element)
        wait_for(desk, 1)
        assert drain(desk, control, 0)[1] == []
        clock[0] += 2.0
        assert [message.kind for message in drain(desk, control, 120)[1]] == ["go"]


def look_again(desk: Desk) -> None:
    """What the desk does by itself after a pause."""
    for service in list(desk.services):
        service.step()


def test_a_port_in_use_is_said_with_a_way_out_and_joined_when_it_is_free(control: Control) -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with Desk(SCORE, DeskOptions(osc_port=port)) as desk:
            (sentence,) = desk.missing
            assert f"port {port} of 127.0.0.1" in sentence
            assert "choose another port" in sentence
            assert drain(desk, control, 0)[1] == []
            taken.close()
            look_again(desk)
            assert desk.missing == ()
            with udp_console(port_of(desk)) as console:
                console.send("/go")
                wait_for(desk, 1)
            assert [message.kind for message in drain(desk, control, 120)[1]] == ["go"]


def test_a_web_port_in_use_ends_nothing_and_is_joined_when_it_is_free(desk: Desk) -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = desk.serve(taken.getsockname()[1], announce=False)
        (sentence,) = desk.missing
        assert f"port {port} of 127.0.0.1 over TCP" in sentence
        other = desk.serve(port, announce=False, or_any=True)
        assert other not in (0, port)
    look_again(desk)
    assert desk.missing == ()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_console_on_this_machine_is_heard_and_told_at_either_of_its_addresses(
    control: Control, transport: str
) -> None:
    family, kind = socket.AF_INET6, socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    try:
        socket.create_server(("::1", 0), family=family).close()
    except OSError:
        pytest.skip("a machine without IPv6")
    with Desk(SCORE, DeskOptions(osc_port=0)) as desk, closing(socket.socket(family, kind)) as console:
        console.settimeout(PATIENCE_SECONDS)
        console.connect(("::1", port_of(desk)))
        drain(desk, control, 0)
        packet = encode_message("/master", 0.25)
        console.sendall(packet if transport == "udp" else with_length(packet))
        wait_for(desk, 1)
        assert [message.source for message in drain(desk, control, 1)[1]] == ["osc:::1"]
        assert b"/atlas" in console.recv(65_536)


def test_localhost_is_both_of_its_addresses() -> None:
    with Desk(SCORE, DeskOptions(host="localhost")) as desk:
        port = desk.serve(0, announce=False)
        assert httpx.get(f"http://127.0.0.1:{port}/master?VALUE").status_code == 200
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError:
            pytest.skip("a machine without IPv6")
        assert httpx.get(f"http://[::1]:{port}/master?VALUE").status_code == 200


def test_an_address_that_is_not_there_yet_is_named_with_those_that_are() -> None:
    with Desk(SCORE, DeskOptions(osc_port=0, host="192.0.2.77", allow=("192.0.2.0/24",))) as desk:
        (sentence,) = desk.missing
    assert "192.0.2.77 is not an address of this machine now; it has" in sentence
    assert "another port" not in sentence


def test_a_console_whose_name_nobody_knows_yet_is_told_once_it_does(
    monkeypatch: pytest.MonkeyPatch, control: Control
) -> None:
    known: dict[str, str] = {"localhost": "127.0.0.1"}

    def resolved(host: str) -> str:
        if host not in known:
            raise DeviceError(f"host {host!r}: nobody knows it")
        return known[host]

    monkeypatch.setattr("installation.desk.desk.resolve_host", resolved)
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as tablet:
        tablet.bind(("127.0.0.1", 0))
        tablet.settimeout(PATIENCE_SECONDS)
        port = tablet.getsockname()[1]
        with Desk(SCORE, DeskOptions(feedback=(f"tablet.local:{port}",))) as desk:
            look_again(desk)
            assert f"feedback to tablet.local:{port}: host 'tablet.local'" in desk.missing[0]
            drain(desk, control, 0)
            known["tablet.local"] = "127.0.0.1"
            look_again(desk)
            assert desk.missing == ()
            drain(desk, control, 1)
            assert tablet.recv(65_536).startswith(b"/atlas/")


def test_a_desk_for_everybody_needs_an_allow_list_or_a_passcode() -> None:
    with pytest.raises(ScoreError, match="--allow"):
        Desk(SCORE, DeskOptions(osc_port=0, host="0.0.0.0"))


def test_closing_twice_is_fine_and_gives_the_port_back(desk: Desk) -> None:
    port = port_of(desk)
    desk.close()
    desk.close()
    with Desk(SCORE, DeskOptions(osc_port=port)) as again:
        assert port_of(again) == port


def test_a_client_that_never_reads_loses_feedback_and_keeps_its_go(desk: Desk, control: Control) -> None:
    with closing(socket.socket()) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.connect(("127.0.0.1", port_of(desk)))
        drain(desk, control, 0)
        connection.sendall(with_length(encode_message("/sync")))
        wait_for(desk, 1)
        assert desk.osc is not None
        (peer,) = desk.osc.connections
        while not desk.statistics().feedback_dropped:
            desk.loop.call(desk.publisher.feedback.dump, peer, desk.publisher.values())
            wait_for(desk, 1)
        connection.sendall(with_length(encode_message("/go")))
        wait_for(desk, 2)
        assert [message.kind for message in drain(desk, control, 1)[1]] == ["go"]
        assert desk.statistics().failures == {}


def test_a_stream_that_is_no_osc_is_closed_and_counted(desk: Desk) -> None:
    with tcp_console(port_of(desk)) as connection:
        connection.sendall(b"HELO desk\r\n")
        answer = b""
        while data := connection.recv(1_000):
            answer += data
        assert b"/atlas/error" in answer
    assert desk.statistics().refused == {"framing": 1}


def test_an_audition_from_a_console_is_told_to_everybody(desk: Desk, console: Udp, control: Control) -> None:
    control, _ = drain(desk, control, 4)
    console.send("/sync")
    assert console.hear_until("/atlas/out/left/audition") == ("",)
    console.send("/out/left/audition", "slack")
    wait_for(desk, 2)
    control, [message] = drain(desk, control, 5)
    assert (message.kind, message.target, message.output) == ("audition", "slack", "left")
    assert console.hear_until("/atlas/out/left/audition") == ("slack",)
    console.send("/out/*/return")
    wait_for(desk, 3)
    control, _ = drain(desk, control, 6)
    assert console.hear_until("/atlas/out/left/audition") == ("",)


def test_what_a_locked_show_refuses_is_counted_and_the_console_is_heard(
    desk: Desk, console: Udp, control: Control
) -> None:
    console.send("/lock", 1)
    wait_for(desk, 1)
    control, _ = drain(desk, control, 5)
    desk.put(Message(0, 0, "set", "/master", 0.5, source="page:10.0.0.7"))
    console.send("/out/left/level", 0.25)
    wait_for(desk, 3)
    control, messages = drain(desk, control, 6)
    assert [message.target for message in messages] == ["/out/left/level"]
    assert desk.statistics().refused == {"locked": 1}
    sentence = "/master: the show is locked; unlock it first"
    assert console.hear_until("/atlas/error") == ("/set", "locked", sentence)


def test_a_message_that_breaks_the_fold_costs_itself_and_not_the_show(
    desk: Desk, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply = Control.apply

    def broken(self: Control, message: Message) -> Control:
        if message.kind == "panic":
            raise ZeroDivisionError("a mistake in the fold")
        return apply(self, message)

    monkeypatch.setattr(Control, "apply", broken)
    for kind in ("panic", "pause"):
        desk.put(Message(0, 0, kind, source="keyboard"))
    assert [message.kind for message in drain(desk, control, 0)[1]] == ["pause"]
    assert desk.statistics().failures == {"/panic ": 1}
