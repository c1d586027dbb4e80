"""Sends alarms to a webhook, by mail or to any service of Apprise, on its own thread, until they arrive."""

from __future__ import annotations

import json
import logging
import smtplib
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict
from email.message import EmailMessage
from urllib.error import URLError
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit
from urllib.request import Request, urlopen

from installation.errors import DeviceError, ScoreError
from installation.failures import FailureLog
from installation.house.alarms import News
from installation.owner import Owner

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10.0

PAUSES_SECONDS = (5.0, 15.0, 60.0, 300.0)
"""Pauses between tries; the last one repeats until the alarm arrives."""

MAX_WAITING = 200
"""The most news that waits to be sent; the oldest is dropped."""

MAIL_PORT, SECURE_MAIL_PORT = 587, 465

Send = Callable[[News, str], None]
"""Sends news of the show with this name; raises DeviceError."""


def sender_for(address: str) -> Send:
    """The sender for an address of `--alarm`; raises ScoreError if the address is wrong."""
    try:
        parts = urlsplit(address)
        is_right = bool(parts.scheme and (parts.netloc or parts.path.strip("/")))
        _ = parts.port
    except ValueError:
        is_right = False
    if not is_right:
        raise ScoreError(
            "--alarm: an address is such as https://hooks.example/alarm, smtp://user:password@host?from=A&to=B, "
            "or one of Apprise's"
        )
    if parts.scheme in ("http", "https"):
        return lambda news, show: _send_to_webhook(address, news, show)
    if parts.scheme in ("smtp", "smtps"):
        asked = parse_qs(parts.query)
        if not parts.hostname or not asked.get("from") or not asked.get("to"):
            raise ScoreError("--alarm smtp: name the host, the sender and the recipient: smtp://host?from=A@B&to=C@D")
        return lambda news, show: _send_mail(parts, asked["from"][0], asked["to"], news, show)
    return _apprise_sender(address)


def place_of(address: str) -> str:
    """An address without its secrets."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname or '...'}"


def _send_to_webhook(address: str, news: News, show: str) -> None:
    body = json.dumps({"show": show, **asdict(news)}).encode()
    request = Request(address, body, {"Content-Type": "application/json", "User-Agent": "installation"})
    try:
        with urlopen(request, timeout=TIMEOUT_SECONDS):
            pass
    except (URLError, OSError, ValueError) as error:
        raise DeviceError(str(getattr(error, "reason", error))) from None


def _send_mail(parts: SplitResult, sender: str, receivers: Sequence[str], news: News, show: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"] = sender, ", ".join(receivers)
    mail["Subject"] = " ".join(f"{show}: {news.kind}: {news.name}".split())  # a title may have lines, a header has none
    mail.set_content(f"{news.sentence}\n")
    secure = parts.scheme == "smtps"
    port = parts.port or (SECURE_MAIL_PORT if secure else MAIL_PORT)
    try:
        with (smtplib.SMTP_SSL if secure else smtplib.SMTP)(
            parts.hostname or "", port, timeout=TIMEOUT_SECONDS
        ) as server:
            server.ehlo()
            if not secure and server.has_extn("starttls"):
                server.starttls()
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(mail)
    except (OSError, smtplib.SMTPException) as error:
        raise DeviceError(str(error)) from None


def _apprise_sender(address: str) -> Send:
    try:
        from apprise import Apprise
    except ImportError:
        raise ScoreError(
            f"--alarm {place_of(address)}: this needs Apprise, which is not installed: "
            "pip install 'installation[alarms]'"
        ) from None
    service = Apprise()
    if not service.add(address):
        raise ScoreError(f"--alarm {place_of(address)}: Apprise knows no such service; its web site lists them")

    def send(news: News, show: str) -> None:
        if not service.notify(body=news.sentence, title=f"{show}: {news.kind}: {news.name}"):
            raise DeviceError("the service did not accept it")

    return send


class AlarmPost(Owner):
    """Owns the thread that sends. It tries again until the news arrives, in order, for each address independently."""

    def __init__(
        self,
        addresses: Sequence[str],
        show: str,
        *,
        pauses: Sequence[float] = PAUSES_SECONDS,
        senders: Callable[[str], Send] = sender_for,
    ) -> None:
        self._show, self._pauses = show, pauses
        self._failures = FailureLog(logger)
        places = [place_of(address) for address in addresses]
        self._places = [  # two addresses may be on one host
            place if places.count(place) == 1 else f"{place} ({number})" for number, place in enumerate(places, start=1)
        ]
        self._sends = [senders(address) for address in addresses]
        self._waiting: list[deque[News]] = [deque(maxlen=MAX_WAITING) for _ in addresses]
        self._changed, self._closing = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._go, name="alarms", daemon=True)
        self._thread.start()

    def put(self, news: News) -> None:
        """Send the news as soon as possible, and log it."""
        logger.log(logging.INFO if news.kind == "all-clear" else logging.WARNING, "%s: %s", news.kind, news.sentence)
        for waiting in self._waiting:
            waiting.append(news)
        self._changed.set()

    def _go(self) -> None:
        tries = 0
        while not self._closing.is_set():
            self._changed.clear()
            arrived = [self._send_all(index) for index in range(len(self._sends))]
            tries = 0 if all(arrived) else tries + 1
            pause = self._pauses[min(tries, len(self._pauses)) - 1] if tries else None
            if tries:
                self._closing.wait(pause)
            else:
                self._changed.wait()

    def _send_all(self, index: int) -> bool:
        """Send everything that waits for an address; returns whether all of it arrived."""
        waiting, what = self._waiting[index], f"alarms to {self._places[index]}"
        while waiting and not self._closing.is_set():
            news = waiting[0]
            try:
                self._sends[index](news, self._show)
            except Exception as error:  # a failing service must not stop the others or the house
                self._failures.failed(what, error)
                return False
            self._failures.succeeded(what)
            if waiting and waiting[0] is news:
                waiting.popleft()
        return True

    def close(self) -> None:
        self._closing.set()
        self._changed.set()
        self._thread.join(TIMEOUT_SECONDS)
