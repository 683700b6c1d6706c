"""``tar``, ``gzip``, ``gunzip`` and ``zcat``: real archives, by Python's own readers."""

from __future__ import annotations

import gzip as codec
import io
import posixpath
import stat as statmod
import tarfile
import zlib
from datetime import UTC, datetime

from ..errors import words_of
from ..invocation import Invocation, Program
from ..nodes import Directory, Link, Regular
from .options import Options, options

_GIVE_UP = "tar: Error is not recoverable: exiting now\n"
_LONG = ("extract:x", "list:t", "create:c", "gzip:z", "file=:f", "directory=:C", "verbose:v",
         "strip-components=", "gunzip:z", "no-same-owner", "numeric-owner", "overwrite",
         "owner=", "group=", "exclude=", "to-stdout:O", "preserve-permissions:p", "version",
         "no-same-permissions", "keep-old-files:k")  # fmt: skip


async def tar(inv: Invocation) -> int:
    """``tar (x|t|c)[zvf] [-C DIR] [--strip-components=N] [PATH…]``."""
    args = list(inv.args)
    if args and not args[0].startswith("-"):
        args[0] = f"-{args[0]}"
    # `xzf FILE -C DIR`: letters that take a value take the next words, in order.
    if args and not args[0].startswith("--") and "f" in args[0][1:-1]:
        args[0] = args[0].replace("f", "", 1) + "f"
    inv.argv = [inv.argv[0], *args]
    given = await options(inv, "xtczvpOkJj", "fC", long=_LONG)
    if "version" in given:
        await inv.print("tar (GNU tar) 1.34")
        return 0
    if "c" in given:
        return await _create(inv, given)
    if "x" in given or "t" in given:
        return await _read(inv, given)
    await inv.stderr.write(
        "tar: You must specify one of the '-Acdtrux', '--delete' or '--test-label' options\n"
        "Try 'tar --help' or 'tar --usage' for more information.\n"
    )
    return 2


async def _read(inv: Invocation, given: Options) -> int:
    name = given.values.get("f", "-")
    try:
        data = (
            await inv.stdin.read_all() if name == "-" else inv.files.read(name, inv.process.caller)
        )
    except OSError as error:
        await inv.stderr.write(f"tar: {name}: Cannot open: {words_of(error)}\n{_GIVE_UP}")
        return 2
    if "C" in given and not inv.files.is_dir(given.values["C"], inv.process.caller):
        folder = given.values["C"]
        await inv.stderr.write(f"tar: {folder}: Cannot open: No such file or directory\n{_GIVE_UP}")
        return 2
    if "z" in given or data[:2] == b"\x1f\x8b":
        try:
            data = codec.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            cut = isinstance(error, EOFError)
            why = "unexpected end of file" if cut else "not in gzip format"
            end = "Unexpected EOF in archive" if cut else "Child returned status 1"
            await inv.stderr.write(f"\ngzip: stdin: {why}\ntar: {end}\n{_GIVE_UP}")
            return 2
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            return await _members(inv, given, archive)
    except tarfile.TarError:
        await inv.stderr.write(
            "tar: This does not look like a tar archive\n"
            "tar: Exiting with failure status due to previous errors\n"
        )
        return 2


async def _members(inv: Invocation, given: Options, archive: tarfile.TarFile) -> int:
    wanted, seen, status = [word.rstrip("/") for word in given.words], set[str](), 0
    for member in archive.getmembers():
        hit = next((w for w in wanted if member.name == w or member.name.startswith(f"{w}/")), None)
        if wanted and hit is None:
            continue
        seen.add(hit or "")
        shown = f"{member.name}/" if member.isdir() else member.name
        if "t" in given:
            await inv.print(_long(member, shown) if "v" in given else shown)
            continue
        if "v" in given:
            await inv.print(shown)
        try:
            await _extract(inv, given, archive, member)
        except OSError as error:
            await inv.stderr.write(f"tar: {member.name}: Cannot open: {words_of(error)}\n")
            status = 2
    for word in wanted:
        if word not in seen:
            await inv.stderr.write(f"tar: {word}: Not found in archive\n")
            status = 2
    if status:
        await inv.stderr.write("tar: Exiting with failure status due to previous errors\n")
    return status


def _long(member: tarfile.TarInfo, shown: str) -> str:
    kind = statmod.S_IFDIR if member.isdir() else statmod.S_IFLNK if member.issym() else (
        statmod.S_IFREG)  # fmt: skip
    owner = f"{member.uname or member.uid}/{member.gname or member.gid}"
    when = datetime.fromtimestamp(member.mtime, UTC).strftime("%Y-%m-%d %H:%M")
    size = f"{member.size:>{max(1, 19 - len(owner))}}"
    return f"{statmod.filemode(kind | member.mode)} {owner} {size} {when} {shown}"


