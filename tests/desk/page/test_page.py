"""The console page without a browser: what it tells, what it takes, and whom it cuts off."""

from __future__ import annotations

import io
import json
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import httpx
import pytest
from PIL import Image
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from installation.desk.guard import MAX_WRONG_PASSCODES, AccessGuard
from installation.desk.page.page import LOCKED_CODE, MAX_WITHOUT_PASSCODE_PER_HOST
from installation.desk.page.pictures import MAX_UNDRAWN, OutputSheet
from installation.desk.page.rate_limit import MAX_PER_SECOND
from installation.errors import Mistake
from installation.show.control import initial_control
from tests.desk.page.fake_show import FakeShow, served, small_score

PATIENCE_SECONDS = 5.0


@pytest.fixture
def show() -> Iterator[FakeShow]:
    show = FakeShow()
    with served(show) as show.port:
        yield show


def live(show: FakeShow, path: str = "live") -> ClientConnection:
    origin = Origin(f"http://127.0.0.1:{show.port}")
    return connect(f"ws://127.0.0.1:{show.port}/api/v1/{path}", compression=None, origin=origin)


def told(websocket: ClientConnection, kind: str) -> dict[str, Any]:
    """The next thing of a kind that the page tells."""
    while True:
        said: dict[str, Any] = json.loads(websocket.recv(PATIENCE_SECONDS))
        if said["type"] == kind:
            return said


def ask(websocket: ClientConnection, address: str, *numbers: float) -> dict[str, Any]:
    websocket.send(json.dumps({"number": 7, "do": address, "with": numbers}))
    while True:
        said: dict[str, Any] = json.loads(websocket.recv(PATIENCE_SECONDS))
        if said["type"] in ("done", "refused") and said["number"] == 7:
            return said


def pictures_from(websocket: ClientConnection) -> dict[str, Image.Image]:
    """Those of the next sheet, by output."""
    data = websocket.recv(PATIENCE_SECONDS)
    assert isinstance(data, bytes)
    length = int.from_bytes(data[:4])
    places, sheet = json.loads(data[4 : 4 + length])["places"], Image.open(io.BytesIO(data[4 + length :]))
    return {
        output: sheet.crop((left, top, left + width, top + height))
        for output, (left, top, width, height) in places.items()
    }


def test_a_browser_gets_the_page_and_an_oscquery_client_does_not(show: FakeShow) -> None:
    address = f"http://127.0.0.1:{show.port}/"
    page = httpx.get(address, headers={"accept": "text/html,*/*"})
    assert "<title>The Neural Image: console</title>" in page.text
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert httpx.get(address).status_code == 404
    assert httpx.get(f"{address}console/main.js").headers["content-type"].startswith("text/javascript")
    assert httpx.get(f"{address}console/../page.py").status_code == 404
    assert httpx.get(f"{address}console/%2e%2e/page.py").status_code == 404


def test_who_opens_the_page_sees_the_whole_show(show: FakeShow) -> None:
    with live(show) as websocket:
        outline = told(websocket, "outline")
        assert [(cue["id"], cue["start"], cue["end"]) for cue in outline["cues"]] == [
            ("dawn", 0.0, "follow"),
            ("tides", 10.0, "follow"),
            ("plate", 30.0, "hold"),
            ("embers", 60.0, "loop"),
        ]
        assert outline["length"] == 75.0
        assert [fader["address"] for fader in outline["faders"]][:3] == [
            "/master",
            "/out/left/level",
            "/out/centre/level",
        ]
        state = told(websocket, "state")
        assert (state["cue"], state["standby"], state["remaining_seconds"]) == ("dawn", "tides", 10.0)
        assert len(state["faders"]) == len(outline["faders"])


def test_afterwards_only_what_changed_is_told(show: FakeShow) -> None:
    with live(show) as websocket:
        told(websocket, "state")
        show.step()
        assert told(websocket, "state").keys() <= {
            "type",
            "frame",
            "seconds",
            "elapsed_seconds",
            "remaining_seconds",
            "progress",
        }


def test_go_on_one_console_is_seen_on_the_other(show: FakeShow) -> None:
    with live(show) as one, live(show) as other:
        told(other, "state")
        assert ask(one, "/go")["type"] == "done"
        while (state := told(other, "state")).get("cue") != "tides":
            pass
        assert state["standby"] == "plate"
    assert [(message.kind, message.target, message.source) for message in show.applied] == [
        ("go", "tides", "page:127.0.0.1")
    ]


