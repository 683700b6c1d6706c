"""``mkdir``, ``mv``, ``cp``, ``rm``, ``ln``, ``chmod``, ``chown``, ``touch``, ``mktemp``, …"""

from __future__ import annotations

import posixpath
import random
import re
import stat as statmod

from ..errors import words_of
from ..invocation import Invocation, Program
from ..nodes import Directory, Link
from ..tree import R
from .options import Options, options, usage
from .times import parse_date

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def new_mode(text: str, before: int, *, folder: bool) -> int:
    """Return the mode for ``755`` or ``u+x,go-w``; raises ``ValueError``."""
    if re.fullmatch(r"[0-7]{1,4}", text):
        return int(text, 8)
    mode = before
    for clause in text.split(","):
        match = re.fullmatch(r"([ugoa]*)([-+=])([rwxXst]*)", clause)
        if not match:
            raise ValueError(text)
        bits = sum({"r": 4, "w": 2, "x": 1}.get(c, 0) for c in set(match[3]))
        if "X" in match[3] and (folder or before & 0o111):
            bits |= 1
        who = match[1] or "a"
        mask = 0
        full = 0
        for c in "ugo" if "a" in who else who:
            shift = {"u": 6, "g": 3, "o": 0}[c]
            mask |= bits << shift
            full |= 7 << shift
        if "t" in match[3]:
            mask |= 0o1000
        if match[2] == "+":
            mode |= mask
        elif match[2] == "-":
            mode &= ~mask
        else:
            mode = (mode & ~full) | mask
    return mode


async def mkdir(inv: Invocation) -> int:
    """``mkdir [-p] [-m MODE] DIR…``."""
    given = await options(inv, "pv", "m", long=("parents:p", "mode=:m"))
    if not given.words:
        await usage(inv, "missing operand")
    status, caller = 0, inv.process.caller
    for path in given.words:
        existed = inv.files.is_dir(path, caller)
        try:
            inv.files.mkdir(path, caller, parents="p" in given)
            if "m" in given and not existed:
                inv.files.chmod(path, new_mode(given.values["m"], 0o777, folder=True), caller)
        except OSError as error:
            status = await inv.error(f"cannot create directory '{path}': {words_of(error)}")
    return status


async def rmdir(inv: Invocation) -> int:
    """``rmdir DIR…``."""
    given = await options(inv, "p")
    status = 0
    for path in given.words:
        try:
            inv.files.rmdir(path, inv.process.caller)
        except OSError as error:
            status = await inv.error(f"failed to remove '{path}': {words_of(error)}")
    return status


async def rm(inv: Invocation) -> int:
    """``rm [-rf] PATH…``."""
    given = await options(inv, "rRfvid", long=("recursive:r", "force:f"))
    status, caller = 0, inv.process.caller
    if not given.words and "f" not in given:
        await usage(inv, "missing operand")
    for path in given.words:
        if not inv.files.exists(path, caller, follow=False) and "f" in given:
            continue
        try:
            folder = isinstance(inv.files.find(path, caller, follow=False), Directory)
            if folder and not ("r" in given or "R" in given):
                status = await inv.error(f"cannot remove '{path}': Is a directory")
            elif folder:
                inv.files.remove_tree(path, caller)
            else:
                inv.files.unlink(path, caller)
        except OSError as error:
            status = await inv.error(f"cannot remove '{path}': {words_of(error)}")
    return status


async def pairs_of(inv: Invocation, given: Options) -> list[tuple[str, str]]:
    """Return sources with their goals; ends the program where the words make no sense."""
    words, files, caller = given.words, inv.files, inv.process.caller
    if "t" in given:
        words = [*words, given.values["t"]]
    if len(words) < 2:
        after = f" after '{words[0]}'" if words else ""
        await usage(inv, f"missing {'destination ' if words else ''}file operand{after}")
    goal = words[-1]
    if files.is_dir(goal, caller) and "T" not in given:
        names = [posixpath.basename(word.rstrip("/")) for word in words[:-1]]
        return [
            (word, posixpath.join(goal, name)) for word, name in zip(words, names, strict=False)
        ]
    if len(words) > 2:
        missing = not files.exists(goal, caller)
        reason = "No such file or directory" if missing else "Not a directory"
        await inv.fail(f"target '{goal}': {reason}")
    return [(words[0], goal)]


