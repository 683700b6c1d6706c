"""Simple commands: functions, builtins, programs (POSIX.1-2017, 2.9.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import words_of
from . import redirects
from .bashisms import BASH
from .builtins import BUILTINS, SPECIAL
from .expand import ShellExitError
from .state import FunctionReturn, ShellError
from .syntax import Node, Simple

if TYPE_CHECKING:
    from .interp import Shell


async def run_simple(shell: Shell, node: Simple, *, last: bool) -> int:
    """Run a simple command; returns its status."""
    state = shell.state
    state.line = node.line
    words = await shell.expander.fields(node.words)
    if "x" in state.options and (words or node.assigns):
        await _trace(shell, node, words)
    if not words:
        return await _assign_only(shell, node)
    name = words[0]
    try:
        if name in SPECIAL:
            return await _special(shell, node, words)
        if name in state.functions:
            return await _builtin(shell, node, words, function=state.functions[name])
        if name in BUILTINS or (state.bash and name in BASH):
            return await _builtin(shell, node, words)
        return await _program(shell, node, words, last=last)
    except ShellExitError:
        raise
    except ShellError as error:
        if name in SPECIAL:
            raise
        await shell.complain(error.message)
        return error.status


async def _trace(shell: Shell, node: Simple, words: Sequence[str]) -> None:
    shown = [f"{n}={await shell.expander.text(w, assigned=True)}" for n, w in node.assigns]
    await shell.write(2, f"+ {' '.join([*shown, *words])}\n")


async def _assignments(shell: Shell, node: Simple) -> list[tuple[str, str]]:
    return [(n, await shell.expander.text(w, assigned=True)) for n, w in node.assigns]


async def _assign_only(shell: Shell, node: Simple) -> int:
    shell.substituted = None
    try:
        opened = await redirects.prepare(shell, node.redirects)
    except ShellExitError:
        raise
    except ShellError as error:
        await shell.complain(error.message)
        return error.status
    redirects.restore(shell.process, redirects.apply(shell.process, opened))
    for name, word in node.assigns:
        shell.state.variables.set(name, await shell.expander.text(word, assigned=True))
    # The status is that of the last command substitution, if there was one.
    return shell.substituted or 0


async def _special(shell: Shell, node: Simple, words: list[str]) -> int:
    opened = await redirects.prepare(shell, node.redirects)
    for name, value in await _assignments(shell, node):
        shell.state.variables.set(name, value)
        if words[0] == "exec":
            shell.state.variables.exported.add(name)
    saved = redirects.apply(shell.process, opened)
    if words[0] == "exec":
        redirects.forget(saved)
        saved = {}
    try:
        return await SPECIAL[words[0]](shell, words)
    finally:
        redirects.restore(shell.process, saved)


async def _builtin(
    shell: Shell, node: Simple, words: list[str], *, function: Node | None = None
) -> int:
    opened = await redirects.prepare(shell, node.redirects)
    before = await _lend(shell, node)
    saved = redirects.apply(shell.process, opened)
    try:
        if function is not None:
            return await _call(shell, function, words)
        builtin = BASH.get(words[0]) if shell.state.bash else None
        return await (builtin or BUILTINS[words[0]])(shell, words)
    except OSError as error:
        if not shell.process.alive:
            raise
        await shell.complain(f"{words[0]}: write error: {words_of(error)}")
        return 1
    finally:
        redirects.restore(shell.process, saved)
        for name, (value, exported) in before.items():
            _put_back(shell, name, value, exported=exported)


async def _lend(shell: Shell, node: Simple) -> dict[str, tuple[str | None, bool]]:
    """Set the variables that a command has for itself; returns what they were."""
    variables = shell.state.variables
    before: dict[str, tuple[str | None, bool]] = {}
    for name, word in node.assigns:
        value = await shell.expander.text(word, assigned=True)
        before.setdefault(name, (variables.values.get(name), name in variables.exported))
        variables.set(name, value)
        variables.exported.add(name)
    return before


def _put_back(shell: Shell, name: str, value: str | None, *, exported: bool) -> None:
    variables = shell.state.variables
    if value is None:
        variables.values.pop(name, None)
    else:
        variables.values[name] = value
    if not exported:
        variables.exported.discard(name)


async def _call(shell: Shell, function: Node, words: list[str]) -> int:
    state = shell.state
    positional, state.positional = state.positional, words[1:]
    state.calls += 1
    loops, state.loops = state.loops, 0
    state.locals.append({})
    try:
        return await shell.node(function)
    except FunctionReturn as exit_:
        return exit_.status
    finally:
        for name, value in state.locals.pop().items():
            if value is None:
                state.variables.values.pop(name, None)
            else:
                state.variables.values[name] = value
        state.positional, state.loops = positional, loops
        state.calls -= 1


async def _program(shell: Shell, node: Simple, words: list[str], *, last: bool) -> int:
    opened = await redirects.prepare(shell, node.redirects)
    env = shell.state.variables.environment()
    env.update(await _assignments(shell, node))
    if last and not any(shell.state.traps.values()):
        redirects.forget(redirects.apply(shell.process, opened))
        return await shell.execute(words, env)
    fds = dict(shell.process.fds)
    for number, file in opened:
        if file is None:
            fds.pop(number, None)
        else:
            fds[number] = file

    return await shell.run_program(words, env, fds)
