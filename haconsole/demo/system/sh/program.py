"""``sh`` as a program: options, and where its commands come from."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..errors import words_of
from ..invocation import Invocation
from ..process import Exit
from ..tty import tty_of
from .bashisms import parse_bash
from .interactive import InteractiveShell
from .interp import Shell
from .parser import Feed, parse
from .state import SPECIAL_OPTIONS, ShellError, State, Variables
from .syntax import IncompleteError, ShellSyntaxError

_LONG = frozenset(("--login", "--norc", "--noprofile", "--posix"))
_DEFAULTS = {"IFS": " \t\n", "OPTIND": "1", "PS1": "$ ", "PS2": "> ", "PS4": "+ "}


@dataclass
class _Command:
    """A command line of ``sh``, taken apart."""

    options: set[str] = field(default_factory=set)
    login: bool = False
    text: bool = False
    words: list[str] = field(default_factory=list)


def _options(inv: Invocation) -> _Command:
    """Take the options off; raises ``ShellError``."""
    command = _Command(login=inv.argv[0].startswith("-"), words=list(inv.args))
    words = command.words
    while words and words[0][:1] in "-+" and len(words[0]) > 1:
        word = words.pop(0)
        if word in ("--", "-"):
            break
        if word in _LONG:
            command.login |= word == "--login"
            continue
        for letter in word[1:]:
            if letter == "c":
                command.text = True
            elif letter == "l":
                command.login = True
            elif letter == "o" and words:
                long = words.pop(0)
                command.options |= {k for k, v in SPECIAL_OPTIONS.items() if v == long}
            elif letter in SPECIAL_OPTIONS:
                (command.options.add if word[0] == "-" else command.options.discard)(letter)
            else:
                raise ShellError(f"Illegal option {word[0]}{letter}")
    return command


async def sh(inv: Invocation) -> int:
    """Run a shell: ``sh [-c TEXT [NAME [WORD…]]] [-s] [-OPTIONS] [FILE [WORD…]]``."""
    arg0 = inv.argv[0].lstrip("-")
    path = text = None
    try:
        command = _options(inv)
        words = command.words
        if command.text and not words:
            raise ShellError("-c requires an argument")
    except ShellError as error:
        await inv.stderr.write(f"{arg0}: 0: {error.message}\n")
        return error.status
    if command.text:
        text = words.pop(0)
        arg0 = words.pop(0) if words else arg0
    elif words and "s" not in command.options:
        path = arg0 = words.pop(0)
    else:
        command.options.add("s")
    state = State(arg0, inv.process.pid, inv.process.ppid, _variables(inv), positional=words)
    state.options = command.options
    state.bash = _is_bash(inv)
    tty = tty_of(inv.process.fds.get(0)) if text is None and path is None else None
    if tty is not None:
        state.options.add("i")
        state.arg0 = inv.argv[0]
        talking = InteractiveShell(inv.machine, inv.process, state)
        if command.login:
            await _profile(talking)
        return await talking.converse(tty)
    shell = Shell(inv.machine, inv.process, state)
    if command.login:
        await _profile(shell)
    if path is not None:
        text = await _read_file(shell, path)
    if text is not None:
        script = parse_bash(text) if state.bash else parse(text)
        return await shell.guard(shell.script(script, last=True))
    return await shell.guard(_from_stdin(shell))


def _is_bash(inv: Invocation) -> bool:
    """Whether the shell is bash; what Red Hat calls ``sh`` is, what Debian calls so is dash."""
    name = inv.argv[0].lstrip("-").rpartition("/")[2]
    return name == "bash" or (name == "sh" and inv.machine.like_red_hat)


def _variables(inv: Invocation) -> Variables:
    named = {n: v for n, v in inv.env.items() if n.replace("_", "a").isalnum() and n[0] != "_"}
    values = {**named, **_DEFAULTS, "PPID": str(inv.process.ppid), "PWD": inv.cwd}
    exported = set(named) | ({"PWD"} if "PWD" in named else set())
    return Variables(values, exported - {"PPID", "IFS"})


async def _profile(shell: Shell) -> None:
    home = shell.state.variables.values.get("HOME", "/")
    for path in ("/etc/profile", f"{home.rstrip('/')}/.profile"):
        if shell.machine.files.is_file(path, shell.process.caller):
            try:
                await shell.text(shell.machine.files.read_text(path, shell.process.caller))
            except ShellError as error:
                await shell.complain(error.message)


async def _read_file(shell: Shell, path: str) -> str:
    try:
        return shell.machine.files.read_text(path, shell.process.caller)
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        words = "No such file" if missing else words_of(error)
        shell.state.line = 0
        await shell.complain(f"cannot open {path}: {words}")
        raise Exit(2 if missing else 126) from None


async def _from_stdin(shell: Shell) -> int:
    """Run commands as they come; not a byte after a command's line is taken before it ran."""
    known = 0
    line = 1
    while True:
        file = shell.process.fd(0)
        data = file.peek()
        if len(data) <= known or not data:
            if await file.more(known):
                continue
            break
        text = data.decode("utf-8", "surrogateescape")
        feed = Feed(text, line)
        try:
            script = feed.next()
        except IncompleteError:
            known = len(data)
            continue
        except ShellSyntaxError as error:
            shell.state.line = error.line
            raise ShellError(f"Syntax error: {error.message}") from None
        taken = len(text[: feed.i].encode("utf-8", "surrogateescape"))
        await file.read(taken)
        known, line = 0, feed.line
        if script is not None:
            await shell.script(script)
    rest = (await _rest(shell)).decode("utf-8", "surrogateescape")
    return await shell.script(parse(rest), last=True) if rest.strip() else shell.state.status


async def _rest(shell: Shell) -> bytes:
    parts = []
    while data := await shell.process.fd(0).read():
        parts.append(data)
    return b"".join(parts)
