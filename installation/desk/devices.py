"""Openers for the devices in a desk file: the desk opens them when they are present, and again when they return."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from threading import Event

from installation.desk.address_map import AddressMap
from installation.desk.intake import Intake
from installation.desk.midi.controller import Controller
from installation.desk.midi.ports import MidiSystem, RtMidi, find_port
from installation.desk.midi_words import MidiController
from installation.desk.network.osc_wire import OscMessage
from installation.desk.publisher import Publisher
from installation.desk.sensor_words import Buttons, CameraSensor, MqttSensors
from installation.desk.sensors.buttons import ButtonSystem, Evdev, listen_to_buttons
from installation.desk.sensors.motion import MotionCamera, open_camera, watch_motion
from installation.desk.sensors.mqtt import Connects, listen_to_broker, matches
from installation.desk.sensors.reading import number_in
from installation.desk.timecode.chase import Chase
from installation.desk.timecode.sound import PortAudio, SoundSystem
from installation.desk.timecode.sources import midi_listener, sound_listener
from installation.desk.timecode_words import TimecodeInput
from installation.errors import RefusedError

Opens = Callable[[ExitStack], None]
"""Opens a device, as an optional service; raises DeviceError if the device is not there."""


@dataclass(frozen=True)
class DeviceSystems:
    """The device systems of this machine; tests use stand-ins."""

    midi: MidiSystem = field(default_factory=RtMidi)
    sound: SoundSystem = field(default_factory=PortAudio)
    buttons: ButtonSystem = field(default_factory=Evdev)
    mqtt: Connects = listen_to_broker
    camera: Callable[[str], MotionCamera] = open_camera


def midi_opener(
    known: MidiController,
    system: MidiSystem,
    intake: Intake,
    publisher: Publisher,
    steady: Callable[[], float],
) -> Opens:
    """Makes the opener of a MIDI controller."""
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
) -> Opens:
    """Makes the opener of the MIDI port or sound input that carries timecode."""

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


class Gone:
    """Notes that an open device has gone; as a circumstance of its service it makes the desk open the device again."""

    def __init__(self) -> None:
        self._times = 0
        self._is_gone = Event()

    def set(self) -> None:
        self._is_gone.set()

    def circumstances(self) -> int:
        """A number that changes whenever the device has gone."""
        if self._is_gone.is_set():
            self._is_gone.clear()
            self._times += 1
        return self._times


def mqtt_opener(known: MqttSensors, machine: DeviceSystems, intake: Intake) -> Opens:
    """Makes the opener that listens to a broker."""
    source = f"mqtt:{known.broker.host}"
    mapping = AddressMap(rule for _, _, rule in known.topics)

    def hears(topic: str, payload: bytes) -> None:
        for wanted, field_of_json, rule in known.topics:
            if not matches(wanted, topic):
                continue
            try:
                number = number_in(payload, field_of_json)
            except ValueError as error:
                intake.counters.received += 1
                intake.counters.refuse(RefusedError(f"{topic}: {error}", "wrong type"), source)
            else:
                intake.hear(OscMessage(rule.source, (number,)), mapping, source)

    def opens(stack: ExitStack) -> None:
        machine.mqtt(known.broker, hears, stack)

    return opens


def buttons_opener(known: Buttons, machine: DeviceSystems, intake: Intake, gone: Gone) -> Opens:
    """Makes the opener that listens to the buttons of a device; keys without a rule do nothing."""
    mapping, source = AddressMap(known.rules), f"buttons:{known.device}"

    def hears(key: str, is_down: bool) -> None:
        address = f"/buttons/{key.casefold()}"
        if mapping.rule_for(address) is not None:
            intake.hear(OscMessage(address, (int(is_down),)), mapping, source)

    return lambda stack: listen_to_buttons(machine.buttons.open(known.device), hears, gone.set, stack)


def camera_opener(known: CameraSensor, machine: DeviceSystems, intake: Intake, gone: Gone) -> Opens:
    """Makes the opener that watches a camera. It reports changes only: an empty room fills no journal."""
    mapping, source = AddressMap((known.rule,)), f"camera:{known.device}"
    said: float | None = None

    def says(share: float) -> None:
        nonlocal said
        if (rounded := round(share, 2)) != said:
            said = rounded
            intake.hear(OscMessage("/motion", (rounded,)), mapping, source)

    def blind() -> None:
        sentence = f"camera {known.device} sees nothing but black; is its cap on, or the room dark?"
        intake.counters.refuse(RefusedError(sentence), source)

    return lambda stack: watch_motion(machine.camera(known.device), says, blind, gone.set, stack)
