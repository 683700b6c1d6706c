"""``make``: builds what is older than what it is made of, with ``-j`` at the same time."""

from __future__ import annotations

import asyncio
import posixpath

from haconsole.demo.system.invocation import Invocation
from haconsole.demo.system.tools.options import options

from .makefile import MakeError, Makefile, Rule

_LONG = ("directory=:C", "file=:f", "jobs=:j", "silent:s", "quiet:s", "dry-run:n", "version",
         "keep-going:k")  # fmt: skip
_NAMES = ("GNUmakefile", "makefile", "Makefile")


async def make(call: Invocation) -> int:
    """``make [-C DIR] [-f FILE] [-j[N]] [-n] [-s] [-k] [NAME=VALUE…] [TARGET…]``."""
    args = ["-j99" if word == "-j" and not call.args[at + 1 : at + 2] else word
            for at, word in enumerate(call.args)]  # fmt: skip
    call.argv = [call.argv[0], *args]
    given = await options(call, "nskwB", "Cfjl", long=_LONG)
    if "version" in given:
        await call.print("GNU Make 4.3")
        return 0
    if "C" in given:
        folder = posixpath.normpath(posixpath.join(call.cwd, given.values["C"]))
        if not call.files.is_dir(folder, call.process.caller):
            await call.stderr.write(
                f"make: *** {given.values['C']}: No such file or directory.  Stop.\n"
            )
            return 2
        call.process.context.cwd = folder
    values = dict(word.split("=", 1) for word in given.words if "=" in word)
    targets = [word for word in given.words if "=" not in word]
    name = given.values.get("f") or next(
        (n for n in _NAMES if call.files.is_file(n, call.process.caller)), ""
    )
    if not name:
        if targets:
            text = f"No rule to make target '{targets[0]}'.  Stop."
        else:
            text = "No targets specified and no makefile found.  Stop."
        await call.stderr.write(f"make: *** {text}\n")
        return 2
    try:
        makefile = Makefile(call.files.read_text(name, call.process.caller), values)
        jobs = int(given.values.get("j", "1") or 99)
        run = _Run(call, makefile, jobs, dry="n" in given, silent="s" in given)
        for target in targets or [makefile.first]:
            before = run.count
            await run.build(target)
            if run.count == before:
                kind = "be done for" if target in makefile.phony else ""
                text = f"Nothing to {kind} '{target}'." if kind else f"'{target}' is up to date."
                await call.print(f"make: {text}")
    except MakeError as error:
        await call.stderr.write(f"make: *** {error}\n")
        return 2
    return 0


class _Run:
    """One run: what was built, and how many recipes there were."""

    def __init__(
        self, call: Invocation, makefile: Makefile, jobs: int, *, dry: bool, silent: bool
    ) -> None:
        self._call, self._makefile = call, makefile
        self._dry, self._silent = dry, silent
        self._places = asyncio.Semaphore(jobs)
        self._one_by_one = jobs == 1
        self._doing: dict[str, asyncio.Task[bool]] = {}
        self.count = 0

    async def build(self, target: str) -> bool:
        """Make a target if that is needed; returns whether it is new."""
        if target not in self._doing:
            self._doing[target] = self._call.start(self._build(target))
        return await self._doing[target]

    async def _build(self, target: str) -> bool:
        call = self._call
        rule = self._makefile.rule_for(target, self._exists)
        if rule is None:
            if self._exists(target):
                return False
            raise MakeError(f"No rule to make target '{target}'.  Stop.")
        fresh = False
        if self._one_by_one:
            for need in rule.needs:
                fresh |= await self.build(need)
        else:
            results = await asyncio.gather(
                *(self.build(need) for need in rule.needs), return_exceptions=True
            )
            for result in results:
                if isinstance(result, BaseException):
                    raise result
                fresh |= result
        if not self._outdated(rule, fresh=fresh):
            return False
        async with self._places:
            # A shell of its own would be told to end with us: so is a recipe's.
            await self._cook(rule)
        if not call.process.alive:
            raise MakeError("Interrupted")
        return True

    def _exists(self, path: str) -> bool:
        return self._call.files.exists(path, self._call.process.caller)

    def _outdated(self, rule: Rule, *, fresh: bool) -> bool:
        if rule.target in self._makefile.phony or not self._exists(rule.target):
            return bool(rule.recipe) or fresh
        if fresh:
            return True
        files, caller = self._call.files, self._call.process.caller
        mine = files.stat(rule.target, caller).mtime_ns
        return any(
            files.stat(need, caller).mtime_ns > mine for need in rule.needs if self._exists(need)
        )

    async def _cook(self, rule: Rule) -> None:
        automatic = {"@": rule.target, "<": rule.needs[0] if rule.needs else "",
                     "^": " ".join(dict.fromkeys(rule.needs))}  # fmt: skip
        for line in rule.recipe:
            text = self._makefile.expand(line, automatic)
            marks = text[: len(text) - len(text.lstrip("@-+ "))]
            command = text[len(marks) :]
            if not command.strip():
                continue
            self.count += 1
            if ("@" not in marks and not self._silent) or self._dry:
                await self._call.print(command)
            if self._dry:
                continue
            child = self._call.spawn(["/bin/sh", "-c", command])
            status = await child.wait()
            if status and "-" not in marks:
                self._clean_up(rule.target)
                signal = child.killed_by
                why = f"Error {status}" if signal is None else f"signal {signal}"
                raise MakeError(f"[Makefile: {rule.target}] {why}")

    def _clean_up(self, target: str) -> None:
        """Delete what a recipe that failed may have left half made, unless it is ``PHONY``."""
        if target not in self._makefile.phony and self._exists(target):
            self._call.files.unlink(target)
