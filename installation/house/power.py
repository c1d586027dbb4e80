"""Switches displays by PJLink class 1, which most projectors speak, or by commands; keeps screens awake."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
import shlex
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from typing import IO

from installation.errors import DeviceError
from installation.rig.displays import Display, Projector

logger = logging.getLogger(__name__)

PJLINK_SECONDS = 5.0
"""Projectors answer within 2 s; the class 1 document allows 30 s, 20 s of them for slow lamps."""

MAX_LINE_BYTES = 256

COMMAND_SECONDS = 30.0

PJLINK_ERRORS = {
    "ERR1": "does not know this command",
    "ERR2": "does not accept the value",
    "ERR3": "is not ready: it is warming up, cooling down or on standby",
    "ERR4": "reports a failure: lamp, fan, cover, filter or temperature",
    "ERRA": "refuses the password",
}

POWER_STATES = {"0": "off", "1": "on", "2": "cooling", "3": "warming up"}


class UnreachableError(DeviceError):
    """The display does not answer: no power, no network, or no such machine."""


def switch(display: Display, *, on: bool) -> None:
    """Switch a display on or off; raises DeviceError with the display's answer if it fails."""
    if isinstance(display, Projector):
        ask(display, "POWR", "1" if on else "0")
        return
    command = display.on if on else display.off
    # The output goes to a file: a background process of the command could hold a pipe open indefinitely.
    with _room_for_words() as file:
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                timeout=COMMAND_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise DeviceError(f"{shlex.join(command)}: {error}; try it in a terminal") from None
        file.seek(0)
        said = file.read().decode(errors="replace").strip()[-200:] or "no reason given"
    if done.returncode:
        raise DeviceError(f"{shlex.join(command)}: exit code {done.returncode}, {said}; try it in a terminal")


def _room_for_words() -> IO[bytes]:
    """A file in memory if the system supports it: a full disk must not keep a display from being switched."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("what a display's command says"), "w+b")
    return tempfile.TemporaryFile()


def power(projector: Projector) -> str:
    """The state of a projector's lamp: off, on, cooling or warming up; raises DeviceError."""
    return POWER_STATES.get(state := ask(projector, "POWR", "?"), state)


def ask(projector: Projector, command: str, parameter: str) -> str:
    """Send one PJLink command and return the answer after `=`; raises DeviceError."""
    try:
        with socket.create_connection((projector.host, projector.port), PJLINK_SECONDS) as connection:
            digest = _digest(projector, _line(connection))
            connection.sendall(f"{digest}%1{command} {parameter}\r".encode("ascii"))
            answer = _line(connection)
    except (OSError, EOFError, UnicodeError) as error:  # UnicodeError: an impossible host name
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        way_out = "is it on the network, and PJLink switched on in its menu?"
        raise UnreachableError(f"{projector}, port {projector.port}: {why}; {way_out}") from None
    loud = answer.upper()  # some projectors answer in lower case
    said = loud.removeprefix(f"%1{command}=") if loud.startswith(f"%1{command}=") else loud.removeprefix("PJLINK ")
    if said in PJLINK_ERRORS:
        raise DeviceError(f"{projector} {PJLINK_ERRORS[said]} ({command} {parameter}: {said})")
    if said == loud:
        raise DeviceError(f"{projector} answers {answer!r}, which is not PJLink; is port {projector.port} right?")
    return said


def _line(connection: socket.socket) -> str:
    """The text up to a carriage return, the end of the stream, or the standard's longest line; raises EOFError if
    nothing comes."""
    line = bytearray()
    while b"\r" not in line and len(line) < MAX_LINE_BYTES and (piece := connection.recv(MAX_LINE_BYTES)):
        line += piece
    if not line:
        raise EOFError("it closed the connection without an answer")
    return line.partition(b"\r")[0].decode("ascii", errors="replace")


def _digest(projector: Projector, greeting: str) -> str:
    """The prefix of the command: empty, or the MD5 digest of random number and password in hex (PJLink, 5.1)."""
    words = greeting.split(" ")
    kind = [word.upper() for word in words[:2]]
    if kind == ["PJLINK", "0"] and len(words) == 2:
        return ""
    if kind != ["PJLINK", "1"] or len(words) != 3:
        raise DeviceError(f"{projector} greets with {greeting!r}, which is not PJLink; is port {projector.port} right?")
    if not projector.password:
        raise DeviceError(
            f"{projector} wants a password; write it into the rig, or switch it off in the projector's menu"
        )
    return hashlib.md5((words[2] + projector.password).encode(), usedforsecurity=False).hexdigest()


@contextlib.contextmanager
def sleep_inhibited() -> Iterator[None]:
    """Keep the machine and its screens awake during the block, by every available means."""
    with contextlib.ExitStack() as restored:
        try:
            _inhibit(restored)
        except (OSError, subprocess.SubprocessError) as error:  # a program that hangs or cannot start
            logger.warning("this machine may go to sleep: %s; switch sleep and blanking off in its settings", error)
        yield


def _inhibit(restored: contextlib.ExitStack) -> None:
    if os.environ.get("DISPLAY") and shutil.which("xset"):
        restored.callback(_quietly, ["xset", *_screen_saver()])
        _quietly(["xset", "s", "off", "s", "noblank"])
        _quietly(["xset", "-dpms"])
    if shutil.which("systemd-inhibit"):
        why = ["--what=idle:sleep:handle-lid-switch", "--who=The Neural Image", "--why=a show is playing"]
        # It ends with its standard input, and so with this process, however this process ends.
        inhibitor = subprocess.Popen(
            ["systemd-inhibit", *why, "cat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        restored.enter_context(inhibitor)
        threading.Thread(target=_listen, args=(inhibitor, over := threading.Event()), daemon=True).start()
        restored.callback(over.set)


def _listen(inhibitor: subprocess.Popen[bytes], over: threading.Event) -> None:
    """Warn if the system refuses to stay awake: its screens may go dark in the middle of a show."""
    exit_code = inhibitor.wait()
    if not over.is_set():
        way_out = "switch sleep and blanking off in its settings"
        logger.warning("this machine may go to sleep: systemd-inhibit ended with %d; %s", exit_code, way_out)


def _screen_saver() -> list[str]:
    """The arguments with which xset restores the present screen saver."""
    asked = subprocess.run(["xset", "q"], capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False).stdout
    seconds = re.search(r"timeout:\s+(\d+)\s+cycle:\s+(\d+)", asked)
    words = ["s", seconds[1], seconds[2]] if seconds else []
    words += ["s", "blank"] if re.search(r"prefer blanking:\s+yes", asked) else []
    return [*words, "+dpms"] if "DPMS is Enabled" in asked else words


def _quietly(command: Sequence[str]) -> None:
    """Run a command and ignore its failure: a screen without power management needs none."""
    nothing = subprocess.DEVNULL
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(command, stdout=nothing, stderr=nothing, timeout=COMMAND_SECONDS, check=False)
