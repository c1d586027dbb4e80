"""Checks of incoming values: a value for a control becomes a message to the show, or a refusal with a sentence.

The messages are not stamped yet: the desk sets frame and sequence when the player drains it.
"""

from __future__ import annotations

import math

from installation.desk.addresses import AddressMatch, AddressSpace
from installation.desk.network.osc_wire import MAX_ADDRESS_CHARACTERS, Argument
from installation.errors import RefusedError
from installation.show.control import Message, MessageKind
from installation.show.controls import ControlDefinition, check_value, within

MAX_FADE_SECONDS = 3_600.0

MAX_DMX = 255


def messages_for(space: AddressSpace, address: str, arguments: tuple[Argument, ...], source: str) -> list[Message]:
    """Unstamped messages: one for each control that the address means, none if a button was only released.

    A refusal raises RefusedError, so that no part of the message applies. A number after the value is the fade time in
    seconds; for levels and parameters a third is the hold time and a fourth the release time.
    """
    messages = [_message(place, address, arguments, source) for place in space.find(address)]
    return [message for message in messages if message is not None]


def _message(place: AddressMatch, address: str, arguments: tuple[Argument, ...], source: str) -> Message | None:
    control = place.control
    kind: MessageKind
    if control.kind == "sync":
        raise RefusedError(f"{address}: is a question, not a control", "unknown address")
    kind = control.kind
    named, value = "", 0.0
    if control.type == "cue" and arguments and isinstance(arguments[0], str):
        named = arguments[0][:MAX_ADDRESS_CHARACTERS]  # no cue's id is longer, so it stays none
        kind = kind if named else "return"  # as feedback tells it: no cue, no audition
    elif control.type in ("trigger", "cue"):
        if not is_pressed(address, arguments):
            return None
    else:
        value = _value(place, address, arguments)
    times = _times(control, address, arguments)
    return Message(
        frame=0,
        sequence=0,
        kind=kind,
        target=control.target or named,
        value=value,
        fade_seconds=times[0] if times else control.fade_seconds or 0.0,
        source=source,
        hold_seconds=times[1] if len(times) > 1 else None,
        release_seconds=times[2] if len(times) > 2 else 0.0,
        output=control.output,
    )


def is_pressed(address: str, arguments: tuple[Argument, ...]) -> bool:
    """Whether a trigger fires: a single zero or false is a released button; anything else, or nothing, is a press."""
    if len(arguments) == 1 and isinstance(arguments[0], bool | int | float):
        return _finite(address, arguments[0]) != 0.0
    for argument in arguments:
        if isinstance(argument, float):
            _finite(address, argument)
    return True


def _value(place: AddressMatch, address: str, arguments: tuple[Argument, ...]) -> float:
    if not arguments:
        raise RefusedError(f"{address}: a value is missing", "wrong type")
    given = arguments[0]
    if isinstance(given, str | bytes | None):
        raise RefusedError(f"{address}: {given!r} is not a number", "wrong type")
    number = _finite(address, given)
    if place.scale == "plain":
        return check_value(place.control, number)
    if place.scale == "dmx":
        share = number / MAX_DMX
    elif isinstance(given, int) and not isinstance(given, bool):
        share = number / 100
    else:
        share = number
    taken = within(share, 0.0, 1.0)
    if taken is None:
        allowed = "0 to 255" if place.scale == "dmx" else "a float 0 to 1, or an int 0 to 100 in percent"
        raise RefusedError(f"{address}: {given!r} is out of range; allowed is {allowed}", "out of range")
    return _of_range(place.control, taken)


def _of_range(control: ControlDefinition, share: float) -> float:
    """The value at a fraction of the control's range, 0 to 1; the ends are exact."""
    return control.high if share == 1.0 else control.low + (control.high - control.low) * share


def _times(control: ControlDefinition, address: str, arguments: tuple[Argument, ...]) -> list[float]:
    """Fade, hold and release times, if the sender gave them and the control takes them."""
    if control.fade_seconds is None:
        return []
    if control.type == "trigger":  # consoles send any arguments with a button; only a number is a time
        return [_seconds(address, argument) for argument in arguments[1:2] if isinstance(argument, int | float)]
    return [_seconds(address, argument) for argument in arguments[1:4]]


def _seconds(address: str, argument: Argument) -> float:
    if isinstance(argument, str | bytes | None):
        raise RefusedError(f"{address}: {argument!r} is not a time in seconds", "wrong type")
    given = _finite(address, argument)
    seconds = within(given, 0.0, MAX_FADE_SECONDS)
    if seconds is None:
        raise RefusedError(f"{address}: {given:g} s is out of range; allowed is 0 to {MAX_FADE_SECONDS:g} s")
    return seconds


def _finite(address: str, number: float) -> float:
    if not math.isfinite(number):
        raise RefusedError(f"{address}: {number} is not a number", "not finite")
    return float(number)
