"""Compound commands: conditions, loops, cases (POSIX.1-2017, 2.9.3 and 2.9.4)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from . import patterns
from .state import LoopExit
from .syntax import AndOr, Case, For, If, Node, Script, While

if TYPE_CHECKING:
    from .interp import Shell


async def run(shell: Shell, node: Node, *, last: bool) -> None:
    """Run ``if``, ``while``, ``for`` or ``case``; ``last``: nothing follows in this process."""
    match node:
        case If():
            await _if(shell, node, last=last)
        case While():
            await _while(shell, node)
        case For():
            await _for(shell, node)
        case Case():
            await _case(shell, node, last=last)


async def and_or(shell: Shell, node: AndOr, *, last: bool) -> None:
    """Run ``first && … || …``."""
    with shell.testing():
        await shell.node(node.first)
    for index, (operator, following) in enumerate(node.rest):
        if (shell.state.status == 0) != (operator == "&&"):
            continue
        if index + 1 == len(node.rest):
            await shell.node(following, last=last)
        else:
            with shell.testing():
                await shell.node(following)


async def _if(shell: Shell, node: If, *, last: bool) -> None:
    for condition, body in node.branches:
        with shell.testing():
            await shell.script(condition)
        if shell.state.status == 0:
            await shell.script(body, last=last)
            return
    if node.otherwise is not None:
        await shell.script(node.otherwise, last=last)
    else:
        shell.state.status = 0


async def _loop_body(shell: Shell, body: Script) -> bool:
    """Run a loop's body once; whether the loop goes on."""
    try:
        await shell.script(body)
    except LoopExit as exit_:
        if exit_.loops > 1:
            raise LoopExit(exit_.loops - 1, again=exit_.again) from None
        return exit_.again
    return True


async def _while(shell: Shell, node: While) -> None:
    state = shell.state
    status = 0
    state.loops += 1
    try:
        while True:
            try:
                with shell.testing():
                    await shell.script(node.condition)
            except LoopExit as exit_:
                if exit_.loops > 1:
                    raise LoopExit(exit_.loops - 1, again=exit_.again) from None
                if exit_.again:
                    continue
                status = 0
                break
            if (state.status == 0) == node.until:
                break
            if not await _loop_body(shell, node.body):
                status = 0
                break
            status = state.status
            # A loop of builtins never waits for anything: let the others live.
            await asyncio.sleep(0)
    finally:
        state.loops -= 1
    state.status = status


async def _for(shell: Shell, node: For) -> None:
    state = shell.state
    words = list(state.positional)
    if node.words is not None:
        words = await shell.expander.fields(node.words)
    state.status = 0
    state.loops += 1
    try:
        for word in words:
            state.variables.set(node.name, word)
            if not await _loop_body(shell, node.body):
                state.status = 0
                break
    finally:
        state.loops -= 1


async def _case(shell: Shell, node: Case, *, last: bool) -> None:
    subject = await shell.expander.text(node.subject)
    for words, body in node.items:
        for word in words:
            if patterns.matches(await shell.expander.pattern(word), subject):
                shell.state.status = 0
                await shell.script(body, last=last)
                return
    shell.state.status = 0
