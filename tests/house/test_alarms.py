"""Alarms: told once, again after hours, and when it is over; to a receiver on this machine."""

from __future__ import annotations

import json
import logging
import socketserver
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from installation.errors import DeviceError, ScoreError
from installation.failures import FailureLog
from installation.house.alarm_post import AlarmPost, Send, place_of, sender_for
from installation.house.alarm_watch import AlarmWatch, troubles
from installation.house.alarms import AlarmBook, News, QuietHours, Trouble, quiet_hours
from installation.house.display_power import DisplayState
from installation.house.supervisor import HouseState, HouseStatistics

PATIENCE_SECONDS = 10.0

DARK = {"output left": Trouble("output left is dark", 10.0)}
STANDS = {"show": Trouble("the show stands", grave=True)}

APPRISE_WARNS = pytest.mark.filterwarnings("ignore:'imghdr':DeprecationWarning")
"""Of a module of Python's that it still uses."""

NOON = datetime(2030, 6, 1, 12, 0).timestamp()
MIDNIGHT = datetime(2030, 6, 1, 0, 30).timestamp()


def told(book: AlarmBook, troubles_now: dict[str, Trouble], now: float, wall: float = NOON) -> list[tuple[str, str]]:
    return [(one.kind, one.name) for one in book.step(troubles_now, now, wall + now)]


def test_an_alarm_is_told_once_then_again_after_hours_and_when_it_is_over() -> None:
    book = AlarmBook(remind_seconds=3_600.0)
    assert told(book, DARK, 0.0) == []
    assert told(book, DARK, 9.0) == []
    assert told(book, DARK, 10.0) == [("alarm", "output left")]
    assert told(book, DARK, 3_000.0) == []
    assert told(book, DARK, 3_611.0) == [("reminder", "output left")]
    assert told(book, {}, 3_700.0) == [("all-clear", "output left")]
    assert told(book, {}, 3_701.0) == []


def test_what_passes_before_its_time_is_never_told() -> None:
    book = AlarmBook()
    for now in range(0, 100, 10):
        assert told(book, DARK if now % 20 else {}, float(now)) == []


def test_quiet_hours_let_through_only_what_is_grave() -> None:
    book = AlarmBook(quiet=QuietHours(22 * 60, 7 * 60))
    assert told(book, DARK | STANDS, 20.0, MIDNIGHT) == [("alarm", "show")]
    assert told(book, DARK, 40.0, MIDNIGHT) == [("all-clear", "show")]
    assert told(book, DARK, 8 * 3_600.0, MIDNIGHT) == [("alarm", "output left")]


def test_what_ends_in_quiet_hours_is_told_in_the_morning() -> None:
    book = AlarmBook(quiet=QuietHours(0, 7 * 60))
    assert told(book, DARK, 0.0, MIDNIGHT - 3_600.0) == []
    assert told(book, DARK, 20.0, MIDNIGHT - 3_600.0) == [("alarm", "output left")]
    assert told(book, {}, 3_700.0, MIDNIGHT - 3_600.0) == []
    assert told(book, {}, 9 * 3_600.0, MIDNIGHT - 3_600.0) == [("all-clear", "output left")]


@pytest.mark.parametrize("text", ["22-7", "25:00-07:00", "22:00", "22:00-07:60", ""])
def test_quiet_hours_that_are_none_are_told(text: str) -> None:
    with pytest.raises(ScoreError, match="22:00-07:00"):
        quiet_hours(text)
    assert quiet_hours("22:00-07:00") == QuietHours(1_320, 420)


def house(state: HouseState = "playing", safe_picture: bool = False, dark: tuple[str, ...] = ()) -> HouseStatistics:
    return HouseStatistics(state, 1, 4, 0, 4, safe_picture, None, 1, 2, None, dark=dark)


def test_what_the_house_looks_at() -> None:
    displays = {"wall": DisplayState("off", wanted=True), "floor": DisplayState("off", wanted=False)}
    assert troubles(house(), {}, 10**12, 0.3) == {}
    found = troubles(house("pausing", True, ("left",)), displays, 10**6, -3_600.0)
    assert found.keys() == {"show", "safe picture", "output left", "display wall", "disk", "clock"}
    assert {name for name, one in found.items() if one.grave} == {"show", "safe picture"}


