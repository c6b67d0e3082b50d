"""Certificates for servers of the tests, made when asked for by the openssl command: none lies about in the house."""

import shutil
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True, slots=True)
class Certificate:
    """Signed by itself: who trusts `file` as an authority trusts the server."""

    file: Path
    key: Path

    def make_server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file, self.key)
        return context


def make_certificate(folder: Path, *, name: str = "IP:127.0.0.1", days: int = 2) -> Certificate:
    """`name`: what the server is called, as openssl writes it: `IP:127.0.0.1`, `DNS:mail.example`."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl command to make a certificate with")
    made = Certificate(folder / "certificate.pem", folder / "key.pem")
    subprocess.run(  # noqa: S603 - our own words
        [
            openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", str(made.key), "-out", str(made.file), "-days", str(days), "-subj", "/CN=tests",
            "-addext", f"subjectAltName={name}",
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    return made
