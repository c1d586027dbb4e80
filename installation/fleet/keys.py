"""The keys by which machines of one fleet recognize each other: one authority, and a certificate for each machine."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from installation.errors import DeviceError, RigError
from installation.files import write_atomically
from installation.rig.machines import Machine

AUTHORITY = "authority.pem"
if TYPE_CHECKING:
    from cryptography import x509

YEARS = 20
"""As long as a museum is to show the work. If a key is lost, all keys must be made again."""

MAKE_ANEW = "make the keys of all machines anew with `installation fleet key RIG`, and copy them"
MISSING = "keys need the package cryptography: pip install 'installation[fleet]'"


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """The files of one machine: the authority that it trusts, its certificate, and its private key."""

    authority: Path
    certificate: Path
    key: Path

    @staticmethod
    def of(folder: Path, machine: str) -> KeyFiles:
        """The files of a machine; raises RigError if one is missing."""
        files = KeyFiles(folder / AUTHORITY, folder / f"{machine}.pem", folder / f"{machine}-key.pem")
        for file in (files.authority, files.certificate, files.key):
            if not file.is_file():
                raise RigError(f"{file}: not there; make the keys with `installation fleet key RIG`, and copy them")
        return files

    def check(self, machine: Machine) -> None:
        """Raise RigError if the files do not belong together or to this machine; DeviceError if the package for keys is
        missing."""
        try:
            from cryptography import x509
            from cryptography.exceptions import InvalidSignature
            from cryptography.hazmat.primitives.serialization import load_pem_private_key
        except ModuleNotFoundError:
            raise DeviceError(MISSING) from None
        try:
            authority = x509.load_pem_x509_certificate(self.authority.read_bytes())
            certificate = x509.load_pem_x509_certificate(self.certificate.read_bytes())
            key = load_pem_private_key(self.key.read_bytes(), None)
        except (ValueError, TypeError) as error:
            raise RigError(f"{self.certificate.parent}: a key cannot be read ({error}); {MAKE_ANEW}") from None
        except OSError as error:
            raise RigError(f"{self.certificate.parent}: {error.strerror}; this user must be able to read it") from None
        try:
            certificate.verify_directly_issued_by(authority)
        except (InvalidSignature, ValueError, TypeError):
            raise RigError(f"{self.certificate}: it was not made with {self.authority.name}; {MAKE_ANEW}") from None
        if key.public_key() != certificate.public_key():
            raise RigError(f"{self.key}: it is not the key of {self.certificate.name}; {MAKE_ANEW}")
        named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        if _alternative(machine.address) not in list(named):
            addresses = ", ".join(str(one.value) for one in named)
            told = f"it is for {addresses}, and the rig says {machine.address}"
            raise RigError(f"{self.certificate}: {told}; {MAKE_ANEW}")


def make_keys(machines: Sequence[Machine], folder: Path, now: datetime.datetime) -> list[Path]:
    """Write an authority and a certificate for each machine into a folder that has none; returns the files.

    The authority's own key is not kept: to add a machine later, make new keys for all. Raises DeviceError.
    """
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
    except ModuleNotFoundError:
        raise DeviceError(MISSING) from None
    if folder.exists() and any(folder.iterdir()):
        raise DeviceError(f"{folder}: not empty; name another folder, or move the old keys away first")
    begin, end = now - datetime.timedelta(days=1), now + datetime.timedelta(days=365 * YEARS)

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    def builder(subject: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name("The Neural Image fleet"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(end)
        )

    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = (
        builder("The Neural Image fleet", authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    encoding, unlocked = serialization.Encoding.PEM, serialization.NoEncryption()
    written: dict[Path, bytes] = {folder / AUTHORITY: authority.public_bytes(encoding)}
    for machine in machines:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            builder(machine.name, key)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([_alternative(machine.address)]), critical=False)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
                critical=False,
            )
            .sign(authority_key, hashes.SHA256())
        )
        written[folder / f"{machine.name}.pem"] = certificate.public_bytes(encoding)
        private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, unlocked)
        written[folder / f"{machine.name}-key.pem"] = private
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for file, content in written.items():
            write_atomically(file, content, mode=0o600 if file.stem.endswith("-key") else 0o644)
    except OSError as error:
        raise DeviceError(f"{folder}: {error.strerror}") from None
    return list(written)


def _alternative(address: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(address))
    except ValueError:
        return x509.DNSName(address)
