"""Devices at this machine that a desk file names: opened when they are there, and again when they come back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from installation.desk.address_map import AddressMap
from installation.desk.intake import Intake
from installation.desk.midi.controller import Controller
from installation.desk.midi.ports import MidiSystem, find_port
from installation.desk.midi_words import MidiController
from installation.desk.network.osc_wire import OscMessage
from installation.desk.publisher import Publisher
from installation.desk.timecode.chase import Chase
from installation.desk.timecode.sound import SoundSystem
from installation.desk.timecode.sources import midi_listener, sound_listener
from installation.desk.timecode_words import TimecodeInput
from installation.errors import RefusedError


def midi_opener(
    known: MidiController,
    system: MidiSystem,
    intake: Intake,
    publisher: Publisher,
    steady: Callable[[], float],
) -> Callable[[ExitStack], None]:
    """What opens a controller, as an optional service; raises DeviceError where its port is not there."""
    mapping, ours, source = AddressMap(known.rules), AddressMap(), f"midi:{known.mapped.port}"

    def say(address: str, value: int) -> bool:
        if mapping.rule_for(address) is None:
            return False
        intake.hear(OscMessage(address, (value,)), mapping, source)
        return True

    def do(address: str, seconds: float | None) -> None:
        arguments = () if seconds is None else (seconds,)
        intake.hear(OscMessage(address, arguments), ours, source)

    def strange(words: str, is_new: bool) -> None:
        sentence = f"{words}: no line of the desk file's midi part for {known.mapped.port!r} is about it"
        intake.counters.received += 1
        intake.counters.refuse(RefusedError(sentence, "unknown address"), source, is_told=is_new)

    controller = Controller(known.mapped, say, do, strange, steady)

    def opens(stack: ExitStack) -> None:
        port = system.open(find_port(system, known.mapped.port), controller.hear)
        stack.callback(port.close)
        stack.callback(controller.detach)
        controller.attach(port.send)
        publisher.watchers.append(controller.follow)
        stack.callback(publisher.watchers.remove, controller.follow)

    return opens


def timecode_opener(
    known: TimecodeInput, chase: Chase, midi: MidiSystem, sound: SoundSystem, steady: Callable[[], float]
) -> Callable[[ExitStack], None]:
    """What opens the MIDI port or sound input from which timecode comes; raises DeviceError where it is not there."""

    def opens(stack: ExitStack) -> None:
        if known.source == "mtc":
            port = midi.open(find_port(midi, known.name), midi_listener(known.name, chase.hear, steady))
            stack.callback(port.close)
        else:
            stack.enter_context(
                sound.open(
                    known.name,
                    known.channel,
                    lambda samples_per_second: sound_listener(known.name, samples_per_second, chase.hear, steady),
                )
            )

    return opens
