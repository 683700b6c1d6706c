"""What a plan is made from: one reading of every host of a cluster, all at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from haconsole.domain.model import Cluster, Host, Role
from haconsole.monitor.sections import compose, split
from haconsole.procedures import paths
from haconsole.procedures.facts import ClusterFacts, HostFacts, Manager, Package
from haconsole.procedures.survey.answers import read_list, read_madison, understand
from haconsole.procedures.survey.health import health_questions
from haconsole.procedures.survey.questions import PACKAGES, offers, questions
from haconsole.transport.commands import Command
from haconsole.transport.door import Door
from haconsole.transport.errors import TransportError
from haconsole.words import t

#: Bytes of a reading: a dozen files with a dozen versions each stay far below.
_MOST = 8 << 20
#: Seconds for the repositories, which may be far away.
_REPOSITORIES_S = 60.0


async def survey(
    door: Door,
    cluster: Cluster,
    *,
    timeout_s: float = 30.0,
    repositories: bool = False,
    health: bool = False,
    extra: Sequence[str] = (),
) -> ClusterFacts:
    """Read every host of a cluster; changes nothing, raises nothing but ``CancelledError``.

    ``timeout_s``: seconds until a host that does not answer is given up; it is then among the
    ``problems``, with its sentence. ``repositories``: ask what the package managers offer too
    (slow: the network; without it candidates are ``None``). ``health``: ask each LB's nginx, and
    count its clients. ``extra``: more files to read.
    """
    vip = cluster.vips[0] if health and cluster.vips else None

    async def one(host: Host) -> HostFacts | str:
        try:
            asked = health_questions(vip) if vip and host.role is Role.LB else {}
            return await _read(door, host, timeout_s, asked, repositories=repositories, extra=extra)
        except TransportError as error:
            return str(error)

    found = await asyncio.gather(*(one(host) for host in cluster.hosts))
    named = dict(zip((host.name for host in cluster.hosts), found, strict=True))
    return ClusterFacts(
        {name: facts for name, facts in named.items() if isinstance(facts, HostFacts)},
        {name: problem for name, problem in named.items() if isinstance(problem, str)},
    )


async def _read(
    door: Door,
    host: Host,
    timeout_s: float,
    asked: Mapping[str, str],
    *,
    repositories: bool,
    extra: Sequence[str],
) -> HostFacts:
    try:
        async with asyncio.timeout(timeout_s):
            await door.wait_up(host.name)
    except TimeoutError:
        pass  # the door knows better why than a clock: asking it says so
    wanted = tuple(dict.fromkeys((*paths.FILES[host.role], *extra)))
    script, nonce = compose({**asked, **questions(wanted)})
    command = Command("survey", script, root=True, timeout_s=timeout_s, max_bytes=_MOST)
    result = await door.run(host.name, command)
    sections = split(result.stdout, nonce)
    if result.truncated or "built" not in sections:
        raise TransportError(
            t("{host} could not be read to the end; the survey was cut off.", host=host.name)
        )
    facts = understand(host.name, result.started_at, sections, _unasked())
    if not repositories:
        return facts
    offered = await _ask_repositories(door, host.name, facts.manager)
    return replace(
        facts,
        packages={
            name: replace(
                package, candidates=offered[name].candidates, problem=offered[name].problem
            )
            for name, package in facts.packages.items()
        },
    )


async def _ask_repositories(door: Door, host: str, manager: Manager) -> Mapping[str, Package]:
    if manager is Manager.NONE:
        return _unasked(t("there is neither apt, dnf nor yum on this host"))
    command = Command("offers", offers(manager), root=True, timeout_s=_REPOSITORIES_S)
    try:
        result = await door.run(host, command)
    except TransportError as error:
        return _unasked(str(error))
    if not result.ok:
        last = result.stderr.strip().splitlines()[-1:] or [t("the repositories did not answer")]
        return _unasked(last[0][:300])
    read = read_madison if manager is Manager.APT else read_list
    return {name: Package(name, None, found) for name, found in read(result.stdout).items()}


def _unasked(problem: str = "") -> Mapping[str, Package]:
    return {name: Package(name, None, None, problem) for name in PACKAGES}
