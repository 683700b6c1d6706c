"""Which instances of several files are one election, also where they do not agree about it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field

from haconsole.domain.conf import InstanceConf, KeepalivedConf


@dataclass(slots=True)
class Election:
    """What the files say about one set of addresses: host → its instance."""

    members: dict[str, InstanceConf] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of the first file's instance."""
        return next(iter(self.members.values())).name

    @property
    def vips(self) -> tuple[str, ...]:
        """The addresses that any of them has, in order."""
        every = (vip.address for one in self.members.values() for vip in one.vips)
        return tuple(dict.fromkeys(every))

    @property
    def vrids(self) -> tuple[int, ...]:
        """Every VRID that is used, in order."""
        return tuple(dict.fromkeys(one.vrid for one in self.members.values() if one.vrid))


_Keys = Callable[[Election], Iterable[Hashable]]
#: What holds instances together, the surest first: addresses, a name, a VRID in one IP family.
_SIGNS: tuple[_Keys, ...] = (
    lambda one: one.vips,
    lambda one: {instance.name for instance in one.members.values()},
    lambda one: {
        (vrid, any(":" in vip.address for vip in instance.vips))
        for instance in one.members.values()
        for vrid in one.vrids
    },
)


def elections(confs: Mapping[str, KeepalivedConf]) -> tuple[Election, ...]:
    """Put the instances of several files together; each file has one in an election at most.

    What nothing holds together is so all the same when it is the only one left in each file.
    """
    found = [Election({host: one}) for host, conf in confs.items() for one in conf.instances]
    for keys in _SIGNS:
        found = _merged(found, keys)
    single = [one for one in found if len(one.members) == 1]
    if len(single) > 1 and len({next(iter(one.members)) for one in single}) == len(single):
        rest = _merged(single, lambda _: [0])
        found = [one for one in found if len(one.members) > 1 or one in rest]
    order = list(confs)
    for one in found:
        one.members = {host: one.members[host] for host in order if host in one.members}
    return tuple(found)


def _merged(every: list[Election], keys: _Keys) -> list[Election]:
    """Join those with a sign in common, as long as no file has two in one."""
    holders: dict[Hashable, Election] = {}
    kept = []
    for one in every:
        signs = list(keys(one))
        into = next((holders[sign] for sign in signs if sign in holders), None)
        if into is None or into.members.keys() & one.members.keys():
            kept.append(one)
            into = one
        else:
            into.members.update(one.members)
        for sign in signs:
            holders.setdefault(sign, into)
    return kept
