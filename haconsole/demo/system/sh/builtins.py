"""The shell's builtins: those that are special (POSIX.1-2017, 2.14) and the others."""

from __future__ import annotations

import posixpath
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

from ..errors import words_of
from ..process import Disposition
from ..signals import Sig, name_of, parse
from ..tree import X
from . import jobs, reading
from .printf import echo_text, format_all
from .state import SPECIAL_OPTIONS, FunctionReturn, LoopExit, ShellError, ShellExit
from .testexpr import evaluate

if TYPE_CHECKING:
    from .interp import Shell

Builtin: TypeAlias = "Callable[[Shell, list[str]], Awaitable[int]]"


def _number(command: str, text: str) -> int:
    if not text.isdigit():
        raise ShellError(f"{command}: Illegal number: {text}")
    return int(text)


async def _colon(shell: Shell, argv: list[str]) -> int:
    return 0


async def _false(shell: Shell, argv: list[str]) -> int:
    return 1


async def _break(shell: Shell, argv: list[str]) -> int:
    loops = _number(argv[0], argv[1]) if len(argv) > 1 else 1
    if shell.state.loops == 0:
        return 0
    raise LoopExit(min(loops, shell.state.loops), again=argv[0] == "continue")


async def _exit(shell: Shell, argv: list[str]) -> int:
    raise ShellExit(_number("exit", argv[1]) & 0xFF if len(argv) > 1 else shell.state.status)


async def _return(shell: Shell, argv: list[str]) -> int:
    raise FunctionReturn(_number("return", argv[1]) if len(argv) > 1 else shell.state.status)


async def _eval(shell: Shell, argv: list[str]) -> int:
    state = shell.state
    line, state.status = state.line, 0
    state.evals += 1
    try:
        return await shell.text(" ".join(argv[1:]))
    finally:
        state.evals -= 1
        state.line = line


async def _dot(shell: Shell, argv: list[str]) -> int:
    if len(argv) < 2:
        raise ShellError(".: filename argument required")
    path, files, caller = argv[1], shell.machine.files, shell.process.caller
    if "/" not in path:
        folders = shell.state.variables.values.get("PATH", "").split(":")
        found = (posixpath.join(folder or ".", path) for folder in folders)
        path = next((p for p in found if files.is_file(p, caller)), "")
        if not path:
            raise ShellError(f".: {argv[1]}: not found")
    try:
        text = files.read_text(path, caller)
    except OSError as error:
        words = "No such file" if isinstance(error, FileNotFoundError) else words_of(error)
        raise ShellError(f".: cannot open {path}: {words}") from None
    shell.state.status = 0
    try:
        return await shell.text(text)
    except FunctionReturn as exit_:
        return exit_.status


async def _exec(shell: Shell, argv: list[str]) -> int:
    if len(argv) == 1:
        return 0
    status = await shell.execute(argv[1:], shell.state.variables.environment())
    shell.state.traps.clear()
    raise ShellExit(status)


async def _export(shell: Shell, argv: list[str]) -> int:
    variables = shell.state.variables
    names = variables.exported if argv[0] == "export" else variables.readonly
    words = argv[1:]
    if not words or words == ["-p"]:
        for name in sorted(names):
            value = variables.values.get(name)
            shown = "" if value is None else "=" + quote(value)
            await shell.write(1, f"{argv[0]} {name}{shown}\n")
        return 0
    for word in words:
        name, found, value = word.partition("=")
        if not name.replace("_", "a").isalnum() or name[0].isdigit():
            raise ShellError(f"{argv[0]}: {name}: bad variable name")
        if found:
            variables.set(name, value)
        names.add(name)
    return 0


def quote(text: str) -> str:
    """Quote a value as ``set`` and ``export -p`` do."""
    return "'" + text.replace("'", "'\"'\"'") + "'"


