"""Changing a host's configuration for a fault, so that it can be undone.

The text before the first fault is kept, and every fault starts from it: twice the same fault
is the same file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

from haconsole.words import t

from .errors import LabError
from .machine import Machine
from .places import LabPlaces
from .provision import KEEPALIVED_CONF
from .tools import last_words

_CANDIDATES = (KEEPALIVED_CONF, "/usr/local/keepalived/etc/keepalived/keepalived.conf")


def keepalived_conf(machine: Machine) -> str:
    """Return the path of the host's keepalived.conf; ``LabError`` when it has none."""
    for path in _CANDIDATES:
        if _read(machine, path) is not None:
            return path
    raise LabError(t("{host} has no keepalived.conf.", host=machine.name))


def edit(machine: Machine, path: str, change: Callable[[str], str]) -> None:
    """Change a file of a host, keeping what it was; ``LabError`` when it is not there."""
    now = _read(machine, path)
    if now is None:
        raise LabError(t("{host} has no {path}.", host=machine.name, path=path))
    before = _kept(machine.places, machine.name) / path.lstrip("/")
    made = _made(machine.places, machine.name) / path.lstrip("/")
    if not (before.exists() and made.exists() and made.read_text() == now):
        before.parent.mkdir(parents=True, exist_ok=True)
        before.write_text(now)
    changed = change(before.read_text())
    made.parent.mkdir(parents=True, exist_ok=True)
    made.write_text(changed)
    _write(machine, path, changed, 0o644)


def undo(machine: Machine) -> set[str]:
    """Put back the files that a fault changed and nobody since; returns their paths."""
    kept, restored = _kept(machine.places, machine.name), set()
    for before in sorted(path for path in kept.rglob("*") if path.is_file()):
        relative = before.relative_to(kept)
        made = _made(machine.places, machine.name) / relative
        if made.exists() and _read(machine, f"/{relative}") == made.read_text():
            _write(machine, f"/{relative}", before.read_text(), 0o644)
            restored.add(f"/{relative}")
        made.unlink(missing_ok=True)
        before.unlink()
    return restored


def restore(machine: Machine) -> set[str]:
    """Put back every file that ``up`` made and that is different now; returns their paths."""
    pristine, restored = machine.places.pristine(machine.name), set()
    sources = sorted(path for path in pristine.rglob("*") if path.is_file())
    paths = {f"/{source.relative_to(pristine)}": source for source in sources}
    listing = machine.run(["sha256sum", "--", *paths]).stdout if paths else ""
    for path, source in paths.items():
        content = source.read_bytes()
        if f"{hashlib.sha256(content).hexdigest()}  {path}" not in listing.splitlines():
            _write(machine, path, content.decode(), source.stat().st_mode & 0o7777)
            restored.add(path)
    return restored


# Files are read and written by processes inside: a link there must not lead to a file out here.
def _read(machine: Machine, path: str) -> str | None:
    done = machine.run(["cat", "--", path])
    return None if done.returncode else done.stdout


def _write(machine: Machine, path: str, text: str, mode: int) -> None:
    script = 'mkdir -p "${1%/*}" && cat > "$1" && chmod "$2" "$1"'
    done = machine.run(["sh", "-c", script, "sh", path, f"{mode:o}"], stdin=text)
    if done.returncode:
        raise LabError(
            t(
                "Writing {path} on {host} failed: {words}",
                path=path,
                host=machine.name,
                words=last_words(done.stderr),
            )
        )


def _kept(places: LabPlaces, host: str) -> Path:
    return places.root / "edits" / "before" / host


def _made(places: LabPlaces, host: str) -> Path:
    return places.root / "edits" / "made" / host


def drop_last_brace(text: str) -> str:
    """Return the text without its last closing brace."""
    head, _, tail = text.rpartition("}")
    return head + tail


def other_vrid(text: str) -> str:
    """Return a keepalived.conf with another virtual_router_id."""
    return _replaced(r"(virtual_router_id\s+)(\d+)", lambda m: f"{m[1]}{int(m[2]) % 255 + 1}", text)


def other_advert_int(text: str) -> str:
    """Return a keepalived.conf with an advert_int two seconds longer."""
    return _replaced(r"(advert_int\s+)([\d.]+)", lambda m: f"{m[1]}{float(m[2]) + 2:g}", text)


def other_vips(text: str) -> str:
    """Return a keepalived.conf with one VIP more."""
    return _replaced(
        r"(virtual_ipaddress\s*\{[ \t]*\n)", lambda m: f"{m[1]}        10.0.0.101\n", text
    )


def other_password(text: str) -> str:
    """Return a keepalived.conf with another password, or with one where there was none."""
    if "auth_pass" in text:
        return _replaced(r"(auth_pass\s+)\S+", lambda m: f"{m[1]}another1", text)
    block = "    authentication {\n        auth_type PASS\n        auth_pass another1\n    }\n"
    return _replaced(r"(\n)([ \t]*virtual_ipaddress\s*\{)", lambda m: f"{m[1]}{block}{m[2]}", text)


def _replaced(pattern: str, change: Callable[[re.Match[str]], str], text: str) -> str:
    changed, count = re.subn(pattern, change, text, count=1)
    if not count:
        raise LabError(t("The keepalived.conf has nothing that this fault could change."))
    return changed