async def mv(inv: Invocation) -> int:
    """``mv [-fnT] [-t DIR] SOURCE… GOAL``."""
    given = await options(inv, "fniTv", "t", long=("no-target-directory:T", "force:f"))
    status, caller = 0, inv.process.caller
    for source, goal in await pairs_of(inv, given):
        if "n" in given and inv.files.exists(goal, caller):
            continue
        try:
            inv.files.rename(source, goal, caller)
        except FileNotFoundError as error:
            what = (
                f"stat '{source}'"
                if not inv.files.exists(source, caller)
                else f"move '{source}' to '{goal}'"
            )
            status = await inv.error(f"cannot {what}: {words_of(error)}")
        except OSError as error:
            status = await inv.error(f"cannot move '{source}' to '{goal}': {words_of(error)}")
    return status


async def cp(inv: Invocation) -> int:
    """``cp [-afpnrRT] [-t DIR] SOURCE… GOAL``."""
    given = await options(
        inv, "afpnrRTvdi", "t", long=("archive:a", "preserve=", "recursive:r", "force:f")
    )
    status = 0
    for source, goal in await pairs_of(inv, given):
        status |= await _copy(inv, given, source, goal)
    return status


async def _copy(inv: Invocation, given: Options, source: str, goal: str) -> int:
    files, caller = inv.files, inv.process.caller
    try:
        node = files.find(source, caller, follow="a" not in given)
    except OSError as error:
        return await inv.error(f"cannot stat '{source}': {words_of(error)}")
    if isinstance(node, Directory):
        if not any(c in given for c in "arR"):
            return await inv.error(f"-r not specified; omitting directory '{source}'")
        status = 0
        files.mkdir(goal, caller, parents=True)
        for name in files.listdir(source, caller):
            below = posixpath.join(source, name), posixpath.join(goal, name)
            status |= await _copy(inv, given, *below)
        return status
    if "n" in given and files.exists(goal, caller):
        return 0
    try:
        _copy_file(inv, given, source, goal)
    except OSError as error:
        what = f"open '{source}' for reading"
        if files.allows(source, R, caller):
            what = f"create regular file '{goal}'"
        return await inv.error(f"cannot {what}: {words_of(error)}")
    return 0


def _copy_file(inv: Invocation, given: Options, source: str, goal: str) -> None:
    files, caller = inv.files, inv.process.caller
    node = files.find(source, caller, follow="a" not in given)
    if isinstance(node, Link):
        files.symlink(node.target, goal, caller)
        return
    keep = any(c in given for c in ("a", "p", "preserve"))
    existed = files.exists(goal, caller)
    files.write(goal, files.read(source, caller), caller)
    if keep:
        files.touch(goal, node.mtime_ns, caller)
        if caller.uid == 0:
            files.chown(goal, node.uid, node.gid, caller)
    if keep or not existed:
        files.chmod(goal, node.mode if keep else node.mode & ~caller.umask, caller)


async def ln(inv: Invocation) -> int:
    """``ln [-sfnT] TARGET LINK``."""
    given = await options(inv, "sfnvT", long=("symbolic:s", "force:f"))
    if len(given.words) == 1:
        given.words.append(posixpath.basename(given.words[0]))
    if len(given.words) != 2:
        await usage(inv, "missing file operand")
    target, path = given.words
    files, caller = inv.files, inv.process.caller
    if files.is_dir(path, caller) and not ("n" in given or "T" in given):
        path = posixpath.join(path, posixpath.basename(target))
    kind = "symbolic" if "s" in given else "hard"
    try:
        if "f" in given and files.exists(path, caller, follow=False):
            files.unlink(path, caller)
        (files.symlink if "s" in given else files.link)(target, path, caller)
    except OSError as error:
        return await inv.error(f"failed to create {kind} link '{path}': {words_of(error)}")
    return 0


def _below(inv: Invocation, path: str, *, deep: bool) -> list[str]:
    found = [path]
    if deep and inv.files.is_dir(path, inv.process.caller):
        for name in inv.files.listdir(path, inv.process.caller):
            found += _below(inv, posixpath.join(path, name), deep=True)
    return found


async def chmod(inv: Invocation) -> int:
    """``chmod [-R] (MODE | --reference=FILE) PATH…``."""
    # A mode such as -x looks like an option, so they are told apart by hand.
    words = [word for word in inv.args if word not in ("-R", "-f", "-v", "--")]
    if len(words) < 2:
        await usage(inv, "missing operand")
    status, caller = 0, inv.process.caller
    reference = words[0].removeprefix("--reference=") if words[0].startswith("--ref") else None
    for word in words[1:]:
        try:
            for path in _below(inv, word, deep="-R" in inv.args):
                before = inv.files.stat(path, caller)
                if reference is not None:
                    mode = inv.files.stat(reference, caller).mode
                else:
                    mode = new_mode(words[0], before.mode, folder=before.kind == statmod.S_IFDIR)
                inv.files.chmod(path, mode, caller)
        except ValueError:
            await usage(inv, f"invalid mode: '{words[0]}'")
        except OSError as error:
            verb = (
                "cannot access"
                if isinstance(error, FileNotFoundError)
                else "changing permissions of"
            )
            status = await inv.error(f"{verb} '{word}': {words_of(error)}")
    return status


