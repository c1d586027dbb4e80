"""Devices at this machine that a desk file names: opened when present, and again when they come back."""

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
"""What opens something, as an optional service; raises DeviceError where it is not there."""


@dataclass(frozen=True)
class DeviceSystems:
    """The devices of this machine; tests put stand-ins here."""

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
    """What opens a controller."""
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
    """What opens the MIDI port or sound input from which timecode comes."""

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
    """Whether a device that was open has gone since: one more circumstance of a service, so that it is opened anew."""

    def __init__(self) -> None:
        self._times = 0
        self._is_gone = Event()

    def set(self) -> None:
        self._is_gone.set()

    def circumstances(self) -> int:
        """Another number whenever it has gone."""
        if self._is_gone.is_set():
            self._is_gone.clear()
            self._times += 1
        return self._times


def mqtt_opener(known: MqttSensors, machine: DeviceSystems, intake: Intake) -> Opens:
    """What listens to a broker."""
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
    """What listens to the buttons of a device; keys without a line do nothing."""
    mapping, source = AddressMap(known.rules), f"buttons:{known.device}"

    def hears(key: str, is_down: bool) -> None:
        address = f"/buttons/{key.casefold()}"
        if mapping.rule_for(address) is not None:
            intake.hear(OscMessage(address, (int(is_down),)), mapping, source)

    return lambda stack: listen_to_buttons(machine.buttons.open(known.device), hears, gone.set, stack)


def camera_opener(known: CameraSensor, machine: DeviceSystems, intake: Intake, gone: Gone) -> Opens:
    """What watches a camera. Only what changes is said: an empty room fills no journal."""
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
