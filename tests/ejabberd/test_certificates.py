"""The CA and the certificate of an instance."""

from __future__ import annotations

import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from xmpp_bridge.ejabberd.certificates import ensure_certificates
from xmpp_bridge.ejabberd.settings import EjabberdSettings

NOW = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> EjabberdSettings:
    return EjabberdSettings("montague.lit", tmp_path / "x")


def names(settings: EjabberdSettings) -> x509.SubjectAlternativeName:
    certificate = x509.load_pem_x509_certificate(settings.files.certificate.read_bytes())
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def handshake(settings: EjabberdSettings, server_name: str) -> None:
    """Shake hands in memory, as strictly as the newest Python does."""
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(settings.files.certificate)
    client_side = ssl.create_default_context(cafile=settings.files.ca)
    client_side.verify_flags |= ssl.VerifyFlags.VERIFY_X509_STRICT
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_side.wrap_bio(to_server, to_client, server_side=True)
    client = client_side.wrap_bio(to_client, to_server, server_hostname=server_name)
    for side in (client, server, client, server):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue


@pytest.mark.parametrize("name", ["montague.lit", "documents.montague.lit", "127.0.0.1"])
def test_a_strict_client_accepts_the_domain_its_services_and_the_address(
    settings: EjabberdSettings, name: str
) -> None:
    ensure_certificates(settings, datetime.now(UTC))

    handshake(settings, name)


def test_no_client_accepts_another_domain(settings: EjabberdSettings) -> None:
    ensure_certificates(settings, datetime.now(UTC))

    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(settings, "capulet.lit")


def test_both_are_kept_while_they_are_good(settings: EjabberdSettings) -> None:
    ensure_certificates(settings, NOW)
    before = settings.files.ca.read_bytes(), settings.files.certificate.read_bytes()
    ensure_certificates(settings, NOW + timedelta(days=300))

    assert before == (settings.files.ca.read_bytes(), settings.files.certificate.read_bytes())


def test_a_certificate_is_renewed_before_it_ends_by_the_same_ca(settings: EjabberdSettings) -> None:
    ensure_certificates(settings, NOW)
    ca, certificate = settings.files.ca.read_bytes(), settings.files.certificate.read_bytes()
    ensure_certificates(settings, NOW + timedelta(days=380))

    assert settings.files.ca.read_bytes() == ca
    assert settings.files.certificate.read_bytes() != certificate


def test_another_address_gets_another_certificate(settings: EjabberdSettings) -> None:
    ensure_certificates(settings, NOW)
    ensure_certificates(replace(settings, interface="192.0.2.7"), NOW)

    addresses = names(settings).get_values_for_type(x509.IPAddress)
    assert [str(address) for address in addresses] == ["192.0.2.7"]


def test_nobody_else_may_read_a_key(settings: EjabberdSettings) -> None:
    ensure_certificates(settings, NOW)

    assert settings.files.certificate.stat().st_mode & 0o077 == 0
    assert (settings.files.keys / "ca.pem").stat().st_mode & 0o077 == 0