async def chown(inv: Invocation) -> int:
    """``chown [-R] (OWNER[:GROUP] | --reference=FILE) PATH…``."""
    given = await options(inv, "Rfhv", long=("reference=", "recursive:R"))
    words, caller = given.words, inv.process.caller
    if "reference" in given:
        like = inv.files.stat(given.values["reference"], caller)
        uid, gid = like.uid, like.gid
    else:
        if len(words) < 2:
            await usage(inv, "missing operand")
        owner, colon, group = words.pop(0).partition(":")
        ids = id_of(inv, owner), id_of(inv, group, group=True)
        if None in ids:
            return await inv.error(
                f"invalid {'user' if ids[0] is None else 'group'}: '{owner}{colon}{group}'"
            )
        uid, gid = (-1 if n is None else n for n in ids)
    status = 0
    for word in words:
        try:
            for path in _below(inv, word, deep="R" in given):
                inv.files.chown(path, uid, gid, caller)
        except OSError as error:
            verb = (
                "cannot access" if isinstance(error, FileNotFoundError) else "changing ownership of"
            )
            status = await inv.error(f"{verb} '{word}': {words_of(error)}")
    return status


def id_of(inv: Invocation, name: str, *, group: bool = False) -> int | None:
    """Return the number of a user or group; -1 for ``""``, ``None`` for nobody's name."""
    if not name:
        return -1
    if name.isdigit():
        return int(name)
    if group:
        found = inv.machine.users.group(name)
        return found.gid if found else None
    user = inv.machine.users.get(name)
    return user.uid if user else None


async def touch(inv: Invocation) -> int:
    """``touch [-c] [-d DATE] [-r FILE] FILE…``."""
    given = await options(inv, "acm", "drt", long=("date=:d", "reference=:r", "no-create:c"))
    status, caller = 0, inv.process.caller
    when: int | None = None
    if "d" in given:
        seconds = parse_date(given.values["d"], inv.machine.clock())
        if seconds is None:
            return await inv.error(f"invalid date format '{given.values['d']}'")
        when = int(seconds * 1e9)
    if "r" in given:
        when = inv.files.stat(given.values["r"], caller).mtime_ns
    for path in given.words:
        if "c" in given and not inv.files.exists(path, caller):
            continue
        try:
            inv.files.touch(path, when, caller)
        except OSError as error:
            status = await inv.error(f"cannot touch '{path}': {words_of(error)}")
    return status


async def mktemp(inv: Invocation) -> int:
    """``mktemp [-d] [-u] [-p DIR] [-t] [TEMPLATE]``."""
    given = await options(inv, "dutq", "p", long=("directory:d", "tmpdir=:p", "suffix="))
    template = given.words[0] if given.words else "tmp.XXXXXXXXXX"
    runs = re.findall(r"X{3,}", template)
    if not runs:
        return await inv.error(f"too few X's in template '{template}'")
    inside = not given.words or "p" in given or "t" in given
    folder = given.values.get("p") or inv.env.get("TMPDIR") or "/tmp"  # noqa: S108 - of the model
    head, _, rest = template.rpartition(runs[-1])
    caller = inv.process.caller
    while True:
        middle = "".join(random.choices(_LETTERS, k=len(runs[-1])))  # noqa: S311 - of the model
        path = head + middle + rest + given.values.get("suffix", "")
        path = posixpath.join(folder, path) if inside else path
        if not inv.files.exists(path, caller, follow=False):
            break
    try:
        if "d" in given:
            inv.files.mkdir(path, caller, mode=0o700)
        elif "u" not in given:
            inv.files.write(path, b"", caller, mode=0o600)
    except OSError as error:
        kind = "directory" if "d" in given else "file"
        shown = posixpath.join(folder, template) if inside else template
        return await inv.error(f"failed to create {kind} via template '{shown}': {words_of(error)}")
    await inv.print(path)
    return 0


PROGRAMS: dict[str, Program] = {
    "mkdir": mkdir, "rmdir": rmdir, "rm": rm, "mv": mv, "cp": cp, "ln": ln, "chmod": chmod,
    "chown": chown, "touch": touch, "mktemp": mktemp,
}  # fmt: skip
