"""The `displays` of a rig, which the house switches with the opening hours."""

from __future__ import annotations

import ipaddress
import re
import shlex
from dataclasses import dataclass
from typing import ClassVar

from installation.language.containers import NamedMapping, Record, RecordOf, key
from installation.language.nodes import Node, NodeError
from installation.language.reading import Reading
from installation.language.scalars import IntRange, Name, Schema, String, quoted, scalar
from installation.rig.displays import PJLINK_PORT, CommandDisplay, Display, Projector

HOST_NAME = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*"
)


@dataclass(frozen=True)
class HostScalar:
    """A machine on the network, by address or name."""

    words: str = "address or name, such as `10.0.0.21`"

    def read(self, node: Node, _reading: Reading) -> str:
        text = scalar(node, "an address such as 10.0.0.21").text
        try:
            return str(ipaddress.ip_address(text))
        except ValueError:
            numbers_only = re.fullmatch(r"[\d.:]+", text)
            if numbers_only or not HOST_NAME.fullmatch(text):
                raise NodeError(node, f"{quoted(text)} is not an address; write 10.0.0.21 or a name") from None
        return text

    def schema(self) -> Schema:
        return {"type": "string"}


@dataclass(frozen=True)
class CommandScalar:
    """A program with its arguments, quoted as in a shell but run without a shell."""

    words: str = "command"

    def read(self, node: Node, _reading: Reading) -> tuple[str, ...]:
        text = scalar(node, "a command").text
        try:
            words = tuple(shlex.split(text))
        except ValueError as error:
            raise NodeError(node, f"{quoted(text)}: {error}; close the quote") from None
        if not words:
            raise NodeError(node, "the value is missing; it takes a command")
        return words

    def schema(self) -> Schema:
        return {"type": "string", "minLength": 1}


@dataclass(frozen=True, kw_only=True, eq=False)
class DisplaySpec(Record):
    """A projector or monitor that can be switched: by `pjlink`, or by the commands `on` and `off`."""

    pjlink: str | None = key(HostScalar(), "A projector that speaks PJLink class 1.", None, default="")
    port: int = key(IntRange(1, 65535), "Its PJLink port.", PJLINK_PORT)
    password: str = key(String(), "Its PJLink password.", "", default="none")
    on: tuple[str, ...] = key(CommandScalar(), "The command that switches it on, run without a shell.", (), default="")
    off: tuple[str, ...] = key(CommandScalar(), "The command that switches it off.", (), default="")
    synonyms: ClassVar[dict[str, str]] = {"host": "pjlink", "projector": "pjlink", "passcode": "password"}


DISPLAYS = NamedMapping(
    Name("the name of a display"), RecordOf(DisplaySpec, "a display"), "displays", 64, lambda _found, _reading: None
)


def display(words: DisplaySpec, reading: Reading) -> Display | None:
    """The checked display; None after a mistake, which goes to the reading."""
    has_pjlink, has_on, has_off = (word in words.node for word in ("pjlink", "on", "off"))
    if has_pjlink == (has_on or has_off) or has_on != has_off:
        reading.refuse(words.node, "a display has either pjlink, or both on and off")
    elif words.pjlink is not None:
        return Projector(words.pjlink, words.port, words.password)
    elif words.on and words.off:
        return CommandDisplay(words.on, words.off)
    return None
