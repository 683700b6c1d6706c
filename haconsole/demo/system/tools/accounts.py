"""Accounts: ``getent``, ``useradd``, ``usermod``, ``userdel``, ``groupadd``, ``groupdel``, …"""

from __future__ import annotations

from ipaddress import ip_address

from ..invocation import Invocation, Program
from ..users import User, group_line, passwd_line
from .options import options

#: useradd(8), "EXIT VALUES".
_NOT_THERE, _EXISTS, _IN_USE = 6, 9, 8


async def getent(inv: Invocation) -> int:
    """``getent passwd | group | hosts | ahostsv4 [KEY…]``."""
    if not inv.args:
        return await inv.error("wrong number of arguments", 1)
    kind, keys = inv.args[0], inv.args[1:]
    users, status = inv.machine.users, 0
    if kind == "passwd":
        rows = {name: passwd_line(user) for user in users for name in (user.name, str(user.uid))}
        every = [passwd_line(user) for user in users]
    elif kind == "group":
        rows = {n: group_line(g) for g in users.groups() for n in (g.name, str(g.gid))}
        every = [group_line(group) for group in users.groups()]
    elif kind in ("hosts", "ahosts", "ahostsv4"):
        rows, every = _hosts(inv)
    else:
        await inv.stderr.write(f"Unknown database: {kind}\n")
        return 1
    if not keys:
        await inv.stdout.write("".join(f"{row}\n" for row in every))
    for key in keys:
        if key in rows:
            await inv.print(rows[key])
        else:
            status = 2
    return status


def _hosts(inv: Invocation) -> tuple[dict[str, str], list[str]]:
    rows: dict[str, str] = {}
    every = []
    text = inv.files.read_text("/etc/hosts") if inv.files.is_file("/etc/hosts") else ""
    for raw in text.splitlines():
        words = raw.partition("#")[0].split()
        if len(words) < 2:
            continue
        every.append(f"{words[0]:<15} {' '.join(words[1:])}")
        for word in words:
            rows.setdefault(word, every[-1])
    for word in inv.args[1:]:
        if inv.args[0] != "hosts" and _is_address(word):
            rows.setdefault(word, f"{word:<15} {word}")
    return rows, every


def _is_address(word: str) -> bool:
    try:
        ip_address(word)
    except ValueError:
        return False
    return True


async def _may_change(inv: Invocation) -> int:
    """Return the status to end with where accounts cannot be changed; 0: they can."""
    if inv.uid != 0:
        await inv.error("Permission denied.")
        return await inv.error("cannot lock /etc/passwd; try again later.")
    try:
        inv.files.store.may_change("/etc/passwd")
    except OSError:
        return await inv.error("cannot lock /etc/passwd; try again later.")
    return 0


async def useradd(inv: Invocation) -> int:
    """``useradd [-rMmU] [-s SHELL] [-d HOME] [-g GROUP] [-u UID] [-c COMMENT] NAME``."""
    given = await options(inv, "rMmUN", "sdgGuc", long=("system:r", "no-create-home:M",
                          "create-home:m", "user-group:U", "shell=:s", "home-dir=:d", "gid=:g",
                          "groups=:G", "uid=:u", "comment=:c", "no-user-group:N"))  # fmt: skip
    users, name = inv.machine.users, given.words[0] if given.words else ""
    if not name:
        return await inv.error("Usage: useradd [options] LOGIN", 2)
    if status := await _may_change(inv):
        return status
    if name in users:
        return await inv.error(f"user '{name}' already exists", _EXISTS)
    wanted = given.values.get("g")
    group = users.group(wanted) if wanted else None
    if wanted and group is None:
        return await inv.error(f"group '{wanted}' does not exist", _NOT_THERE)
    if group is None:
        if users.group(name) is not None and "U" in given:
            return await inv.error(f"group {name} exists - if you want to add this user to that "
                                   "group, use -g.", _EXISTS)  # fmt: skip
        group = users.group(name) or users.add_group(name, users.free_gid(system="r" in given))
    uid = int(given.values["u"]) if "u" in given else users.free_uid(system="r" in given)
    home = given.values.get("d", f"/home/{name}")
    user = User(name, uid, group.gid, home, given.values.get("s", "/bin/sh"),
                comment=given.values.get("c", ""))  # fmt: skip
    users.add(user)
    for other in filter(None, given.values.get("G", "").split(",")):
        users.join(other, name)
    if "m" in given:
        inv.files.mkdir(home, parents=True)
        inv.files.chown(home, uid, group.gid)
    return 0


