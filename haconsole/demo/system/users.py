"""Users of a modelled host, and what sudo lets them do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class Sudo(StrEnum):
    """What sudo does for a user."""

    NONE = "none"
    NOPASSWD = "nopasswd"
    PASSWD = "passwd"  # noqa: S105 - a word of sudoers(5)


@dataclass(frozen=True, slots=True)
class User:
    """An account. ``password``: ``None`` where it is locked."""

    name: str
    uid: int
    gid: int
    home: str
    shell: str = "/bin/sh"
    password: str | None = None
    sudo: Sudo = Sudo.NONE
    comment: str = ""


@dataclass(slots=True)
class Group:
    """A group, and who is in it beside those whose first group it is."""

    name: str
    gid: int
    members: set[str] = field(default_factory=set)


class Users:
    """The accounts of one host, by name, and their groups."""

    def __init__(self) -> None:
        self._by_name: dict[str, User] = {}
        self._groups: dict[str, Group] = {}
        self.add_group("root", 0)
        self.add_group("adm", 4)
        self.add(User("root", 0, 0, "/root", "/bin/bash"))

    def add(self, user: User) -> User:
        """Add an account, or put it in the place of the one of that name."""
        self._by_name[user.name] = user
        if all(group.gid != user.gid for group in self._groups.values()):
            self.add_group(user.name, user.gid)
        return user

    def remove(self, name: str) -> None:
        """Remove an account; nothing happens when there is none."""
        user = self._by_name.pop(name, None)
        for group in self._groups.values():
            group.members.discard(name)
        own = self._groups.get(name)
        others = any(other.gid == own.gid for other in self) if own else True
        if user is not None and own is not None and own.gid == user.gid and not others:
            del self._groups[name]

    def get(self, name: str) -> User | None:
        """Return an account, or ``None``."""
        return self._by_name.get(name)

    def by_uid(self, uid: int) -> User | None:
        """Return the first account with this id, or ``None``."""
        return next((user for user in self._by_name.values() if user.uid == uid), None)

    def name_of(self, uid: int) -> str:
        """Return the name for a uid, or its digits."""
        user = self.by_uid(uid)
        return user.name if user else str(uid)

    def group_of(self, gid: int) -> str:
        """Return the name for a gid, or its digits."""
        group = next((group for group in self._groups.values() if group.gid == gid), None)
        return group.name if group else str(gid)

    def group(self, name: str) -> Group | None:
        """Return a group by its name, or by its digits; ``None``: there is none."""
        found = self._groups.get(name)
        if found is None and name.isdigit():
            found = next((g for g in self._groups.values() if g.gid == int(name)), None)
        return found

    def groups(self) -> list[Group]:
        """Return every group."""
        return list(self._groups.values())

    def groups_of(self, user: User) -> list[Group]:
        """Return the groups of a user, the first one first."""
        found = [g for g in self._groups.values() if g.gid == user.gid or user.name in g.members]
        return sorted(found, key=lambda group: group.gid != user.gid)

    def add_group(self, name: str, gid: int) -> Group:
        """Add a group."""
        self._groups[name] = Group(name, gid)
        return self._groups[name]

    def remove_group(self, name: str) -> None:
        """Remove a group."""
        self._groups.pop(name, None)

    def join(self, group: str, name: str) -> None:
        """Make a user a member of a group; nothing happens where there is none."""
        if group in self._groups:
            self._groups[group].members.add(name)

    def free_uid(self, *, system: bool) -> int:
        """Return a number for a new user: system accounts count down from 999."""
        taken = {user.uid for user in self}
        return next(n for n in _range(system=system) if n not in taken)

    def free_gid(self, *, system: bool) -> int:
        """Return a number for a new group."""
        taken = {group.gid for group in self._groups.values()}
        return next(n for n in _range(system=system) if n not in taken)

    def __iter__(self) -> Iterator[User]:
        return iter(self._by_name.values())

    def __contains__(self, name: object) -> bool:
        return name in self._by_name


def _range(*, system: bool) -> range:
    return range(999, 100, -1) if system else range(1000, 60000)


def passwd_line(user: User) -> str:
    """Return a user's line of ``/etc/passwd``."""
    return f"{user.name}:x:{user.uid}:{user.gid}:{user.comment}:{user.home}:{user.shell}"


def group_line(group: Group) -> str:
    """Return a group's line of ``/etc/group``."""
    return f"{group.name}:x:{group.gid}:{','.join(sorted(group.members))}"


def passwd_text(users: Users) -> str:
    """Return the text of ``/etc/passwd``."""
    return "".join(f"{passwd_line(user)}\n" for user in users)


def group_text(users: Users) -> str:
    """Return the text of ``/etc/group``."""
    return "".join(f"{group_line(group)}\n" for group in users.groups())
