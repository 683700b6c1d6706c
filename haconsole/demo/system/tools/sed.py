"""``sed``: running a script over lines (POSIX, GNU sed)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..errors import words_of
from ..invocation import Invocation, Program
from .inputs import complain, lines_of, text_of
from .options import Options, options
from .sedscript import Address, SedError, SedParser, Step


async def sed(inv: Invocation) -> int:
    """``sed [-nErszi[SUFFIX]] [-e SCRIPT]… [-f FILE] [SCRIPT] [FILE…]``."""
    inv.argv = [_in_place(word) for word in inv.argv]
    given = await options(
        inv,
        "nErsuz",
        "ef",
        long=("quiet:n", "expression=:e", "regexp-extended:E", "in-place=", "posix"),
    )
    scripts = [value for key, value in given.every if key == "e"]
    if "f" in given:
        scripts.append(inv.files.read_text(given.values["f"], inv.process.caller))
    if not scripts:
        if not given.words:
            await inv.stderr.write("Usage: sed [OPTION]... {script-only-if-no-other-script}\n")
            return 1
        scripts = [given.words.pop(0)]
    extended = "E" in given or "r" in given
    try:
        steps = SedParser("\n".join(scripts), extended=extended).parse()
    except SedError as error:
        return await inv.error(str(error))
    if "in-place" in given:
        return await _edit(inv, given, steps)
    found, status = await _inputs(inv, given.words)
    run = _Run(steps, quiet="n" in given)
    run.lines = [line for _, data in found for line in lines_of(data)]
    output = run.all()
    await inv.stdout.write(output.encode("utf-8", "surrogateescape"))
    return run.status or status * 2


def _in_place(word: str) -> str:
    match = re.fullmatch(r"-([nErsz]*)i(\S*)", word)
    return f"--in-place={match[2]}" if match and not match[1] else word


async def _inputs(inv: Invocation, paths: list[str]) -> tuple[list[tuple[str, bytes]], int]:
    if paths:
        return await _named(inv, paths)
    return [("-", await inv.stdin.read_all())], 0


async def _named(inv: Invocation, paths: list[str]) -> tuple[list[tuple[str, bytes]], int]:
    found: list[tuple[str, bytes]] = []
    status = 0
    for path in paths:
        try:
            data = (
                await inv.stdin.read_all()
                if path == "-"
                else inv.files.read(path, inv.process.caller)
            )
        except IsADirectoryError:
            await inv.error(f"couldn't edit {path}: not a regular file")
            status = 1
        except OSError as error:
            await inv.error(f"can't read {path}: {words_of(error)}")
            status = 1
        else:
            found.append((path, data))
    return found, status


async def _edit(inv: Invocation, given: Options, steps: list[Step]) -> int:
    status = 0
    for path in given.words:
        run = _Run(steps, quiet="n" in given)
        caller = inv.process.caller
        try:
            data = inv.files.read(path, caller)
            run.lines = lines_of(data)
            before = inv.files.stat(path, caller)
            output = run.all()
            if suffix := given.values["in-place"]:
                inv.files.write(path + suffix, data, caller)
            draft = f"{path}.sedtmp{inv.process.pid}"
            inv.files.write(draft, output, caller, mode=before.mode)
            inv.files.rename(draft, path, caller)
        except OSError as error:
            if isinstance(error, FileNotFoundError):
                await inv.error(f"can't read {path}: {words_of(error)}")
            else:
                await complain(inv, path, error)
            status = 4
        for step in steps:
            step.active = False
    return status


class _Quit(Exception):  # noqa: N818 - not an error
    """``q``."""


@dataclass
class _Run:
    """One pass over the lines."""

    steps: list[Step]
    quiet: bool
    lines: list[bytes] = field(default_factory=list)
    status: int = 0

    def all(self) -> str:
        """Return the output."""
        self.out: list[str] = []
        self.at, self.hold, self.last_end = 0, "", "\n"
        while self.at < len(self.lines):
            self._load()
            self.after: list[str] = []
            self.deleted = self.again = False
            stop = False
            try:
                self._block(self.steps)
            except _Quit:
                stop = True
            if not self.deleted and not self.quiet:
                self._print(self.space)
            self.out += self.after
            if stop:
                break
        return "".join(self.out)

    def _load(self) -> None:
        line = text_of(self.lines[self.at])
        self.space = line.removesuffix("\n")
        self.last_end = "\n" if line.endswith("\n") else ""
        self.at += 1

    def _print(self, text: str) -> None:
        self.out.append(text + self.last_end)

    def _block(self, steps: list[Step]) -> None:
        for step in steps:
            if self._selected(step) != step.negate:
                if step.name == "{":
                    self._block(step.block)
                else:
                    self._do(step)
            if self.deleted:
                return

    def _matches(self, address: Address) -> bool:
        if address.pattern is not None:
            return address.pattern.search(self.space) is not None
        if address.last:
            return self.at == len(self.lines)
        if address.step:
            return self.at >= address.line and (self.at - address.line) % address.step == 0
        return self.at == address.line

    def _selected(self, step: Step) -> bool:
        if step.first is None:
            return True
        if step.second is None:
            return self._matches(step.first)
        second = step.second
        if step.active:
            if step.until:
                step.active = self.at < step.until
                return self.at <= step.until
            step.active = not self._matches(second)
            return True
        if not self._matches(step.first):
            return False
        step.until = self.at + second.plus if second.plus >= 0 else second.line
        by_number = second.pattern is None and not second.last
        step.until = step.until if by_number else 0
        step.active = (
            self.at < step.until if by_number else not (second.last and self.at == len(self.lines))
        )
        return True

    def _do(self, step: Step) -> None:
        action = getattr(self, _ACTIONS[step.name])
        action(step)

    def _p(self, step: Step) -> None:
        self._print(self.space)

    def _first_line(self, step: Step) -> None:
        self.out.append(self.space.partition("\n")[0] + "\n")

    def _d(self, step: Step) -> None:
        self.deleted = True

    def _n(self, step: Step) -> None:
        if step.name == "N":
            if self.at >= len(self.lines):
                raise _Quit
            before = self.space
            self._load()
            self.space = f"{before}\n{self.space}"
            return
        if not self.quiet:
            self._print(self.space)
        if self.at >= len(self.lines):
            self.deleted = True
            raise _Quit
        self._load()

    def _q(self, step: Step) -> None:
        self.status = step.number
        raise _Quit

    def _equals(self, step: Step) -> None:
        self.out.append(f"{self.at}\n")

    def _holding(self, step: Step) -> None:
        match step.name:
            case "g":
                self.space = self.hold
            case "G":
                self.space += f"\n{self.hold}"
            case "h":
                self.hold = self.space
            case "H":
                self.hold += f"\n{self.space}"
            case _:
                self.space, self.hold = self.hold, self.space

    def _texts(self, step: Step) -> None:
        if step.name == "a":
            self.after.append(f"{step.text}\n")
        elif step.name == "i":
            self.out.append(f"{step.text}\n")
        else:
            if step.second is None or not step.active or step.negate:
                self.out.append(f"{step.text}\n")
            self.deleted = True

    def _y(self, step: Step) -> None:
        self.space = self.space.translate(str.maketrans(step.text, step.replacement))

    def _s(self, step: Step) -> None:
        assert step.pattern is not None  # noqa: S101 - the parser's contract
        count = 0

        def replace(match: re.Match[str]) -> str:
            nonlocal count
            count += 1
            if count < step.number or (count > step.number and not step.everywhere):
                return match[0]
            return expand(step.replacement, match)

        self.space = step.pattern.sub(replace, self.space)
        if count >= step.number and step.prints:
            self._print(self.space)


def expand(template: str, match: re.Match[str]) -> str:
    r"""Return a replacement: ``&``, ``\1``, ``\n`` and escaped characters."""
    out: list[str] = []
    i = 0
    while i < len(template):
        c = template[i]
        i += 1
        if c == "&":
            out.append(match[0])
        elif c == "\\" and i < len(template):
            e = template[i]
            i += 1
            if e.isdigit():
                groups = match.re.groups
                out.append((match[int(e)] or "") if int(e) <= groups else "")
            else:
                out.append({"n": "\n", "t": "\t"}.get(e, e))
        else:
            out.append(c)
    return "".join(out)


_ACTIONS = {
    "p": "_p", "P": "_first_line", "d": "_d", "D": "_d", "n": "_n", "N": "_n", "q": "_q",
    "=": "_equals", "g": "_holding", "G": "_holding", "h": "_holding", "H": "_holding",
    "x": "_holding", "a": "_texts", "i": "_texts", "c": "_texts", "y": "_y", "s": "_s",
}  # fmt: skip
PROGRAMS: dict[str, Program] = {"sed": sed}
