"""One process that the house has started: its end, its heartbeats and its standard error, as things to wait for."""

from __future__ import annotations

import contextlib
import os
import secrets
import selectors
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence

from installation.errors import DeviceError
from installation.owner import Owner

OUTPUT_BYTES = 64 * 1024
"""Of standard error that an incident keeps: the tracebacks of some forty threads."""

DATAGRAM_BYTES = 4096

CUE = b"\n"
"""What one that waits is sent on its standard input when it is to begin."""

MALLOC_ENVIRONMENT = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": str(128 * 1024)}
"""For glibc. It would else give every thread a heap of its own, with holes in each where pictures come and go; and it
would take ever larger buffers from heaps, since it learns from those that were freed. With a threshold that stays where
it begins, large pictures lie beside the heaps and go back to the system whole."""


class ChildProcess(Owner):
    """A started process; `receive` takes in what it has said since. Closing it kills what is left of its process group.

    `frame_number` is the last that it reported, `dark` the outputs whose monitors were away then; `heartbeats` counts
    its heartbeats. Its standard error is passed on.
    """

    def __init__(self, command: Sequence[str], kept_fds: Sequence[int] = (), *, waits: bool = False) -> None:
        """Start `command`; raises DeviceError where it cannot be started. One that `waits` begins when told: `cue`."""
        self.ready = False
        self.asked = False
        self.loaded = False
        self.heartbeats = 0
        self.frame_number: int | None = None
        self.dark: tuple[str, ...] = ()
        self.status = ""
        self._output: deque[bytes] = deque()
        self._output_bytes = 0
        with _told_as_device_error(command[0]), contextlib.ExitStack() as owned:
            self._selector = owned.enter_context(selectors.EpollSelector())
            # An abstract address: no file is left behind, and nobody guesses it.
            address = f"installation-{secrets.token_hex(16)}"
            self._socket = owned.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
            self._socket.bind("\0" + address)
            self._socket.setblocking(False)
            environment = MALLOC_ENVIRONMENT | os.environ | {"NOTIFY_SOCKET": "@" + address, "PYTHONFAULTHANDLER": "1"}
            environment.pop("WATCHDOG_USEC", None)
            self._process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.PIPE if waits else None,
                stderr=subprocess.PIPE,
                start_new_session=True,
                pass_fds=kept_fds,
            )
            owned.callback(self._end)
            if self._process.stdin is not None:
                owned.callback(self._process.stdin.close)
            assert self._process.stderr is not None
            self._errors = owned.enter_context(self._process.stderr)
            os.set_blocking(self._errors.fileno(), False)
            self._pidfd = os.pidfd_open(self._process.pid)
            owned.callback(os.close, self._pidfd)
            for source in (self._pidfd, self._socket, self._errors):
                self._selector.register(source, selectors.EVENT_READ)
            self._owned = owned.pop_all()

    def fileno(self) -> int:
        """Readable when there is something to hear."""
        return self._selector.fileno()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for the signal that ended it."""
        # Not reaped before close: until then its number is its own, so that signals cannot meet a stranger.
        ended = os.waitid(os.P_PIDFD, self._pidfd, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is None:
            return None
        return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status

    @property
    def output(self) -> str:
        """The end of its standard error."""
        return b"".join(self._output)[-OUTPUT_BYTES:].decode(errors="replace")

    def receive(self) -> None:
        """Take in heartbeats and standard error that have come since."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self._notified(self._socket.recv(DATAGRAM_BYTES))
        with contextlib.suppress(BlockingIOError):
            while piece := os.read(self._errors.fileno(), OUTPUT_BYTES):
                self._keep(piece)
            if self._errors in self._selector.get_map():
                self._selector.unregister(self._errors)

    def cue(self) -> None:
        """Let one that waits begin; one that has ended meanwhile is noticed as any other end."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError), self._process.stdin as words:
            words.write(CUE)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal; nothing happens where it has ended."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, number)

    def abort(self) -> None:
        """Make it say where it hangs, and die: SIGABRT prints all tracebacks; SIGCONT, because it may be stopped."""
        self.send(signal.SIGABRT)
        self.send(signal.SIGCONT)

    def kill(self) -> None:
        """End it and all that it has started, at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """Kill what is left and release everything; twice is fine."""
        self._owned.close()

    def _end(self) -> None:
        self.kill()
        self._process.wait()

    def _notified(self, datagram: bytes) -> None:
        for line in datagram.decode(errors="replace").splitlines():
            name, _, value = line.partition("=")
            if name == "WATCHDOG" and value == "1":
                self.heartbeats += 1
            elif name == "READY" and value == "1":
                self.ready = True
            elif name == "X_ASKED" and value == "1":
                self.asked = True
            elif name == "X_LOADED" and value == "1":
                self.loaded = True
            elif name == "X_DARK":
                self.dark = tuple(filter(None, value.split(",")))
            elif name == "STATUS":
                self.status = value
            elif name == "X_FRAME" and value.isdecimal():
                self.frame_number = int(value)

    def _keep(self, piece: bytes) -> None:
        self._output.append(piece)
        self._output_bytes += len(piece)
        while self._output_bytes - len(self._output[0]) > OUTPUT_BYTES:
            self._output_bytes -= len(self._output.popleft())
        with contextlib.suppress(OSError):
            sys.stderr.buffer.write(piece)
            sys.stderr.buffer.flush()


@contextlib.contextmanager
def _told_as_device_error(program: str) -> Iterator[None]:
    """No such program, no more files, no memory: nothing of which ends the house."""
    try:
        yield
    except OSError as error:
        raise DeviceError(f"{program}: {error.strerror}; the house cannot start it") from None