class Receiver(BaseHTTPRequestHandler):
    """A webhook on this machine."""

    said: list[dict[str, object]]

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.said.append(json.loads(self.rfile.read(length)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


class Mailbox(socketserver.StreamRequestHandler):
    """As much of a mail server as one mail takes."""

    mails: list[str]

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            word = line.split()[0].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = []
                while (line := self.rfile.readline()) != b".\r\n":
                    lines.append(line.decode())
                self.mails.append("".join(lines))
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 fine\r\n")
            if word == b"QUIT":
                return


@contextmanager
def serving(server: socketserver.TCPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def wait_until(condition: Callable[[], object]) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.002)  # gives way to the thread that is waited for


NEWS = News("alarm", "disk", "the disk is filling up: 3 MiB are free", NOON)


def test_a_webhook_gets_an_alarm_and_its_all_clear(tmp_path: Path) -> None:
    Receiver.said = []
    now = [0.0]
    with (
        serving(HTTPServer(("127.0.0.1", 0), Receiver)) as port,
        AlarmPost([f"http://127.0.0.1:{port}/hook?key=secret"], "tide") as post,
    ):
        watch = AlarmWatch(
            AlarmBook(), post, tmp_path, dict, FailureLog(logging.getLogger()), lambda: now[0], lambda: now[0]
        )
        for now[0], safe in ((1.0, True), (2.5, True), (4.0, False)):
            watch.step(house(safe_picture=safe))
        wait_until(lambda: len(Receiver.said) == 2)
    assert [(one["kind"], one["name"], one["show"]) for one in Receiver.said] == [
        ("alarm", "safe picture", "tide"),
        ("all-clear", "safe picture", "tide"),
    ]


def test_mail_is_sent() -> None:
    Mailbox.mails = []
    with serving(socketserver.TCPServer(("127.0.0.1", 0), Mailbox)) as port:
        sender_for(f"smtp://127.0.0.1:{port}?from=player@museum.lan&to=night@museum.lan")(NEWS, "tide")
    (mail,) = Mailbox.mails
    assert "Subject: tide: alarm: disk" in mail
    assert "To: night@museum.lan" in mail
    assert "the disk is filling up" in mail


def test_mail_is_sent_of_a_show_whose_title_has_several_lines() -> None:
    Mailbox.mails = []
    with serving(socketserver.TCPServer(("127.0.0.1", 0), Mailbox)) as port:
        sender_for(f"smtp://127.0.0.1:{port}?from=player@museum.lan&to=night@museum.lan")(NEWS, "tide\r\nBcc: a@b")
    (mail,) = Mailbox.mails
    assert "Subject: tide Bcc: a@b: alarm: disk" in mail


def test_two_addresses_on_one_host_are_two() -> None:
    arrived: list[str] = []

    def senders(address: str) -> Send:
        return lambda _news, _show: arrived.append(address)

    addresses = ["https://hooks.example/first", "https://hooks.example/second"]
    with AlarmPost(addresses, "tide", senders=senders) as post:
        post.put(NEWS)
        wait_until(lambda: len(arrived) == 2)
    assert arrived == addresses


@APPRISE_WARNS
def test_apprise_sends_to_whatever_it_knows() -> None:
    Receiver.said = []
    with serving(HTTPServer(("127.0.0.1", 0), Receiver)) as port:
        sender_for(f"json://127.0.0.1:{port}/")(NEWS, "tide")
    assert Receiver.said[0]["title"] == "tide: alarm: disk"


def test_what_does_not_arrive_is_sent_again_and_keeps_nobody_waiting(caplog: pytest.LogCaptureFixture) -> None:
    arrived: dict[str, list[str]] = {"good": [], "bad": []}
    failing = [3]

    def senders(address: str) -> Send:
        def send(news: News, _show: str) -> None:
            if address == "https://bad" and failing[0]:
                failing[0] -= 1
                raise DeviceError("nobody answers")
            arrived[address.removeprefix("https://")].append(news.sentence)

        return send

    with AlarmPost(["https://bad", "https://good"], "tide", pauses=(0.001,), senders=senders) as post:
        for number in range(3):
            post.put(News("alarm", "disk", f"{number}", 0.0))
        wait_until(lambda: len(arrived["bad"]) == 3)
    assert arrived == {"good": ["0", "1", "2"], "bad": ["0", "1", "2"]}
    assert caplog.text.count("alarms to https://bad failed") == 1


@APPRISE_WARNS
@pytest.mark.parametrize(
    "address", ["", "nowhere", "http://", "smtp://host", "smtp://host?from=a@b", "https://[::1", "nosuchthing://token"]
)
def test_an_address_that_is_none_is_told_without_what_is_secret_in_it(address: str) -> None:
    with pytest.raises(ScoreError, match="--alarm"):
        sender_for(address)


def test_the_log_names_no_secrets() -> None:
    assert place_of("smtp://user:secret@mail.museum.lan:587?from=a&to=b") == "smtp://mail.museum.lan"
    assert place_of("https://hooks.example/T000/secret") == "https://hooks.example"


def test_without_apprise_the_way_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ScoreError, match=r"pip install 'installation\[alarms\]'"):
        sender_for("slack://token")
