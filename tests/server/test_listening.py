"""Loopback, or TLS."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from stand_ins.postgres import Postgres
from stand_ins.service import open_service

from coderev.errors import CoderevError
from coderev.server.app import make_app
from coderev.server.listening import (
    BadCertificate,
    BadListen,
    CannotListen,
    OpenWithoutTls,
    is_our_host,
    listening,
    running,
    tls_context,
)
from coderev.settings import ServerSettings, Settings


@pytest.mark.parametrize("listen", ["127.0.0.1:8080", "127.9.9.9:1", "[::1]:8080", "localhost:0"])
def test_loopback_needs_no_tls(listen: str) -> None:
    assert not listening(ServerSettings(listen=listen)).tls


@pytest.mark.parametrize("listen", ["0.0.0.0:80", "[::]:80", "10.0.0.1:80", "[::ffff:127.0.0.1]:1", "8.8.8.8:1"])
def test_what_others_reach_needs_tls(listen: str) -> None:
    try:
        place = listening(ServerSettings(listen=listen))
    except OpenWithoutTls:
        pass
    else:
        assert place.host == "::ffff:127.0.0.1"  # which is loopback, spelled otherwise
    assert listening(ServerSettings(listen=listen, certificate="c.pem", url="https://review.internal")).tls


@pytest.mark.parametrize(
    "listen",
    ["", "8080", ":8080", "example.internal:80", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:65536", "1:2:3:4", "0x7f.1:80"],
)
def test_what_is_no_address_is_refused(listen: str) -> None:
    with pytest.raises(BadListen) as refused:
        listening(ServerSettings(listen=listen))
    assert refused.value.next_step


@given(st.text(max_size=40))
def test_whatever_is_written_there_it_is_loopback_or_refused(listen: str) -> None:
    try:
        place = listening(ServerSettings(listen=listen))
    except CoderevError:
        return
    assert place.host.startswith("127.") or place.host in {"::1", "::ffff:127.0.0.1"}


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("review.internal", True),
        ("REVIEW.internal:443", True),
        ("127.0.0.1", True),
        ("evil.example", False),
        ("", False),
    ],
)
def test_what_the_service_is_called(host: str, ours: bool) -> None:
    place = listening(ServerSettings(listen="127.0.0.1:8080", url="https://review.internal/"))
    assert place.url == "https://review.internal"
    assert is_our_host(place, host) is ours


def certified(folder: Path) -> Path:
    """A key and a certificate for 127.0.0.1 in one file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "t")])
    at = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(at - timedelta(hours=1))
        .not_valid_after(at + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    return file


async def test_over_tls_browsers_are_told_to_stay_there(server: Postgres, tmp_path: Path) -> None:
    file = certified(tmp_path)
    settings = replace(Settings(), server=ServerSettings(certificate=str(file), key=str(file)))
    async with open_service(server, settings=settings) as service:
        trusting = ssl.create_default_context(cafile=str(file))
        answer = await service.get("/healthz", ssl=trusting)
        old = ssl.create_default_context(cafile=str(file))
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        older = await service.get("/healthz", ssl=old)

    assert service.url.startswith("https://127.0.0.1:")
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    assert older.status == 200


def test_a_certificate_that_is_none_is_named(tmp_path: Path) -> None:
    file = tmp_path / "c.pem"
    file.write_text("nothing", encoding="utf-8")
    with pytest.raises(BadCertificate, match=r"c\.pem"):
        tls_context(ServerSettings(certificate=str(file), key=str(file)))
    with pytest.raises(BadCertificate, match="No such file"):
        tls_context(ServerSettings(certificate=str(tmp_path / "none.pem")))


async def test_an_address_that_is_taken_is_one_error(server: Postgres) -> None:
    async with open_service(server) as service:
        taken = ServerSettings(listen=service.url.removeprefix("http://"))
        with pytest.raises(CannotListen, match="127"):
            async with running(make_app(service.site), taken):
                pass
