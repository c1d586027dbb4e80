"""A whole show run with liblo's `oscsend`, its feedback read with liblo's `oscdump`: tools that know nothing of us."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from installation.desk.desk import Desk, DeskOptions
from installation.show.control import Control, initial_control
from tests.desk.console import PATIENCE_SECONDS, drain, wait_for
from tests.desk.scores import tide

SCORE = tide()

pytestmark = pytest.mark.skipif(
    shutil.which("oscsend") is None or shutil.which("oscdump") is None, reason="liblo-tools are not installed"
)


def oscsend(url: str, *words: str) -> None:
    subprocess.run(["oscsend", url, *words], check=True, timeout=PATIENCE_SECONDS)


@contextmanager
def oscdump() -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """A port on which oscdump listens, and the process; on another one where somebody was quicker to take the first."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        port = free_port()
        with subprocess.Popen(["oscdump", "-L", str(port)], stdout=subprocess.PIPE, text=True) as process:
            try:
                while process.poll() is None and time.monotonic() < give_up:
                    if is_taken(port):
                        yield port, process
                        return
            finally:
                process.kill()
    raise AssertionError("oscdump does not listen")


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        assert isinstance(port, int)
        return port


def is_taken(port: int) -> bool:
    """Looked up, not tried: whoever tries a port takes it from oscdump for a moment."""
    tables = (Path("/proc/net/udp"), Path("/proc/net/udp6"))
    return any(f":{port:04X} " in table.read_text(encoding="ascii") for table in tables if table.exists())


def heard(process: subprocess.Popen[str], words: str) -> str:
    """The next line with these words."""
    assert process.stdout is not None
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:  # it says something ten times a second
        line = process.stdout.readline()
        if words in line:
            return line
    raise AssertionError(f"oscdump never said {words!r}")


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_oscsend_runs_the_show_and_oscdump_reads_its_feedback(transport: str) -> None:
    with (
        oscdump() as (port, console),
        Desk(SCORE, DeskOptions(osc_port=0, feedback=(f"127.0.0.1:{port}",))) as desk,
    ):
        assert desk.osc is not None
        url = f"osc.{transport}://127.0.0.1:{desk.osc.port}/"
        control: Control = initial_control(SCORE)
        control, _ = drain(desk, control, 0)
        heard(console, '/atlas/cue s "ebb"')  # it listens

        oscsend(url, "/go")
        wait_for(desk, 1)
        control, _ = drain(desk, control, 60)
        heard(console, '/atlas/cue s "flood"')

        oscsend(url, "/master", "ff", "0.25", "0")
        oscsend(url, "/standby/slack", "i", "1")
        wait_for(desk, 3)
        control, _ = drain(desk, control, 120)
        heard(console, "/atlas/master f 0.25")

        oscsend(url, "/panic", "T")
        wait_for(desk, 4)
        control, _ = drain(desk, control, 180)
        control, _ = drain(desk, control, 400)
        assert control.panic.at(400) == 0.0
        heard(console, "/atlas/light f 0.0")

        oscsend(url, "/go", "f", "1")
        wait_for(desk, 5)
        control, _ = drain(desk, control, 401)
        heard(console, '/atlas/cue s "slack"')

        oscsend(url, "/master", "f", "7.5")
        wait_for(desk, 6)
        assert desk.statistics().refused == {"out of range": 1}
        assert desk.statistics().failures == {}
