"""Root rights on a host: none needed, sudo without a password, sudo with one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import asyncssh

from haconsole.domain.model import Become, Host
from haconsole.domain.notes import Note, note

from .asking import ATTEMPTS, Secrets
from .cleaning import clean_words
from .errors import BecomeError, LinkDownError, TransportError, failure
from .process import Process, new_nonce, open_process, say_hello
from .prompts import SecretKind
from .wrappers import launch

#: sudo(8): -n never asks; -S reads the password from standard input and asks for it on standard
#: error, -k ignores cached rights, -p gives the words to ask with: a nonce, so that we know. Of
#: two % it shows one: a login shell that traces what it runs (set -x) does not show the question.
_QUIET = "sudo -n"
_ASKED = "sudo -S -k -p {nonce}%%:"
_QUESTION = "{nonce}%:"
#: Seconds that sudo may take to ask, and to judge a password (PAM delays after a wrong one).
JUDGE_S = 20.0


@dataclass(frozen=True, slots=True)
class _Way:
    """How a process is started: over which connection, and what it runs (see ``wrappers``)."""

    connection: asyncssh.SSHClientConnection
    body: str
    nonce: str


class Rights:
    """How processes are started on one host, as the user and as root."""

    def __init__(self, host: Host, secrets: Secrets) -> None:
        self._host = host
        self._secrets = secrets
        self._needs_password = False
        self._asking = asyncio.Lock()
        self._refusal: BecomeError | None = None
        self._asked_in_vain = False

    async def start(
        self, connection: asyncssh.SSHClientConnection, body: str, nonce: str, *, root: bool
    ) -> Process:
        """Start a wrapped process and wait for its hello; raises ``TransportError``.

        ``root``: through the host's ``become``. ``BecomeError`` says why that failed.
        """
        name = self._host.name
        if not root:
            process = await open_process(connection, name, nonce, launch(body))
            await say_hello(process, name)
            return process
        if self._host.access.become is not Become.SUDO:
            raise failure(
                BecomeError,
                "{host}: this needs root rights, and the inventory says “become: none” there. "
                "Say “become: sudo”, or log in as root.",
                host=name,
            )
        self._stand_by_refusal()
        try:
            return await self._as_root(connection, body, nonce)
        except BecomeError as error:
            self._refusal = error
            raise

    def _stand_by_refusal(self) -> None:
        if self._refusal is not None:
            again = BecomeError(str(self._refusal))
            again.note = self._refusal.note
            raise again

    def reconnected(self) -> None:
        """Let root rights be tried on a new connection, unless the operator was asked in vain."""
        if not self._asked_in_vain:
            self._refusal = None

    def try_again(self) -> None:
        """Let root rights be tried, and the password be asked, again after a refusal.

        Until then a refusal stands: who declined once is not asked at every reading.
        """
        self._refusal = None
        self._asked_in_vain = False

    async def _as_root(
        self, connection: asyncssh.SSHClientConnection, body: str, nonce: str
    ) -> Process:
        name = self._host.name
        if not self._needs_password:
            process = await open_process(connection, name, nonce, launch(body, _QUIET))
            try:
                await say_hello(process, name)
                return process
            except LinkDownError:
                raise
            except TransportError as error:
                complaint = _text(process)
                if "password" not in complaint:
                    raise _no_sudo(name, complaint) from error
                self._needs_password = True
        return await self._with_password(connection, body, nonce)

    async def _with_password(
        self, connection: asyncssh.SSHClientConnection, body: str, nonce: str
    ) -> Process:
        kin = self._secrets.kin
        async with self._asking:
            # Another process of ours may have been refused while this one waited.
            self._stand_by_refusal()
            way = _Way(connection, body, nonce)
            if (process := await self._remembered(way)) is not None:
                return process
            async with kin.turn(self._host.name):
                # What a host like this one took while we waited for our turn to ask.
                return await self._remembered(way) or await self._asked(way)

    async def _remembered(self, way: _Way) -> Process | None:
        """Try what is known: this host's password, then one that its kin took."""
        name, key = self._host.name, self._key
        if (password := self._secrets.known(key)) is not None:
            if (process := await self._try(way, password)) is not None:
                return process
            self._secrets.forget(key, password)
        if (lent := self._secrets.kin.lent(name)) is None or lent == password:
            return None
        if (process := await self._try(way, lent)) is not None:
            self._secrets.remember(key, lent)
        return process

    async def _asked(self, way: _Way) -> Process:
        """Ask until sudo takes it; raises ``BecomeError``."""
        name, key = self._host.name, self._key
        for attempt in range(1, ATTEMPTS + 1):
            password = await self._secrets.ask(
                key, SecretKind.SUDO, name, self._secrets.kin.question(name), attempt=attempt
            )
            if password is None:
                raise self._in_vain(
                    failure(
                        BecomeError,
                        "{host}: no root rights, because the sudo password was not given.",
                        host=name,
                    )
                )
            if (process := await self._try(way, password)) is not None:
                return process
            self._secrets.forget(key, password)
        raise self._in_vain(
            failure(
                BecomeError,
                "{host}: sudo did not take the password, {count} times. It is not asked again now.",
                host=name,
                count=ATTEMPTS,
            )
        )

    @property
    def _key(self) -> tuple[SecretKind, str]:
        return (SecretKind.SUDO, self._host.name)

    def _in_vain(self, refusal: BecomeError) -> BecomeError:
        self._asked_in_vain = True
        self._refusal = refusal
        return refusal

    async def _try(self, way: _Way, password: str) -> Process | None:
        """Return the process, or ``None`` where sudo does not take the password.

        The password is sent only when sudo asks for it. Where it asks for none any more, what
        reads our bytes is the script behind it: root's shell would run the password.
        """
        name, nonce = self._host.name, new_nonce()
        question = _QUESTION.format(nonce=nonce)
        request = launch(way.body, _ASKED.format(nonce=nonce))
        process = await open_process(way.connection, name, way.nonce, request)
        if not await self._asks(process, question):
            if process.hello.done() and process.hello.result():
                self._needs_password = False
                return process
            raise self._ended(process, question)
        # What is said from now on is about the password.
        process.complaint = b""
        process.write(password.encode() + b"\n")
        asks_again = await self._asks(process, question)
        if not asks_again and process.hello.done() and process.hello.result():
            self._secrets.kin.took(name, password)
            return process
        if asks_again or b"incorrect password" in process.complaint:
            process.close()
            self._secrets.kin.refused(name, password)
            return None
        raise self._ended(process, question)

    async def _asks(self, process: Process, question: str) -> bool:
        """Wait until sudo asks for a password; ``False`` when it started the command or ended.

        Raises ``BecomeError`` when it does neither in time.
        """
        asked: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def listen() -> None:
            if question.encode() in process.complaint and not asked.done():
                asked.set_result(True)

        process.on_complaint = listen
        listen()
        try:
            async with asyncio.timeout(JUDGE_S):
                await asyncio.wait({asked, process.hello}, return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError as error:
            process.close()
            silent = note("no answer in time")
            raise _no_sudo(self._host.name, _text(process), silent) from error
        except asyncio.CancelledError:
            process.close()
            raise
        finally:
            process.on_complaint = lambda: None
        return asked.done() and not process.hello.done()

    def _ended(self, process: Process, question: str) -> TransportError:
        """Return the error for a sudo that ended without starting anything."""
        complaint = _text(process).replace(question, "")
        if process.ended.is_set() and process.exit_status is None and not complaint:
            return failure(LinkDownError, "The link to {host} was lost.", host=self._host.name)
        process.close()
        return _no_sudo(self._host.name, complaint)


def _text(process: Process) -> str:
    return process.complaint.decode("utf-8", errors="replace")


def _no_sudo(host: str, complaint: str, silent: Note | None = None) -> BecomeError:
    """Return the sentence for what sudo, or the shell that looked for it, said (LC_ALL=C).

    ``silent``: what is told where it said nothing.
    """
    if "sudoers" in complaint or "not allowed" in complaint or "may not run" in complaint:
        template = "{host}: the user may not use sudo for this ({complaint})."
    elif "tty" in complaint or "terminal" in complaint:
        template = "{host}: sudo wants a terminal there (requiretty); turn that off for the user."
    elif "not found" in complaint or "No such file" in complaint or "nknown command" in complaint:
        template = "{host}: sudo is not installed there. Install it, or log in as root."
    else:
        template = "{host}: sudo gave no root rights ({complaint})."
    words = clean_words(complaint).rstrip(".") or silent or note("no reason given")
    return failure(BecomeError, template, host=host, complaint=words)
