"""The machines of a house: several computers that play one show as one."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

DEFAULT_PORT = 7447
"""Zenoh's default."""

DEFAULT_LEAD_SECONDS = 0.3
"""How far ahead a cue is stamped: time enough to resend a lost message once."""


GivesBack = Literal["by itself", "on command"]
"""When a standby lets go of the heads of a machine that has come back."""


@dataclass(frozen=True, slots=True)
class Machine:
    """One computer. It listens on `address` for the others. While the machine that it is `standby_for` is away, it
    shows that machine's heads. When that machine is back, it returns the heads as `gives_back` says."""

    name: str
    address: str
    port: int = DEFAULT_PORT
    standby_for: str = ""
    gives_back: GivesBack = "by itself"

    @property
    def endpoint(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"

    @property
    def is_on_loopback(self) -> bool:
        try:
            return ipaddress.ip_address(self.address).is_loopback
        except ValueError:
            return self.address == "localhost"


@dataclass(frozen=True, slots=True)
class Fleet:
    """The machines of a rig. `keys` is the folder of their certificates, None if all are one computer."""

    machines: tuple[Machine, ...]
    lead_seconds: float = DEFAULT_LEAD_SECONDS
    keys: Path | None = None

    def machine(self, name: str) -> Machine | None:
        return next((one for one in self.machines if one.name == name), None)

    def others(self, name: str) -> tuple[Machine, ...]:
        return tuple(one for one in self.machines if one.name != name)