async def _set(shell: Shell, argv: list[str]) -> int:
    state = shell.state
    words = argv[1:]
    if not words:
        for name in sorted(state.variables.values):
            await shell.write(1, f"{name}={quote(state.variables.values[name])}\n")
        return 0
    while words and words[0][:1] in "-+" and len(words[0]) > 1:
        word = words.pop(0)
        if word == "--":
            state.positional = words
            return 0
        letters = word[1:]
        if letters == "o" and words:
            long = words.pop(0)
            letters = next((k for k, v in SPECIAL_OPTIONS.items() if v == long), "")
            if not letters:
                raise ShellError(f"set: Illegal option -o {long}")
        for letter in letters:
            if letter not in SPECIAL_OPTIONS:
                raise ShellError(f"set: Illegal option {word[0]}{letter}")
            (state.options.add if word[0] == "-" else state.options.discard)(letter)
    state.variables.export_all = "a" in state.options
    if words:
        state.positional = words
    return 0


async def _shift(shell: Shell, argv: list[str]) -> int:
    count = _number("shift", argv[1]) if len(argv) > 1 else 1
    if count > len(shell.state.positional):
        raise ShellError("shift: can't shift that many")
    del shell.state.positional[:count]
    return 0


async def _unset(shell: Shell, argv: list[str]) -> int:
    functions = False
    for word in argv[1:]:
        if word in ("-f", "-v"):
            functions = word == "-f"
        elif functions:
            shell.state.functions.pop(word, None)
        else:
            shell.state.variables.unset(word)
    return 0


async def _trap(shell: Shell, argv: list[str]) -> int:
    state, words = shell.state, [word for word in argv[1:] if word != "--"]
    if not words:
        for number, action in sorted(state.traps.items()):
            shown = "EXIT" if number == 0 else name_of(number)
            await shell.write(1, f"trap -- {quote(action)} {shown}\n")
        return 0
    command: str | None = words[0]
    if words[0] == "-" or words[0].isdigit() or len(words) == 1:
        command = None
        words = words if words[0] != "-" else words[1:]
    else:
        words = words[1:]
    for word in words:
        condition = 0 if word == "EXIT" else parse(word)
        if condition is None:
            await shell.write(2, f"trap: {word}: bad trap\n")
            return 1
        _set_trap(shell, condition, command)
    return 0


def _set_trap(shell: Shell, number: int, action: str | None) -> None:
    if action is None:
        shell.state.traps.pop(number, None)
    else:
        shell.state.traps[number] = action
    if number in (0, Sig.KILL, Sig.STOP):
        return
    if action is None:
        shell.process.on_signal(number, Disposition.DEFAULT)
    elif action == "":
        shell.process.on_signal(number, Disposition.IGNORE)
    else:
        shell.process.on_signal(number, shell.note_signal)


async def _cd(shell: Shell, argv: list[str]) -> int:
    values = shell.state.variables.values
    words = [word for word in argv[1:] if word not in ("-L", "-P", "--")]
    target = words[0] if words else values.get("HOME", "")
    if target == "-":
        target = values.get("OLDPWD", "")
        await shell.write(1, f"{target}\n")
    if not target:
        return 0
    path = posixpath.normpath(posixpath.join(shell.process.cwd, target))
    path = "/" + path.lstrip("/")
    files, caller = shell.machine.files, shell.process.caller
    if not files.is_dir(path, caller) or not files.allows(path, X, caller):
        raise ShellError(f"cd: can't cd to {target}")
    values["OLDPWD"] = shell.process.cwd
    values["PWD"] = shell.process.context.cwd = path
    return 0


async def _pwd(shell: Shell, argv: list[str]) -> int:
    path = shell.process.cwd
    if "-P" in argv:
        path = shell.machine.files.realpath(path)
    await shell.write(1, f"{path}\n")
    return 0


async def _echo(shell: Shell, argv: list[str]) -> int:
    await shell.process.write(1, echo_text(argv[1:]))
    return 0


async def _printf(shell: Shell, argv: list[str]) -> int:
    output, problems = format_all(argv[1:])
    for problem in problems:
        await shell.complain(f"printf: {problem}")
    if output:
        await shell.process.write(1, output)
    return 2 if len(argv) < 2 else int(bool(problems))


async def _test(shell: Shell, argv: list[str]) -> int:
    words = argv[1:]
    if argv[0] == "[":
        if not words or words[-1] != "]":
            raise ShellError("[: missing ]")
        words = words[:-1]
    try:
        return int(
            not evaluate(words, shell.machine.files, shell.process.caller, shell.process.fds)
        )
    except ValueError as error:
        raise ShellError(f"{argv[0]}: {error}") from None


