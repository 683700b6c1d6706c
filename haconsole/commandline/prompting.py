"""The transport's questions, asked on a terminal without the screens."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import sys
import threading
from collections.abc import Callable, Iterator

from haconsole.telling import say
from haconsole.transport.prompts import HostKeyQuestion, NoPrompter, Prompter, SecretQuestion
from haconsole.words import t


class TerminalPrompter:
    """Asks on the controlling terminal, never on standard output."""

    async def secret(self, question: SecretQuestion) -> str | None:
        """Ask for a secret without echo; an empty answer or an end of file declines."""
        text = f"{say(question.text)} "
        try:
            answer = await typed_secret(text)
        except (EOFError, KeyboardInterrupt):
            return None
        return answer or None

    async def trust_host_key(self, question: HostKeyQuestion) -> bool:
        """Ask whether a key is to be trusted; only a plain "yes" does."""
        text = t(
            "{host} ({address}:{port}) is not in known_hosts. Its {algorithm} key is "
            "{fingerprint}. Trust it (yes/no)? ",
            host=question.host,
            address=question.address,
            port=question.port,
            algorithm=question.algorithm,
            fingerprint=question.fingerprint,
        )

        def ask() -> str:
            print(text, end="", file=sys.stderr, flush=True)
            return sys.stdin.readline()

        return means_yes(await typed(ask))


def means_yes(answer: str) -> bool:
    """Whether an answer is the whole word, in English or in the reader's language."""
    return answer.strip().lower() in {"yes", t("yes")}


def asked_to_run() -> bool:
    """Ask whether to run what was just shown; no where nobody can be asked, saying so.

    Not where links are open: they would not be kept alive meanwhile (:func:`agreed_to_run`).
    """
    return _can_be_asked() and means_yes(_read_agreement())


async def agreed_to_run() -> bool:
    """Ask the same, while links are kept alive and Ctrl-C ends it."""
    return _can_be_asked() and means_yes(await typed(_read_agreement))


def _can_be_asked() -> bool:
    if sys.stdin.isatty():
        return True
    print(t("haconsole: nobody can be asked here; say --yes to run it."), file=sys.stderr)
    return False


def _read_agreement() -> str:
    print(t("Run it (yes/no)? "), end="", file=sys.stderr, flush=True)
    return sys.stdin.readline()


async def typed_secret(text: str) -> str:
    """Return what is typed without echo; ``EOFError`` where nothing is."""
    with _echo_as_before():
        return await typed(lambda: getpass.getpass(text))


async def typed(ask: Callable[[], str]) -> str:
    """Return what ``ask`` reads, in a thread that nobody waits for once Ctrl-C ends the wait."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str] = loop.create_future()

    def tell(text: str, error: BaseException | None) -> None:
        if answer.done():
            return
        if error is None:
            answer.set_result(text)
        else:
            answer.set_exception(error)

    def read() -> None:
        text, failed = "", None
        try:
            text = ask()
        except BaseException as error:
            failed = error
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
            loop.call_soon_threadsafe(tell, text, failed)

    threading.Thread(target=read, name="ask the terminal", daemon=True).start()
    return await answer


@contextlib.contextmanager
def _echo_as_before() -> Iterator[None]:
    """Leave the terminal as it was, also where reading without echo is given up half way."""
    try:
        import termios
    except ImportError:  # Windows reads without echo by itself
        yield
        return
    try:
        before = termios.tcgetattr(sys.stdin)
    except (termios.error, OSError, ValueError):
        yield
        return
    try:
        yield
    finally:
        with contextlib.suppress(termios.error, OSError, ValueError):
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def prompter_for_terminal() -> Prompter:
    """Return who answers questions: the terminal, if there is one, else nobody."""
    return TerminalPrompter() if sys.stdin.isatty() and sys.stderr.isatty() else NoPrompter()
