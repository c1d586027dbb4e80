"""One process that the house started: a selector can wait for its exit, its heartbeats and its standard error."""

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
"""The end of standard error that an incident keeps: the tracebacks of some forty threads."""

DATAGRAM_BYTES = 4096

CUE = b"\n"
"""The house sends this to the standard input of a waiting process to start it."""

MALLOC_ENVIRONMENT = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": str(128 * 1024)}
"""For glibc. By default it gives every thread its own arena, and pictures that come and go leave holes in each. It also
raises the mmap threshold with every large buffer that is freed, so that ever larger buffers come from the arenas. With
a fixed threshold, large pictures lie outside the arenas and return to the system whole."""


class ChildProcess(Owner):
    """A started process; `receive` reads its new messages. Closing it kills the rest of its process group.

    `frame_number` is the last frame that it reported, `dark` the outputs whose monitors were then disconnected;
    `heartbeats` counts its heartbeats. Its standard error is passed on.
    """

    def __init__(self, command: Sequence[str], kept_fds: Sequence[int] = (), *, waits: bool = False) -> None:
        """Start `command`; raises DeviceError if it cannot start. A process that `waits` begins with `cue`."""
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
            # An abstract address: it leaves no file behind, and nobody can guess it.
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
        """A descriptor that is readable when the process has sent something."""
        return self._selector.fileno()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for the signal that ended it."""
        # `close` reaps the process: until then its id stays reserved, so that no signal hits another process.
        ended = os.waitid(os.P_PIDFD, self._pidfd, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is None:
            return None
        return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status

    @property
    def output(self) -> str:
        """The end of its standard error."""
        return b"".join(self._output)[-OUTPUT_BYTES:].decode(errors="replace")

    def receive(self) -> None:
        """Read new heartbeats and new standard error."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self._notified(self._socket.recv(DATAGRAM_BYTES))
        with contextlib.suppress(BlockingIOError):
            while piece := os.read(self._errors.fileno(), OUTPUT_BYTES):
                self._keep(piece)
            if self._errors in self._selector.get_map():
                self._selector.unregister(self._errors)

    def cue(self) -> None:
        """Start a waiting process; if it has ended meanwhile, `exit_code` says so."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError), self._process.stdin as words:
            words.write(CUE)

    def send(self, number: signal.Signals) -> None:
        """Send the process a signal; does nothing if it has ended."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, number)

    def abort(self) -> None:
        """End a hung process: SIGABRT makes it print all tracebacks; SIGCONT wakes it if it is stopped."""
        self.send(signal.SIGABRT)
        self.send(signal.SIGCONT)

    def kill(self) -> None:
        """End the process and all its children at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """Kill the rest of the process group and release everything; may be called twice."""
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
    """Raise DeviceError for a missing program, too many open files or too little memory: none may end the house."""
    try:
        yield
    except OSError as error:
        raise DeviceError(f"{program}: {error.strerror}; the house cannot start it") from None
