"""``gcc`` and ``pkg-config``: as much of them as building keepalived takes.

The compiler takes its time for every file and copies it into its object; the linker makes a
program of objects one of which says which program that is (``program: NAME``).
"""

from __future__ import annotations

import re

from haconsole.demo.system.errors import words_of
from haconsole.demo.system.invocation import Invocation, Program
from haconsole.demo.system.programs import image

_VERSION = "gcc (Debian 12.2.0-14+deb12u1) 12.2.0"
_INCLUDE = re.compile(rb"^ *# *include *<([^>]+)>", re.MULTILINE)
_HEADERS = ("/usr/include", "/usr/include/x86_64-linux-gnu", "/usr/include/libnl3")
_PROGRAM = re.compile(rb"program: ([\w.-]+)")
#: How long one file takes, seconds: with 67 of them a build takes about four.
FILE_S = 0.06
_PLACES = ("/usr/lib/x86_64-linux-gnu/pkgconfig", "/usr/lib/pkgconfig", "/usr/share/pkgconfig",
           "/usr/lib64/pkgconfig", "/usr/local/lib/pkgconfig")  # fmt: skip


class Compiler:
    """The compiler of one host. ``file_s``: how long one file takes, seconds."""

    def __init__(self, file_s: float = FILE_S) -> None:
        self.file_s = file_s

    def program(self) -> Program:
        """Return ``gcc``: ``-c -o OUT FILE``, ``-o OUT OBJECT…``, ``-fsyntax-only -x c -``."""

        async def gcc(call: Invocation) -> int:
            words, values, compiles = list[str](), dict[str, str](), False
            rest = list(call.args)
            while rest:
                word = rest.pop(0)
                if word in ("--version", "-v"):
                    await call.print(_VERSION)
                    return 0
                if word == "-dumpversion":
                    await call.print("12")
                    return 0
                if word in ("-o", "-include", "-I", "-L", "-D", "-x"):
                    values[word] = rest.pop(0) if rest else ""
                elif word == "-c":
                    compiles = True
                elif not word.startswith("-"):
                    words.append(word)
            if "-fsyntax-only" in call.args and "-" in call.args:
                return await _look(call, await call.stdin.read_all())
            if not words:
                await call.stderr.write(
                    "gcc: fatal error: no input files\ncompilation terminated.\n"
                )
                return 1
            return await self._make(call, words, values, compiles=compiles)

        return gcc

    async def _make(
        self, call: Invocation, words: list[str], values: dict[str, str], *, compiles: bool
    ) -> int:
        files, caller = call.files, call.process.caller
        parts = []
        for word in words:
            try:
                parts.append(files.read(word, caller))
            except OSError as error:
                await call.stderr.write(
                    f"cc1: fatal error: {word}: {words_of(error)}\ncompilation terminated.\n"
                )
                return 1
        target = values.get("-o", "a.out")
        if compiles:
            await call.sleep(self.file_s)
            data, mode = b"\x7fOBJ\n" + parts[0], 0o644
        else:
            await call.sleep(2 * self.file_s)
            named = _PROGRAM.search(b"\n".join(parts))
            about = files.read_text(values["-include"], caller) if "-include" in values else ""
            data, mode = image(named[1].decode() if named else "a.out", about), 0o755
        try:
            files.write(target, data, caller)
            files.chmod(target, mode, caller)
        except OSError as error:
            await call.stderr.write(f"Fatal error: can't create {target}: {words_of(error)}\n")
            return 1
        return 0


async def _look(call: Invocation, source: bytes) -> int:
    """Look whether every header that a source asks for is there."""
    for name in _INCLUDE.findall(source):
        header = name.decode(errors="replace")
        if not any(call.files.exists(f"{folder}/{header}") for folder in _HEADERS):
            await call.stderr.write(
                f"<stdin>:1:10: fatal error: {header}: No such file or directory\n"
                "compilation terminated.\n"
            )
            return 1
    return 0


async def pkg_config(call: Invocation) -> int:
    """``pkg-config --exists | --modversion | --cflags | --libs | --variable=NAME MODULE…``."""
    modules = [word for word in call.args if not word.startswith("-")]
    flags = [word for word in call.args if word.startswith("-")]
    if "--version" in flags:
        await call.print("1.8.1")
        return 0
    quiet = "--exists" in flags and "--print-errors" not in flags
    status = 0
    for module in modules:
        path = next((p for f in _PLACES if call.files.is_file(p := f"{f}/{module}.pc")), None)
        if path is None:
            status = 1
            if not quiet:
                await call.stderr.write(
                    f"Package {module} was not found in the pkg-config search path.\n"
                    f"Perhaps you should add the directory containing `{module}.pc'\n"
                    "to the PKG_CONFIG_PATH environment variable\n"
                    f"Package '{module}', required by 'virtual:world', not found\n"
                )
            continue
        if "--modversion" in flags:
            version = re.search(r"(?m)^Version: (.*)$", call.files.read_text(path))
            await call.print(version[1] if version else "")
        elif "--libs" in flags or "--cflags" in flags:
            await call.print(f"-l{module.removeprefix('lib')}" if "--libs" in flags else "")
    return status
