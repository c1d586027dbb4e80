"""The web server's TLS certificate: reads it, and tests it with a handshake in memory."""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from installation.errors import DeviceError

WAY_OUT = "give a certificate and its key in PEM, the certificate followed by its chain"

EXPIRED, NOT_YET_VALID = 10, 9
"""OpenSSL's codes X509_V_ERR_CERT_HAS_EXPIRED and X509_V_ERR_CERT_NOT_YET_VALID."""

LOOK_SECONDS = 3_600.0


@dataclass(frozen=True, slots=True)
class Certificate:
    """The files of certificate and key; the certificate's file may contain the key."""

    path: Path
    key: Path | None = None

    def state(self) -> tuple[object, ...]:
        """A state that changes whenever the files change, such as at a renewal, and when the certificate expires."""
        return (*self._changes(), self.doubt)

    def _changes(self) -> tuple[int, ...]:
        return tuple(_changed_at(path) for path in (self.path, self.key) if path is not None)

    def context(self) -> ssl.SSLContext:
        """The TLS context for a server; raises DeviceError for files that are missing, damaged or do not match."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            context.load_cert_chain(self.path, self.key, password=_no_password)
        except ssl.SSLError as error:
            raise DeviceError(f"certificate {self.path}: {error.reason or 'no PEM'}; {WAY_OUT}") from None
        except OSError as error:
            missing = next((path for path in (self.path, self.key) if path and not path.exists()), self.path)
            raise DeviceError(f"certificate {missing}: {error.strerror}; {WAY_OUT}") from None
        return context

    @property
    def doubt(self) -> str:
        """Why browsers refuse the certificate now; empty if its dates are valid. The server uses it all the same."""
        return _doubt(self, self._changes(), int(time.time() // LOOK_SECONDS))


@lru_cache(maxsize=4)
def _doubt(certificate: Certificate, _changes: tuple[int, ...], _hour: int) -> str:
    """The doubt, cached for an hour or until the files change."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        client.load_verify_locations(certificate.path)
        _shake_hands(client, certificate.context())
    except ssl.SSLCertVerificationError as error:
        if error.verify_code in (EXPIRED, NOT_YET_VALID):
            return f"certificate {certificate.path}: {error.verify_message}; browsers refuse it until you renew it"
    except (DeviceError, OSError):  # `context` reports wrong files; the browser judges the issuer
        pass
    return ""


def _shake_hands(client: ssl.SSLContext, server: ssl.SSLContext) -> None:
    """Connects client and server in memory; raises the client's objection to the server's certificate."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_side=False),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    while ends:
        for end in tuple(ends):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            ends.remove(end)


def _changed_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _no_password() -> str:
    """Refuses a key with a password; otherwise OpenSSL would ask for it at the terminal, and wait."""
    raise DeviceError("a certificate's key has a password; store it without one, readable by the player alone")
