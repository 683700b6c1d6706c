"""Check scripts read as text: those that never answer, and those that do more than to look.

A check is one look: exit status 0 or not. keepalived ends one that takes too long (SIGTERM) and
takes that for a failure (``vrrp_script_child_timeout_thread``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from haconsole.domain.conf import ScriptConf
from haconsole.domain.notes import note

from .findings import Finding, Place
from .source import Source, found, last, place

_FOREVER = re.compile(
    r"^\s*(?:while\s+(?:true|:|/bin/true|\[\s+1\s+\]|\[\[\s+1\s+\]\]|test\s+1|\(\(\s*1\s*\)\))"
    r"|until\s+(?:false|/bin/false)|for\s*\(\(\s*;\s*;\s*\)\))\s*(?:;|\s|$)"
)
_OPENS = re.compile(r"(?:^|[;&|]\s*|\s)(?:while|until|for|select)\s")
_CLOSES = re.compile(r"(?:^|[;&|]\s*|\s)done(?:\s|;|$|[<>|&)])")
_LEAVES = re.compile(r"(?:^|[;&|{(]\s*|\b(?:then|else|do)\s+|\s)(?:break|exit|return|exec)\b")
_STOPS = re.compile(
    r"(?<![\w-])(?:systemctl\s+(?:-\S+\s+)*(?:stop|kill|disable|mask)\s+keepalived"
    r"|service\s+keepalived\s+stop|/etc/init\.d/keepalived\s+stop|(?:pkill|killall)\b[^;|&]*keepalived"
    r"|kill\b[^;|&]*keepalived)"
)
_REPAIRS = re.compile(
    r"(?<![\w-])(?:systemctl\s+(?:-\S+\s+)*(?:re)?start\s+nginx|service\s+nginx\s+(?:re)?start"
    r"|/etc/init\.d/nginx\s+(?:re)?start|nginx\s+-s\s+reload)"
    r"|^\s*(?:/\S*/)?nginx\s*(?:$|;|&&|\|\|)"
)
_SHELLS = ("sh", "bash", "dash", "ash", "ksh", "zsh", "busybox")
_QUOTED = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"")
_SHOWN = re.compile(r"^\s*(?:echo|printf|logger)\b.*?(?=;|&&|\|\||$)")


def scripts(source: Source) -> Iterator[Finding]:
    """Find what the scripts of checks do that a check must not."""
    for script, block in source.checks():
        path, text = text_of(source, script)
        if text is None:
            continue
        where = place(last(block, "script"), block)
        if path == script.argv[0] and not text.startswith(("#!", "\x7f")):
            said = note(
                "{path} does not begin with #!: the kernel cannot start it", path=path[:200]
            )
            yield found("script-shebang", where, said)
        yield from _judged(path, text, where)


def script_path(script: ScriptConf) -> str:
    """Return the file that a check runs: its program, or what a shell is given."""
    words = [word for word in script.argv if not word.startswith("-")]
    if len(words) > 1 and words[0].rpartition("/")[2] in _SHELLS and "-c" not in script.argv:
        return words[1]
    return words[0] if words else ""


def text_of(source: Source, script: ScriptConf) -> tuple[str, str | None]:
    """Return what a check runs and its text, as far as that is at hand."""
    path = script_path(script)
    if path.rpartition("/")[2] in _SHELLS and "-c" in script.argv:
        at = script.argv.index("-c") + 1
        return path, f"#!{path}\n" + " ".join(script.argv[at : at + 1])
    return path, source.scripts.get(path)


def is_endless(source: Source, script: ScriptConf) -> bool:
    """Whether a check never answers."""
    return loops(text_of(source, script)[1] or "") is not None


def loops(text: str) -> int | None:
    """Return the line of a loop without end and without a way out; ``None`` when there is none."""
    lines = _code(text)
    for at, line in enumerate(lines):
        if not _FOREVER.match(line):
            continue
        depth, leaves = 0, False
        for inner in lines[at:]:
            depth += len(_OPENS.findall(inner)) - len(_CLOSES.findall(inner))
            leaves = leaves or bool(_LEAVES.search(inner))
            if depth <= 0:
                break
        if not leaves:
            return at + 1
    return None


def _code(text: str) -> list[str]:
    """Return the lines without comments, and without what is only printed."""
    lines = []
    for line in text.splitlines():
        bare = "" if line.lstrip().startswith("#") else line
        lines.append(_SHOWN.sub("", re.split(r"\s#", bare, maxsplit=1)[0]))
    return lines


def _judged(path: str, text: str, where: Place) -> Iterator[Finding]:
    if (line := loops(text)) is not None:
        said = note(
            "{path} never ends (line {line}): keepalived asks a check again by itself, ends this "
            "one when its time is over, and takes that for a failure",
            path=path[:200],
            line=line,
        )
        yield found("check-loops", where, said)
    for number, line_text in enumerate(_code(text), 1):
        bare = _QUOTED.sub('""', line_text)
        if _STOPS.search(bare):
            said = note(
                "{path} stops keepalived (line {line}): a daemon that is stopped asks nothing "
                "more and never comes back; exit with 1, that is enough",
                path=path[:200],
                line=number,
            )
            yield found("check-stops-keepalived", where, said)
        if _REPAIRS.search(bare):
            said = note(
                "{path} starts nginx (line {line}): a check only looks; Restart= of the unit "
                "starts it again",
                path=path[:200],
                line=number,
            )
            yield found("check-repairs", where, said)
