"""A certificate authority of the instance's own, and the certificate which ejabberd shows."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from xmpp_bridge.ejabberd.private_file import make_private, write_private
from xmpp_bridge.ejabberd.settings import EjabberdSettings, Files

_CA_LIFETIME = timedelta(days=3650)
_CERTIFICATE_LIFETIME = timedelta(days=397)
_RENEW_BEFORE = timedelta(days=30)
_CLOCK_SKEW = timedelta(hours=1)
# To another server (RFC 6120, section 13.7.2) ejabberd is a client, too.
_PURPOSES = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]


def ensure_certificates(settings: EjabberdSettings, now: datetime) -> None:
    """Leave a CA and a certificate which is valid for this domain, issuing what is missing or old."""
    files = settings.files
    make_private(files.folders)
    authority = _load_authority(files) or _new_authority(settings.domain, files, now)
    names = _names(settings)
    if not _is_good(files.certificate, authority, names, now):
        write_private(files.certificate, authority.issue(settings.domain, names, now))


@dataclass(frozen=True)
class _Authority:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def issue(self, domain: str, names: list[x509.GeneralName], now: datetime) -> bytes:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_name(domain), self.certificate.subject, key, now, _CERTIFICATE_LIFETIME)
        certificate = (
            builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage(_PURPOSES), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
            .sign(self.key, hashes.SHA256())
        )
        return _pem(certificate) + _private_pem(key) + _pem(self.certificate)


def _new_authority(domain: str, files: Files, now: datetime) -> _Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"xmpp_bridge CA of {domain}"[:64])
    certificate = (
        _builder(name, name, key, now, _CA_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    write_private(files.keys / "ca.pem", _private_pem(key))
    write_private(files.ca, _pem(certificate))
    return _Authority(certificate, key)


def _load_authority(files: Files) -> _Authority | None:
    key_file = files.keys / "ca.pem"
    if not (key_file.exists() and files.ca.exists()):
        return None
    key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        return None
    return _Authority(x509.load_pem_x509_certificate(files.ca.read_bytes()), key)


def _is_good(
    path: Path, authority: _Authority, names: list[x509.GeneralName], now: datetime
) -> bool:
    if not path.exists():
        return False
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    shown = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return (
        certificate.issuer == authority.certificate.subject
        and certificate.not_valid_after_utc - _RENEW_BEFORE > now
        and list(shown) == names
    )


def _names(settings: EjabberdSettings) -> list[x509.GeneralName]:
    """Return what clients may verify: the XMPP domain above all, then its services and the address."""
    domains = (
        settings.domain,
        settings.rooms,
        settings.documents,
        settings.awareness,
        settings.component,
        "localhost",
    )
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in domains]
    try:
        names.append(x509.IPAddress(ipaddress.ip_address(settings.interface)))
    except ValueError:
        names.append(x509.DNSName(settings.interface))
    return names


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    lifetime: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
