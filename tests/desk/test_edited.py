"""The desk follows an edited score."""

from __future__ import annotations

import json
from dataclasses import replace

import httpx
import pytest
from websockets.sync.client import connect

from installation.desk.addresses import AddressSpace
from installation.desk.desk import Desk, DeskOptions
from installation.errors import RefusedError
from installation.show.control import Message, initial_control
from installation.show.score import Parameter
from tests.desk.console import PATIENCE_SECONDS, drain, udp_console, wait_for
from tests.desk.scores import tide

OLD = tide()
NEW = replace(
    OLD,
    title="Spring tide",
    cues=(replace(OLD.cues[0], id="spring"), *OLD.cues[1:]),
    parameters=(Parameter("zoom", 1.0, 1.0, 5.0),),
)


def test_messages_are_about_the_edited_score() -> None:
    with Desk(OLD, DeskOptions()) as desk:
        desk.tell(0, initial_control(OLD))
        assert desk.space.find("/cue/ebb/go")
        desk.play(NEW, AddressSpace(NEW))
        assert desk.space.find("/cue/spring/go")
        for gone in ("/cue/ebb/go", "/p/warmth"):
            with pytest.raises(RefusedError):
                desk.space.find(gone)
        desk.put(Message(0, 0, "go", "spring", source="page"))
        [message] = desk.drain(5, initial_control(NEW))
        assert message.target == "spring"
        desk.tell(6, initial_control(NEW).apply(message))


def test_a_fader_in_the_hand_moves_within_its_new_range_and_one_that_went_is_refused() -> None:
    with Desk(OLD, DeskOptions(osc_port=0)) as desk:
        assert desk.osc is not None
        with udp_console(desk.osc.port) as console:
            for value in (0.25, 0.5):
                console.send("/p/zoom", value)
                console.send("/p/warmth", value)
                wait_for(desk, round(8 * value))
            _, messages = drain(desk, initial_control(OLD), 1)
            assert {one.target: one.value for one in messages} == {"/p/zoom": 5.0, "/p/warmth": 0.5}
            desk.play(NEW, AddressSpace(NEW))
            console.send("/p/zoom", 0.5)
            console.send("/p/warmth", 0.5)
            wait_for(desk, 6)
            _, messages = drain(desk, initial_control(NEW), 2)
            assert [(one.target, one.value) for one in messages] == [("/p/zoom", 3.0)]
            assert desk.statistics().refused == {"unknown address": 1}


def test_oscquery_clients_are_told_what_has_changed_and_see_it() -> None:
    with Desk(OLD, DeskOptions()) as desk:
        port = desk.serve(0, announce=False)
        drain(desk, initial_control(OLD), 1)
        with connect(f"ws://127.0.0.1:{port}/", open_timeout=PATIENCE_SECONDS, proxy=None) as websocket:
            websocket.send(json.dumps({"COMMAND": "LISTEN", "DATA": "/p/warmth"}))
            assert isinstance(websocket.recv(PATIENCE_SECONDS), bytes)
            desk.play(NEW, AddressSpace(NEW))
            drain(desk, initial_control(NEW), 2)
            told = [json.loads(websocket.recv(PATIENCE_SECONDS)) for _ in range(3)]
        assert told == [{"COMMAND": "PATH_CHANGED", "DATA": path} for path in ("/cue", "/p", "/standby")]
        tree = httpx.get(f"http://127.0.0.1:{port}/", timeout=PATIENCE_SECONDS).json()["CONTENTS"]
        assert "spring" in tree["cue"]["CONTENTS"]
        assert tree["p"]["CONTENTS"].keys() == {"zoom"}
        info = httpx.get(f"http://127.0.0.1:{port}/?HOST_INFO", timeout=PATIENCE_SECONDS).json()
        assert (info["NAME"], info["EXTENSIONS"]["PATH_CHANGED"]) == ("Spring tide", True)


def test_consoles_are_told_of_faders_that_an_edit_brings() -> None:
    with Desk(OLD, DeskOptions(osc_port=0)) as desk:
        assert desk.osc is not None
        with udp_console(desk.osc.port) as console:
            console.send("/sync")
            wait_for(desk, 1)
            drain(desk, initial_control(OLD), 1)
            console.hear_until("/atlas/p/warmth")
            later = replace(NEW, parameters=(Parameter("mist", 0.25),))
            desk.play(later, AddressSpace(later))
            drain(desk, initial_control(later), 2)
            assert console.hear_until("/atlas/p/mist") == (0.25,)


def test_a_hundred_edits_under_a_listening_desk_raise_nowhere() -> None:
    """The desk's own thread tells what the player said, while that plays another score already."""
    with Desk(OLD, DeskOptions(osc_port=0, feedback=("127.0.0.1:9",))) as desk:
        for number in range(100):
            played = (OLD, NEW)[number % 2]
            desk.play(played, AddressSpace(played))
            drain(desk, initial_control(played), number)
            desk.publisher.tick()
        assert desk.statistics().failures == {}
