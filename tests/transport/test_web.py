"""One HTTP request, from here and through a host, in clear and over TLS."""

from __future__ import annotations

import asyncio
import datetime
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from haconsole.transport.errors import TransportError


class Web:
    """A server that answers every request with the same bytes."""

    def __init__(self, answer: bytes, context: ssl.SSLContext | None = None) -> None:
        self.answer, self.context = answer, context
        self.requests: list[bytes] = []

    async def __aenter__(self) -> Web:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.context)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.server.close()

    async def _serve(self, reader, writer):
        self.requests.append(await reader.readuntil(b"\r\n\r\n"))
        if self.answer == b"silence":
            await asyncio.sleep(60)
        writer.write(self.answer)
        await writer.drain()
        writer.close()

    def url(self, path: str = "/") -> str:
        return f"http{'s' if self.context else ''}://127.0.0.1:{self.port}{path}"


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "somebody.else")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = folder / "server.pem"
    file.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


@pytest.mark.parametrize("via", [None, "bastion", "lb01"])
async def test_the_status_and_the_time(door, via):
    async with Web(OK) as web:
        status, seconds = await door.transport.http_get(via, web.url("/a?b=c"), 5)
    assert status == 200
    assert 0 < seconds < 5
    request = web.requests[0].decode()
    assert request.startswith("GET /a?b=c HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{web.port}\r\n" in request
    assert "Connection: close" in request


@pytest.mark.parametrize("via", [None, "bastion"])
async def test_tls_without_a_valid_name(door, tls, via):
    async with Web(b"HTTP/1.0 503 no\r\n\r\n", tls) as web:
        assert (await door.transport.http_get(via, web.url(), 5))[0] == 503


@pytest.mark.parametrize("via", [None, "bastion"])
@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (b"", "closed without an answer"),
        (b"\x1b[31mSSH-2.0-x\n", "the answer is not HTTP: ␛"),
        (b"x" * 100_000, "the answer is not HTTP"),
        (b"silence", r"no answer within 0\.3 s"),
    ],
)
async def test_bad_answers_are_sentences(door, via, answer, sentence):
    async with Web(answer) as web:
        with pytest.raises(TransportError, match=sentence) as caught:
            await door.transport.http_get(via, web.url(), 0.3)
    assert web.url() in str(caught.value)
    assert via is None or f"asked from {via}" in str(caught.value)


@pytest.mark.parametrize("via", [None, "bastion"])
async def test_nobody_listens(door, via):
    async with Web(OK) as web:
        url = web.url()
    with pytest.raises(TransportError, match=r"did not answer.*(refused|Connect call failed)"):
        await door.transport.http_get(via, url, 5)


async def test_through_a_host_that_is_not_up(lab, door):
    await lab.bastion.stop()
    with pytest.raises(TransportError, match="bastion"):
        await door.transport.http_get("bastion", "http://127.0.0.1/", 1)
