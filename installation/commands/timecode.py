"""The command `installation timecode out`."""

from __future__ import annotations

import socket
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from installation.commands.options import finite
from installation.errors import DeviceError, ScoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from installation.desk.timecode.code import Timecode

Kind = Literal["ltc", "mtc", "artnet", "osc"]
RateChoice = Literal["24", "25", "29.97", "30"]

LOOPBACK = "127.0.0.1"

PORTS = {"artnet": 6454, "osc": 7000}

app = typer.Typer(no_args_is_help=True, help="Send timecode, to lead other machines or to test what follows it.")


@app.callback()
def timecode() -> None:
    """Send timecode, to lead other machines or to test what follows it."""


@app.command()
def out(
    kind: Annotated[Kind, typer.Argument(metavar="KIND", help="ltc, mtc, artnet or osc.", show_default=False)],
    *,
    to: Annotated[
        str | None,
        typer.Option(
            metavar="WHERE", help="HOST or HOST:PORT; for mtc a part of the MIDI port's name; for ltc a file FILE.wav."
        ),
    ] = None,
    rate: Annotated[RateChoice, typer.Option(help="Frames a second; 29.97 is drop-frame.")] = "25",
    start: Annotated[str, typer.Option(metavar="HH:MM:SS:FF", help="The first number.")] = "01:00:00:00",
    for_: Annotated[
        float | None, typer.Option("--for", metavar="SECONDS", min=0, callback=finite, help="Stop after this long.")
    ] = None,
) -> None:
    """Send timecode until Ctrl-C, or write a sound file of it."""
    from installation.desk.timecode.code import RATES, parse_timecode
    from installation.desk.timecode.out import midi_sender, say, write_wave

    try:
        first = parse_timecode(start, RATES[rate])
    except ValueError as error:
        raise ScoreError(f"--start {start}: {error}") from None
    if kind == "ltc":
        if to is None or not to.endswith(".wav") or for_ is None:
            raise ScoreError("timecode out ltc: name the file and its length: --to FILE.wav --for SECONDS")
        write_wave(Path(to), first, for_)
        return
    if kind == "mtc":
        from installation.desk.midi.ports import RtMidi, find_port

        system = RtMidi()
        with closing(system.open(find_port(system, to or ""), len)) as port:
            say(first, for_, midi_sender(port.send, time.monotonic, time.sleep), time.monotonic, time.sleep)
        return
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sender:
        say(first, for_, _sender(kind, sender, to or LOOPBACK), time.monotonic, time.sleep)


def _sender(kind: Kind, sender: socket.socket, to: str) -> Callable[[Timecode], object]:
    """The function that sends a timecode over the network. Raises ScoreError and DeviceError for a wrong `to`."""
    from installation.desk.network.artnet_packets import write_timecode
    from installation.desk.network.osc_wire import encode_message

    host, _, port = to.rpartition(":") if ":" in to else (to, "", "")
    if port and not port.isdecimal():
        raise ScoreError(f"--to {to}: this is not HOST or HOST:PORT, such as 10.0.0.5:6454")
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    try:
        sender.connect((host, int(port or PORTS[kind])))
    except OSError as error:
        raise DeviceError(f"--to {to}: {error.strerror}; give an address such as 10.0.0.5") from None
    if kind == "artnet":
        return lambda code: sender.send(write_timecode(code))
    return lambda code: sender.send(encode_message("/timecode", str(code)))
