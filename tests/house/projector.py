"""A projector that speaks PJLink class 1, for tests: a real server on this machine."""

from __future__ import annotations

import hashlib
import socketserver
import threading
from types import TracebackType
from typing import Self

RANDOM = "498e4a67"


class FakeProjector:
    """Answers on `port`. `password` empty asks for none; `answers` are given in place of its own, first one first.

    While it `is_silent` it hangs up on everybody without a word.
    """

    def __init__(self, password: str = "", answers: tuple[str, ...] = (), greeting: str | None = None) -> None:
        self.is_on = self.is_silent = False
        self.heard: list[str] = []
        self._password, self._answers = password, list(answers)
        self._greeting = greeting or (f"PJLINK 1 {RANDOM}" if password else "PJLINK 0")
        projector = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                if projector.is_silent:
                    return
                self.wfile.write(projector._greeting.encode() + b"\r")
                line = bytearray()
                while (byte := self.rfile.read(1)) and byte != b"\r":
                    line += byte
                if line:
                    self.wfile.write(projector._answer(line.decode()).encode() + b"\r")

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def answer_next(self, *answers: str) -> None:
        """Give these answers in place of its own from now on, first one first."""
        self._answers.extend(answers)

    def _answer(self, line: str) -> str:
        self.heard.append(line)
        if self._answers:
            return self._answers.pop(0)
        if self._password:
            digest = hashlib.md5((RANDOM + self._password).encode(), usedforsecurity=False).hexdigest()
            if not line.startswith(digest):
                return "PJLINK ERRA"
            line = line.removeprefix(digest)
        if line == "%1POWR ?":
            return f"%1POWR={int(self.is_on)}"
        self.is_on = line == "%1POWR 1"
        return "%1POWR=OK"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