async def usermod(inv: Invocation) -> int:
    """``usermod -aG GROUPS NAME``."""
    given = await options(inv, "a", "Gsdc", long=("append:a", "groups=:G"))
    name = given.words[0] if given.words else ""
    if status := await _may_change(inv):
        return status
    if name not in inv.machine.users:
        return await inv.error(f"user '{name}' does not exist", _NOT_THERE)
    for group in filter(None, given.values.get("G", "").split(",")):
        if inv.machine.users.group(group) is None:
            return await inv.error(f"group '{group}' does not exist", _NOT_THERE)
        inv.machine.users.join(group, name)
    return 0


async def userdel(inv: Invocation) -> int:
    """``userdel [-rf] NAME``."""
    given = await options(inv, "rf", long=("remove:r", "force:f"))
    users, name = inv.machine.users, given.words[0] if given.words else ""
    if status := await _may_change(inv):
        return status
    user = users.get(name)
    if user is None:
        return await inv.error(f"user '{name}' does not exist", _NOT_THERE)
    busy = next((p for p in inv.machine.processes if p.alive and p.uid == user.uid), None)
    if busy is not None and "f" not in given:
        return await inv.error(f"user {name} is currently used by process {busy.pid}", _IN_USE)
    users.remove(name)
    if "r" in given and inv.files.is_dir(user.home):
        inv.files.remove_tree(user.home)
    return 0


async def groupadd(inv: Invocation) -> int:
    """``groupadd [-r] [-g GID] NAME``."""
    given = await options(inv, "rf", "g", long=("system:r", "gid=:g", "force:f"))
    users, name = inv.machine.users, given.words[0] if given.words else ""
    if status := await _may_change(inv):
        return status
    if users.group(name) is not None:
        return 0 if "f" in given else await inv.error(f"group '{name}' already exists", _EXISTS)
    gid = int(given.values["g"]) if "g" in given else users.free_gid(system="r" in given)
    users.add_group(name, gid)
    return 0


async def groupdel(inv: Invocation) -> int:
    """``groupdel NAME``."""
    given = await options(inv, "f")
    users, name = inv.machine.users, given.words[0] if given.words else ""
    if status := await _may_change(inv):
        return status
    group = users.group(name)
    if group is None:
        return await inv.error(f"group '{name}' does not exist", _NOT_THERE)
    for user in users:
        if user.gid == group.gid:
            text = f"cannot remove the primary group of user '{user.name}'"
            return await inv.error(text, _IN_USE)
    users.remove_group(name)
    return 0


async def groups(inv: Invocation) -> int:
    """``groups [USER]``."""
    users = inv.machine.users
    user = users.get(inv.args[0]) if inv.args else users.by_uid(inv.uid)
    if user is None:
        return await inv.error(f"'{inv.args[0] if inv.args else inv.uid}': no such user")
    names = " ".join(group.name for group in users.groups_of(user))
    await inv.print(f"{user.name} : {names}" if inv.args else names)
    return 0


PROGRAMS: dict[str, Program] = {
    "getent": getent, "useradd": useradd, "usermod": usermod, "userdel": userdel,
    "groupadd": groupadd, "groupdel": groupdel, "groups": groups,
}  # fmt: skip
