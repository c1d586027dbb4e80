"""A network name space for each machine: only the bad network leads out of it, and it ends with its creator.

The system's own network sees nothing of it, since the trial itself runs in its own name space.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from installation.errors import DeviceError
from installation.owner import Owner

INSIDE = "INSTALLATION_IN_NAME_SPACE"
"""Environment variable of a process that has its own network name space."""

OWN = ("--net", "--pid", "--fork", "--kill-child", "--mount-proc")
"""All processes in the name space end with it, however it ends."""

TRIES = (("unshare", *OWN), ("unshare", "--user", "--map-root-user", *OWN))
"""Commands for root, and for users whose system allows it."""

NETWORK = "10.77.0."


def own_network() -> tuple[str, ...]:
    """The words before a command that give it its own network and the right to make others; raises DeviceError."""
    for words in TRIES:
        with suppress(OSError):
            if not subprocess.run([*words, "true"], capture_output=True, check=False).returncode:
                if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
                    raise DeviceError("/dev/net/tun: not there, or not for this user; load the module tun")
                return words
    raise DeviceError("network name spaces are not allowed here; try as root")


def enter_own_network(module: str) -> None:
    """Restart this program in its own network, unless it has one; raises DeviceError."""
    if INSIDE in os.environ:
        return
    words = own_network()
    os.execvpe(words[0], [*words, sys.executable, "-m", module, *sys.argv[1:]], os.environ | {INSIDE: "1"})


class MachineNameSpace(Owner):
    """Moves a TAP device into a new network name space, and gives it an address there."""

    def __init__(self, device: str, number: int) -> None:
        self.address = f"{NETWORK}{number}"
        self._holder = subprocess.Popen(["unshare", "--net", "cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        try:
            self._link = Path(f"/proc/{self._holder.pid}/ns/net")
            own = Path("/proc/self/ns/net").readlink()
            until = time.monotonic() + 5.0
            while self._link.readlink() == own:
                if time.monotonic() > until:
                    raise DeviceError("a network name space could not be made")
                time.sleep(0.005)  # waits for another process to make it
            self._name = self._link.readlink()
            _ip("link", "set", device, "netns", str(self._holder.pid))
            for words in (
                ("link", "set", "lo", "up"),
                ("link", "set", device, "up"),
                ("addr", "add", f"{self.address}/24", "dev", device),
            ):
                _must(self.command(["ip", *words]))
        except BaseException:
            self.close()
            raise

    def command(self, words: Sequence[str]) -> list[str]:
        """The command that runs `words` in this name space."""
        return ["nsenter", f"--net={self._link}", *words]

    def end_all(self) -> None:
        """Kill all processes of the machine, as a power loss does."""
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if int(folder.name) != self._holder.pid and (folder / "ns" / "net").readlink() == self._name:
                    os.kill(int(folder.name), signal.SIGKILL)

    def close(self) -> None:
        if self._holder.poll() is None:
            with suppress(AttributeError):
                self.end_all()
            self._holder.kill()
        self._holder.wait()
        assert self._holder.stdin is not None
        self._holder.stdin.close()


def open_operators_port(device: str, number: int) -> str:
    """Give the operator's own device an address; returns it."""
    address = f"{NETWORK}{number}"
    _ip("link", "set", "lo", "up")
    _ip("link", "set", device, "up")
    _ip("addr", "add", f"{address}/24", "dev", device)
    return address


def _ip(*words: str) -> None:
    _must(["ip", *words])


def _must(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DeviceError(f"{' '.join(command)}: {done.stderr.strip()}")
