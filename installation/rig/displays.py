"""Displays that a venue switches: projectors by PJLink, others by commands."""

from __future__ import annotations

from dataclasses import dataclass

PJLINK_PORT = 4352


@dataclass(frozen=True, slots=True)
class Projector:
    """A display that speaks PJLink class 1 (JBMIA, PJLink Specifications 1.04)."""

    host: str
    port: int = PJLINK_PORT
    password: str = ""

    def __str__(self) -> str:
        return f"projector {self.host}"


@dataclass(frozen=True, slots=True)
class CommandDisplay:
    """A display that two commands switch: programs with their arguments, run without a shell."""

    on: tuple[str, ...]
    off: tuple[str, ...]

    def __str__(self) -> str:
        return f"display switched by {self.on[0]}"


Display = Projector | CommandDisplay