@pytest.mark.parametrize(
    "said",
    [
        '{"do": "/\\ud800", "number": 1}',
        '{"do": "/master", "with": [NaN], "number": 1}',
        '{"do": "/master", "with": [1e999], "number": 1}',
        '{"do": "/mastr", "number": NaN}',
        "[" * 2_000 + "]" * 2_000,
        '{"number": ' + "9" * 4_000 + "}",
    ],
)
def test_a_hostile_message_is_refused_alone_and_everybody_hears_on(
    show: FakeShow, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    with live(show) as hostile, live(show) as other:
        told(other, "state")
        hostile.send(said)
        assert told(hostile, "refused")["sentence"]
        assert told(other, "feed")["entries"]
        assert ask(hostile, "/go")["type"] == "done"
        while not any("go" in entry["text"] for entry in told(other, "feed")["entries"]):
            pass
    assert "Traceback" not in caplog.text


def test_a_log_line_that_cannot_be_encoded_mutes_nobody(show: FakeShow) -> None:
    with live(show) as websocket:
        told(websocket, "state")
        record = logging.LogRecord("test", logging.ERROR, __file__, 1, "a file named %s", ("caf\udce9.png",), None)
        assert show.page is not None
        show.page.feed.handle(record)  # not through the logger: what a test logs goes to another process in UTF-8
        assert any("caf" in entry["text"] for entry in told(websocket, "feed")["entries"])


def test_a_second_go_at_once_is_refused_before_everybodys_eyes(show: FakeShow) -> None:
    with live(show) as one, live(show) as other:
        told(other, "state")
        ask(one, "/go")
        ask(one, "/go")
        entries: list[dict[str, Any]] = []
        while not any(entry["kind"] == "refused" for entry in entries):
            entries += told(other, "feed")["entries"]
        assert "after the last GO" in entries[-1]["text"]
    assert len(show.applied) == 1


@pytest.mark.parametrize(
    ("address", "numbers", "sentence"),
    [
        ("/nowhere", (), "no such address"),
        ("/master", (1.5,), "out of range"),
        ("/master", (float("nan"),), "not a number"),
        ("/master", (float("inf"),), "not a number"),
        ("/master", (), "a value is missing"),
        ("/master", (0.5, -1.0), "out of range"),
        ("/p/drift/value", (3.0,), "out of range"),
        ("/cue/nothing/go", (), "no cue 'nothing'"),
        ("/sync", (), "not a control"),
        ("/master", ("x",), "is not a number"),
        ("/master", (True,), "numbers and cues only"),
        ("/master", (0.1,) * 9, "a console sends"),
    ],
)
def test_nonsense_is_refused_with_a_sentence_and_moves_nothing(
    show: FakeShow, address: str, numbers: tuple[Any, ...], sentence: str
) -> None:
    with live(show) as websocket:
        told(websocket, "state")
        assert sentence in ask(websocket, address, *numbers)["sentence"]
    assert show.applied == []
    assert show.control == initial_control(show.score)


@pytest.mark.parametrize("said", ["", "{", "[]", "7", '"go"', "null", '{"do": 3}', '{"do": "/go", "with": {}}'])
def test_what_is_no_message_is_refused(show: FakeShow, said: str) -> None:
    with live(show) as websocket:
        told(websocket, "state")
        websocket.send(said)
        assert told(websocket, "refused")["sentence"]
    assert show.applied == []


def test_a_mistake_in_the_saved_score_is_shown_with_its_line(show: FakeShow) -> None:
    with live(show) as websocket:
        told(websocket, "state")
        show.mistakes = (Mistake("scores/sea.yaml", 31, 5, "layers[0].opacity", "1.4 is outside 0..1"),)
        show.step()
        assert told(websocket, "state")["mistakes"][0]["line"] == 31


def test_a_reloaded_score_brings_its_own_cues(show: FakeShow) -> None:
    with live(show) as websocket:
        told(websocket, "state")
        score = small_score("Second light")
        show.score = replace(score, cues=score.cues[:2])
        show.control = initial_control(show.score)
        show.step()
        outline = told(websocket, "outline")
        assert (outline["title"], len(outline["cues"])) == ("Second light", 2)
        assert told(websocket, "state")["standby"] == "tides"


def test_pictures_are_read_back_only_while_somebody_looks(show: FakeShow) -> None:
    page = show.page
    assert page is not None
    assert not page.pictures.wanted
    with live(show, "pictures") as websocket:
        while not page.pictures.wanted:
            pass
        show.show(left=10, centre=200)
        pictures = pictures_from(websocket)
        assert {output: picture.size for output, picture in pictures.items()} == {"left": (64, 36), "centre": (64, 36)}
        assert pictures["left"].getpixel((63, 9)) == (10, 10, 10)
        assert pictures["centre"].getpixel((0, 9)) == (200, 200, 200)
    while page.pictures.wanted:
        pass


def test_a_late_looker_sees_the_newest_picture_of_every_output(show: FakeShow) -> None:
    assert show.page is not None
    for grey in (10, 250):
        show.show(left=grey, right=grey)
    with live(show, "pictures") as websocket:
        seen: dict[str, object] = {}
        while seen != {"left": (250, 250, 250), "right": (250, 250, 250)}:
            seen = {output: picture.getpixel((9, 9)) for output, picture in pictures_from(websocket).items()}
            websocket.send("drawn")


def test_a_browser_that_draws_slowly_is_sent_no_more_than_it_draws_and_then_the_newest(show: FakeShow) -> None:
    page = show.page
    assert page is not None
    with live(show, "pictures") as websocket:
        while not page.pictures.wanted:
            pass
        for grey in range(MAX_UNDRAWN):
            show.show(left=grey)
            pictures_from(websocket)
        assert not page.pictures.wanted
        for grey in (100, 200):
            show.show(left=grey)
            while page.pictures.newest is None or page.pictures.newest.number != grey // 100 + MAX_UNDRAWN:
                pass
        websocket.send("drawn")
        assert pictures_from(websocket)["left"].getpixel((9, 9)) == (200, 200, 200)


def test_who_says_too_often_that_he_has_drawn_is_sent_away(show: FakeShow) -> None:
    with live(show, "pictures") as websocket:
        for _ in range(MAX_PER_SECOND + 2):
            websocket.send("drawn")
        with pytest.raises(ConnectionClosed, match="messages in a second"):
            websocket.recv(PATIENCE_SECONDS)


def test_a_flood_ends_its_connection_and_nobody_elses(show: FakeShow) -> None:
    with live(show) as other:
        with live(show) as websocket:
            for _ in range(MAX_PER_SECOND + 2):
                websocket.send('{"do": "/master", "with": [0.5]}')
            with pytest.raises(ConnectionClosed, match="messages in a second"):
                told(websocket, "what never comes")
        assert ask(other, "/go")["type"] == "done"
    assert len(show.applied) <= MAX_PER_SECOND + 1


def test_one_who_never_reads_is_cut_off_and_the_show_goes_on(show: FakeShow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("installation.desk.network.connections.SLOW_READER_SECONDS", 0.05)
    page = show.page
    assert page is not None
    with socket.create_connection(("127.0.0.1", show.port)) as silent:
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        silent.sendall(
            b"GET /api/v1/pictures HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        while not page.pictures.wanted:
            pass
        noise = os.urandom(4 * 1600 * 900)  # compresses badly
        while page.pictures.viewers:
            page.pictures.offer(OutputSheet(0, (1600, 900), {"left": (0, 0, 1600, 900)}, noise))
    with live(show) as other:
        assert ask(other, "/go")["type"] == "done"


@pytest.fixture
def afar(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeShow]:
    """A show with a passcode, as it looks from another machine."""
    monkeypatch.setattr("installation.desk.guard._is_loopback", lambda _: False)
    show = FakeShow()
    with served(show, AccessGuard("127.0.0.1", passcode="pagoda")) as show.port:
        yield show


def test_from_another_machine_the_passcode_comes_first(afar: FakeShow) -> None:
    with live(afar, "pictures") as pictures, pytest.raises(ConnectionClosed) as refused:
        pictures.recv(PATIENCE_SECONDS)
    assert refused.value.rcvd is not None
    assert refused.value.rcvd.code == LOCKED_CODE
    with live(afar) as websocket:
        assert json.loads(websocket.recv(PATIENCE_SECONDS)) == {"type": "locked"}
        assert "/passcode first" in ask(websocket, "/go")["sentence"]
        for sentence in (*["a wrong passcode"] * MAX_WRONG_PASSCODES, "too many wrong passcodes"):
            websocket.send(json.dumps({"passcode": "temple"}))
            assert sentence in told(websocket, "refused")["sentence"]
        websocket.send(json.dumps({"passcode": "pagoda"}))
        assert "too many wrong passcodes" in told(websocket, "refused")["sentence"]
    assert afar.applied == []


def test_those_without_the_passcode_shut_nobody_out(afar: FakeShow, monkeypatch: pytest.MonkeyPatch) -> None:
    with ExitStack() as opened:
        for _ in range(MAX_WITHOUT_PASSCODE_PER_HOST):
            told(opened.enter_context(live(afar)), "locked")
        with live(afar) as one_more, pytest.raises(ConnectionClosed, match="already open"):
            one_more.recv(PATIENCE_SECONDS)
        assert afar.page is not None
        monkeypatch.setattr(afar.page.guard, "role", lambda *_: "edit")
        with live(afar) as operator:
            told(operator, "outline")


def test_who_sends_no_passcode_makes_room_after_a_while(afar: FakeShow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("installation.desk.page.client.PASSCODE_SECONDS", 0.05)
    with live(afar) as websocket:
        told(websocket, "locked")
        with pytest.raises(ConnectionClosed, match="no passcode came"):
            websocket.recv(PATIENCE_SECONDS)


def test_the_right_passcode_opens_the_console(afar: FakeShow) -> None:
    with live(afar) as websocket:
        told(websocket, "locked")
        websocket.send(json.dumps({"passcode": "pagoda"}))
        told(websocket, "outline")
        assert ask(websocket, "/go")["type"] == "done"
    assert [message.kind for message in afar.applied] == ["go"]