async def _extract(
    inv: Invocation, given: Options, archive: tarfile.TarFile, member: tarfile.TarInfo
) -> None:
    parts = member.name.split("/")[int(given.values.get("strip-components", "0")) :]
    name = "/".join(part for part in parts if part not in ("", ".."))
    if not name:
        return
    files, caller = inv.files, inv.process.caller
    path = posixpath.join(given.values.get("C", "."), name)
    source = archive.extractfile(member) if member.isreg() else None
    if "O" in given:
        await inv.stdout.write(source.read() if source else b"")
        return
    files.mkdir(posixpath.dirname(path) or ".", caller, parents=True)
    if member.isdir():
        files.mkdir(path, caller, parents=True)
    elif member.issym():
        if files.exists(path, caller, follow=False):
            files.unlink(path, caller)
        files.symlink(member.linkname, path, caller)
        return
    elif source is not None:
        if files.exists(path, caller, follow=False):
            files.unlink(path, caller)
        files.write(path, source.read(), caller)
    files.chmod(path, member.mode & ~(0 if caller.uid == 0 else caller.umask), caller)
    if caller.uid == 0 and "no-same-owner" not in given:
        user = inv.machine.users.get(member.uname)
        uid, gid = (user.uid, user.gid) if user else (member.uid, member.gid)
        files.chown(path, uid, gid, caller)
    files.touch(path, int(member.mtime * 1e9), caller)


async def _create(inv: Invocation, given: Options) -> int:
    # -C counts for the names behind it; here for all of them, which is how it is used.
    base, buffer, status = given.values.get("C", ""), io.BytesIO(), 0
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for word in given.words:
            try:
                _add(inv, archive, posixpath.join(base, word), word.lstrip("/") or ".")
            except OSError as error:
                await inv.stderr.write(f"tar: {word}: Cannot stat: {words_of(error)}\n")
                status = 2
    data = buffer.getvalue()
    if "z" in given:
        data = codec.compress(data, mtime=0)
    name = given.values.get("f", "-")
    if name == "-":
        await inv.stdout.write(data)
        return status
    try:
        inv.files.write(name, data, inv.process.caller)
    except OSError as error:
        await inv.stderr.write(f"tar: {name}: Cannot open: {words_of(error)}\n{_GIVE_UP}")
        return 2
    return status


def _add(inv: Invocation, archive: tarfile.TarFile, path: str, name: str) -> None:
    files, caller, users = inv.files, inv.process.caller, inv.machine.users
    node = files.find(path, caller, follow=False)
    info = tarfile.TarInfo(name.rstrip("/"))
    info.mode, info.uid, info.gid = node.mode, node.uid, node.gid
    info.uname, info.gname = users.name_of(node.uid), users.group_of(node.gid)
    info.mtime = node.mtime_ns // 10**9
    if isinstance(node, Link):
        info.type, info.linkname = tarfile.SYMTYPE, node.target
        archive.addfile(info)
    elif isinstance(node, Directory):
        info.type = tarfile.DIRTYPE
        archive.addfile(info)
        for below in files.listdir(path, caller):
            _add(inv, archive, posixpath.join(path, below), posixpath.join(name, below))
    elif isinstance(node, Regular):
        data = files.read(path, caller)
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))


async def gzip(inv: Invocation) -> int:
    """``gzip [-cdkft] [FILE…]``, ``gunzip`` and ``zcat``."""
    given = await options(inv, "cdkftqnv123456789", long=("decompress:d", "stdout:c", "keep:k",
                          "force:f", "test:t", "version"))  # fmt: skip
    if "version" in given:
        await inv.print("gzip 1.12")
        return 0
    undoes = "d" in given or "t" in given or inv.name in ("gunzip", "zcat")
    to_stdout = "c" in given or inv.name == "zcat" or not given.words
    status, files, caller = 0, inv.files, inv.process.caller
    for path in given.words or ["-"]:
        try:
            data = await inv.stdin.read_all() if path == "-" else files.read(path, caller)
            result = codec.decompress(data) if undoes else codec.compress(data, mtime=0)
        except (codec.BadGzipFile, EOFError, zlib.error):
            shown = "stdin" if path == "-" else path
            status = await inv.error(f"\n{inv.name}: {shown}: not in gzip format")
            continue
        except OSError as error:
            status = await inv.error(f"{path}: {words_of(error)}")
            continue
        if "t" in given:
            continue
        if to_stdout:
            await inv.stdout.write(result)
            continue
        files.write(path.removesuffix(".gz") if undoes else f"{path}.gz", result, caller)
        if "k" not in given:
            files.unlink(path, caller)
    return status


PROGRAMS: dict[str, Program] = {"tar": tar, "gzip": gzip, "gunzip": gzip, "zcat": gzip}
