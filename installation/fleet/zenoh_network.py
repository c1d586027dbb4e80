"""The network between machines over zenoh, peer to peer: no broker, no conductor.

Every machine connects to every other at the rig's address, by TLS with certificates of the fleet's own authority, so
that a stranger can neither send nor read. On loopback, for trials, there is no TLS.
"""

from __future__ import annotations

import json
import logging
import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from installation.errors import DeviceError
from installation.failures import FailureLog
from installation.fleet.keys import KeyFiles
from installation.fleet.network import Listener
from installation.owner import Owner
from installation.rig.machines import Machine

if TYPE_CHECKING:
    import zenoh

logger = logging.getLogger(__name__)

PREFIX = "neural-image"
HOUSE = "house"
"""All machines of a rig use one name; keys and addresses keep two houses apart."""

LEASE_MS = 2000
"""A machine that has been silent for this long, perhaps because of a pulled cable, counts as gone."""

MAX_UNSENT = 4_096
"""The most messages that wait to be sent. If more wait, nothing can be sent, and `wire.HouseState` heals it later."""

MISSING = "several machines need zenoh: pip install 'installation[fleet]'"


class ZenohNetwork(Owner):
    """One machine's connection. Raises DeviceError if its address or certificates cannot be used now."""

    def __init__(
        self, machine: Machine, others: Sequence[Machine], keys: KeyFiles | None, house: str, listener: Listener
    ) -> None:
        try:
            import zenoh
        except ModuleNotFoundError:
            raise DeviceError(MISSING) from None
        self._machine, self._house, self._listener = machine.name, house, listener
        self._failures = FailureLog(logger)
        self._unsent: queue.Queue[tuple[zenoh.Publisher, bytes] | None] = queue.Queue(MAX_UNSENT)
        with ExitStack() as opened:
            try:
                self._session = zenoh.open(configuration(machine, others, keys))
            except zenoh.ZError as error:
                raise DeviceError(f"machine '{machine.name}': {machine.endpoint}: {error}") from None
            opened.callback(self._session.close)
            self._messages = self._session.declare_publisher(
                self._key("message"), congestion_control=zenoh.CongestionControl.BLOCK
            )
            self._status = self._session.declare_publisher(self._key("status"))
            self._session.declare_subscriber(f"{PREFIX}/{house}/message/*", self._guarded(self._heard_message))
            self._session.declare_subscriber(f"{PREFIX}/{house}/status/*", self._guarded(self._heard_status))
            self._session.declare_queryable(f"{PREFIX}/{house}/ask/{machine.name}/*", self._guarded(self._asked))
            self._session.liveliness().declare_subscriber(
                f"{PREFIX}/{house}/alive/*", self._guarded(self._liveliness_changed), history=True
            )
            self._token = self._session.liveliness().declare_token(self._key("alive"))
            self._sender = threading.Thread(target=self._send, name="fleet", daemon=True)
            self._sender.start()
            opened.callback(self._stop)
            self._opened = opened.pop_all()

    def send_message(self, data: bytes) -> None:
        self._put(self._messages, data)

    def send_status(self, data: bytes) -> None:
        self._put(self._status, data)

    def ask(self, machine: str, question: str, data: bytes, seconds: float) -> bytes | None:
        replies = self._session.get(f"{PREFIX}/{self._house}/ask/{machine}/{question}", payload=data, timeout=seconds)
        for reply in replies:
            if reply.ok is not None:
                return bytes(reply.ok.payload.to_bytes())
        return None

    def close(self) -> None:
        self._opened.close()

    def _key(self, what: str) -> str:
        return f"{PREFIX}/{self._house}/{what}/{self._machine}"

    def _put(self, publisher: zenoh.Publisher, data: bytes) -> None:
        try:
            self._unsent.put_nowait((publisher, data))
        except queue.Full as error:
            self._failures.failed("sending to the other machines", error)

    def _send(self) -> None:
        while (one := self._unsent.get()) is not None:
            publisher, data = one
            try:
                publisher.put(data)
            except Exception as error:  # on any network error the show goes on, and the next state heals it
                self._failures.failed("sending to the other machines", error)

    def _stop(self) -> None:
        self._token.undeclare()  # type: ignore[no-untyped-call]  # zenoh has no type for it
        while not self._unsent.empty():
            self._unsent.get_nowait()
        self._unsent.put(None)
        self._sender.join(timeout=2.0)

    def _guarded(self, function: Callable[[Any], None]) -> Callable[[Any], None]:
        def heard(what: Any) -> None:
            try:
                function(what)
            except Exception as error:  # another machine's error must not end zenoh's thread
                self._failures.failed("what another machine sent", error)

        return heard

    def _heard_message(self, sample: zenoh.Sample) -> None:
        if self._sender_of(sample.key_expr) != self._machine:
            self._listener.heard_message(sample.payload.to_bytes())

    def _heard_status(self, sample: zenoh.Sample) -> None:
        if (machine := self._sender_of(sample.key_expr)) != self._machine:
            self._listener.heard_status(machine, sample.payload.to_bytes())

    def _asked(self, query: zenoh.Query) -> None:
        data = query.payload.to_bytes() if query.payload is not None else b""
        query.reply(query.key_expr, self._listener.answer(self._sender_of(query.key_expr), data))

    def _liveliness_changed(self, sample: zenoh.Sample) -> None:
        import zenoh

        machine = self._sender_of(sample.key_expr)
        if machine == self._machine:
            return
        if sample.kind == zenoh.SampleKind.PUT:
            self._listener.appeared(machine)
        else:
            self._listener.vanished(machine)

    @staticmethod
    def _sender_of(key: Any) -> str:
        return str(key).rpartition("/")[2]


def configuration(machine: Machine, others: Sequence[Machine], keys: KeyFiles | None) -> zenoh.Config:
    """Zenoh's configuration for one machine among others. It binds one address, and does no discovery."""
    import zenoh

    scheme = "tcp" if keys is None else "tls"
    settings: dict[str, object] = {
        "mode": "peer",
        "listen/endpoints": [f"{scheme}/{machine.endpoint}"],
        "connect/endpoints": [f"{scheme}/{other.endpoint}" for other in others],
        "connect/timeout_ms": -1,
        "connect/exit_on_failure": False,
        "connect/retry": {"period_init_ms": 250, "period_max_ms": 1000, "period_increase_factor": 2},
        "scouting/multicast/enabled": False,
        "scouting/gossip/enabled": False,
        "transport/link/tx/lease": LEASE_MS,
    }
    if keys is not None:
        settings |= {
            "transport/link/tls/enable_mtls": True,
            "transport/link/tls/verify_name_on_connect": True,
            "transport/link/tls/root_ca_certificate": str(keys.authority),
            "transport/link/tls/listen_certificate": str(keys.certificate),
            "transport/link/tls/listen_private_key": str(keys.key),
            "transport/link/tls/connect_certificate": str(keys.certificate),
            "transport/link/tls/connect_private_key": str(keys.key),
        }
    config = zenoh.Config()
    for key, value in settings.items():
        config.insert_json5(key, json.dumps(value))
    return config