async def _umask(shell: Shell, argv: list[str]) -> int:
    context = shell.process.context
    words = [word for word in argv[1:] if word != "-S"]
    if not words:
        await shell.write(1, f"{context.umask:04o}\n")
        return 0
    try:
        context.umask = int(words[0], 8) & 0o777
    except ValueError:
        raise ShellError(f"umask: Illegal number: {words[0]}") from None
    return 0


async def _ulimit(shell: Shell, argv: list[str]) -> int:
    numbers = [word for word in argv[1:] if not word.startswith("-")]
    if not numbers:
        await shell.write(1, "1024\n" if "-n" in argv else "unlimited\n")
    return 0


async def _type(shell: Shell, argv: list[str]) -> int:
    status = 0
    for name in argv[1:]:
        kind = describe(shell, name)
        await shell.write(1, f"{name}{kind or ': not found'}\n")
        status = status if kind else 127
    return status


_KEYWORDS = frozenset(
    [
        "if",
        "then",
        "else",
        "elif",
        "fi",
        "do",
        "done",
        "case",
        "esac",
        "while",
        "until",
        "for",
        "in",
        "{",
        "}",
        "!",
    ]
)


def describe(shell: Shell, name: str) -> str:
    """Return what ``type`` says of a name after it, or ``""``."""
    if name in _KEYWORDS:
        return " is a shell keyword"
    if name in SPECIAL:
        return " is a special shell builtin"
    if name in shell.state.functions:
        return " is a shell function"
    if name in BUILTINS:
        return " is a shell builtin"
    path = _find(shell, name)
    return f" is {path}" if path else ""


def _find(shell: Shell, name: str) -> str | None:
    path = shell.state.variables.values.get("PATH", "")
    return shell.machine.programs.which(name, path, shell.process.caller)


async def _command(shell: Shell, argv: list[str]) -> int:
    words = argv[1:]
    options = ""
    while words and words[0].startswith("-") and len(words[0]) > 1:
        option = words.pop(0)
        if option == "--":
            break
        options += option[1:]
    if not words:
        return 0
    if "v" in options or "V" in options:
        return await _command_v(shell, words[0], wordy="V" in options)
    name = words[0]
    builtin = SPECIAL.get(name) or BUILTINS.get(name)
    if builtin is not None:
        return await builtin(shell, words)
    return await shell.run_program(words, shell.state.variables.environment(), shell.process.fds)


async def _command_v(shell: Shell, name: str, *, wordy: bool) -> int:
    kind = describe(shell, name)
    if not kind:
        if wordy:
            await shell.write(1, f"{name}: not found\n")
        return 127
    shown = f"{name}{kind}" if wordy else kind.removeprefix(" is ") if "/" in kind else name
    await shell.write(1, f"{shown}\n")
    return 0


async def _local(shell: Shell, argv: list[str]) -> int:
    if not shell.state.locals:
        raise ShellError("local: not in a function")
    values = shell.state.variables.values
    for word in argv[1:]:
        name, found, value = word.partition("=")
        shell.state.locals[-1].setdefault(name, values.get(name))
        if found:
            shell.state.variables.set(name, value)
    return 0


async def _hash(shell: Shell, argv: list[str]) -> int:
    missing = [n for n in argv[1:] if not n.startswith("-") and not describe(shell, n)]
    for name in missing:
        await shell.complain(f"hash: {name}: not found")
    return int(bool(missing))


#: Special builtins: an error in one ends a shell that is not interactive.
SPECIAL: dict[str, Builtin] = {
    ":": _colon, ".": _dot, "break": _break, "continue": _break, "eval": _eval, "exec": _exec,
    "exit": _exit, "export": _export, "readonly": _export, "return": _return, "set": _set,
    "shift": _shift, "times": _colon, "trap": _trap, "unset": _unset,
}  # fmt: skip
BUILTINS: dict[str, Builtin] = {
    "[": _test, "alias": _colon, "cd": _cd, "command": _command, "echo": _echo, "false": _false,
    "getopts": reading.getopts, "hash": _hash, "jobs": _colon, "kill": jobs.kill,
    "local": _local, "printf": _printf, "pwd": _pwd, "read": reading.read, "test": _test,
    "true": _colon, "type": _type, "ulimit": _ulimit, "umask": _umask, "wait": jobs.wait,
}  # fmt: skip
