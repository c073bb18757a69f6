"""TLS without buying anything: an authority of this folder's own, and certificates for the names of this machine."""

import dataclasses
import datetime
import ipaddress
import os
import pathlib
from collections.abc import Collection

import trustme
from cryptography import x509

from twinbed.connect.files import write_bytes
from twinbed.server.errors import ServeError

_LASTS = datetime.timedelta(days=397)
"""Browsers refuse certificates that last much longer."""
_CLOCKS_DIFFER = datetime.timedelta(days=1)
_RENEWED_BEFORE = datetime.timedelta(days=30)


@dataclasses.dataclass(frozen=True)
class Certificate:
    """Files for the server, and the authority's certificate, which devices have to trust."""

    chain: pathlib.Path
    key: pathlib.Path
    authority: pathlib.Path


def certificate(folder: pathlib.Path, names: Collection[str]) -> Certificate:
    """A certificate for names and addresses; the authority and what is still good are kept in the folder.

    Raises:
        ServeError: what is kept in the folder is broken.
    """
    kept = Certificate(folder / "server.pem", folder / "server.key", folder / "twinbed-authority.pem")
    try:
        folder.mkdir(exist_ok=True, mode=0o700)
        authority = _authority(kept.authority, folder / "authority.key")
        if not _is_good(kept, names):
            since = datetime.datetime.now(datetime.UTC) - _CLOCKS_DIFFER
            leaf = authority.issue_cert(
                *sorted(names), organization_name="twinbed", not_before=since, not_after=since + _LASTS
            )
            _write_secret(kept.key, leaf.private_key_pem.bytes())
            write_bytes(kept.chain, b"".join(pem.bytes() for pem in leaf.cert_chain_pems))
    except (OSError, ValueError) as error:
        raise ServeError(f"the certificates in {folder} cannot be used ({error}): remove that folder") from None
    return kept


def _authority(path: pathlib.Path, key: pathlib.Path) -> trustme.CA:
    if path.exists() and key.exists():
        return trustme.CA.from_pem(path.read_bytes(), key.read_bytes())
    authority = trustme.CA(organization_name="twinbed", organization_unit_name="authority of one server")
    _write_secret(key, authority.private_key_pem.bytes())
    write_bytes(path, authority.cert_pem.bytes())
    return authority


def _is_good(kept: Certificate, names: Collection[str]) -> bool:
    if not (kept.chain.exists() and kept.key.exists()):
        return False
    found = x509.load_pem_x509_certificate(kept.chain.read_bytes())
    issuer = x509.load_pem_x509_certificate(kept.authority.read_bytes())
    alternatives = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    covered = {str(name.value) for name in alternatives}
    wanted = {str(ipaddress.ip_address(n)) if _is_address(n) else n for n in names}
    lasts = found.not_valid_after_utc - datetime.datetime.now(datetime.UTC) > _RENEWED_BEFORE
    try:
        found.verify_directly_issued_by(issuer)
    except Exception:  # whatever is wrong with it, another is made
        return False
    return lasts and wanted <= covered


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _write_secret(path: pathlib.Path, content: bytes) -> None:
    """Writes a file that nobody else ever could read."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    beside.unlink(missing_ok=True)
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        os.fsync(file.fileno())
    os.replace(beside, path)
