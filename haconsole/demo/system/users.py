"""Users of a modelled host, and what sudo lets them do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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


class Users:
    """The accounts of one host, by name; groups have the names of their users."""

    def __init__(self) -> None:
        self._by_name: dict[str, User] = {}
        self.add(User("root", 0, 0, "/root"))

    def add(self, user: User) -> User:
        """Add an account, or put it in the place of the one of that name."""
        self._by_name[user.name] = user
        return user

    def remove(self, name: str) -> None:
        """Remove an account; nothing happens when there is none."""
        self._by_name.pop(name, None)

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
        user = next((user for user in self._by_name.values() if user.gid == gid), None)
        return user.name if user else str(gid)

    def __iter__(self) -> Iterator[User]:
        return iter(self._by_name.values())

    def __contains__(self, name: object) -> bool:
        return name in self._by_name
