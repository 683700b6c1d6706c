"""What a host is asked for: programs, configuration, files, processes."""

from __future__ import annotations

import shlex

from haconsole.domain.conf import InstanceConf, KeepalivedConf, ScriptConf
from haconsole.domain.notes import Note, note
from haconsole.parsers.keepalived_version import parse_version
from haconsole.training.standing import Seen

from .probe import (
    ANY,
    COUNT,
    HOST,
    HOSTS,
    KEYS,
    PATH,
    VERSION,
    YES_NO,
    Parameter,
    Probe,
    Settings,
    optional,
    words,
    yes,
)
from .sight import Sight

_INSTALLED = """\
p=$(command -v {program}) || {{ echo none; exit 0; }}
p=$(readlink -f "$p")
if dpkg -S "$p" >/dev/null 2>&1 || rpm -qf "$p" >/dev/null 2>&1; then echo package
elif dpkg -S "$(command -v {program})" >/dev/null 2>&1; then echo package
else echo source; fi
{program} {flag} 2>&1 | head -n 1
"""


_ORIGIN = {"package": note("a package"), "source": note("source")}


async def _installed(sight: Sight, settings: Settings) -> Seen:
    host, program = settings["host"], settings["program"]
    flag = "-v" if program == "nginx" else "--version"
    answer = await sight.ask(host, f"is {program} there",
                             _INSTALLED.format(program=program, flag=flag))  # fmt: skip
    if isinstance(answer, Note):
        return Seen(None, answer)
    origin, _, said = answer.stdout.strip().partition("\n")
    if origin == "none":
        return Seen(False, note("{program} is not installed on {host}", program=program, host=host))
    found = note("{program} on {host} is from {origin}: {banner}", program=program, host=host,
                 origin=_ORIGIN.get(origin, note("nowhere")), banner=said[:60])  # fmt: skip
    wanted = settings.get("from", "any")
    if wanted not in ("any", origin):
        said_so = note("{found}; it should be from {wanted}", found=found, wanted=_ORIGIN[wanted])
        return Seen(False, said_so)
    least = settings.get("at-least")
    if least and _numbers(said) < tuple(int(part) for part in least.split(".")):
        return Seen(False, note("{found}; {least} is the least", found=found, least=least))
    return Seen(True, found)


def _numbers(banner: str) -> tuple[int, ...]:
    version = parse_version(banner)
    if version is None:
        digits = banner.rpartition("/")[2].split()[0] if "/" in banner else ""
        version = parse_version(digits)
    return (0,) if version is None else tuple(version)


async def _version(sight: Sight, settings: Settings) -> Seen:
    answer = await sight.ask(settings["host"], "keepalived's version", "keepalived --version 2>&1")
    if isinstance(answer, Note):
        return Seen(None, answer)
    version = parse_version(answer.stdout)
    if version is None:
        return Seen(False, note("there is no keepalived on {host}", host=settings["host"]))
    text = ".".join(map(str, version))
    said = note("keepalived on {host} is {version}", host=settings["host"], version=text)
    least = tuple(int(part) for part in settings.get("at-least", "0").split("."))
    exact = settings.get("is")
    return Seen((exact is None or text == exact) and tuple(version) >= least, said)


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:g}"


def _of_instance(one: InstanceConf) -> dict[str, str | None]:
    return {
        "state": one.state,
        "interface": one.interface,
        "virtual_router_id": _text(one.vrid),
        "priority": _text(one.priority),
        "advert_int": _number(one.advert_int_s),
        "auth_type": one.auth_type,
        "auth_pass": one.auth_fingerprint,
        "nopreempt": "yes" if one.nopreempt else None,
        "preempt_delay": _number(one.preempt_delay_s),
        "unicast": " ".join(one.unicast_peers) or None,
        "virtual_ipaddress": " ".join(vip.address for vip in one.vips) or None,
    }


def _of_script(one: ScriptConf) -> dict[str, str | None]:
    return {
        "script.name": one.name,
        "script.interval": _number(one.interval_s),
        "script.timeout": _number(one.timeout_s),
        "script.fall": _text(one.fall),
        "script.rise": _text(one.rise),
        "script.weight": _text(one.weight),
    }


#: Every key that can be asked for.
KNOWN = (
    "router_id",
    "vrrp_version",
    *_of_instance(InstanceConf("", 0)),
    *_of_script(ScriptConf("", 0)),
)


def values(conf: KeepalivedConf) -> dict[str, str | None]:
    """Return what a file says of each key: of its first instance, and the check that it tracks."""
    found: dict[str, str | None] = dict.fromkeys(KNOWN)
    found["router_id"] = conf.router_id
    instance = next(iter(conf.instances), None)
    version = conf.vrrp_version
    if instance is not None:
        found |= _of_instance(instance)
        version = instance.version or version
        tracked = [track.name for track in instance.track_scripts]
        script = next((one for one in conf.scripts if one.name in tracked), None)
        if script is not None:
            found |= _of_script(script)
    found["vrrp_version"] = _text(version)
    return found


def _told(key: str, value: str | None) -> Note:
    """Say what a key is; a secret's fingerprint is not shown."""
    if value is None:
        return note("{key} is not set", key=key)
    if key == "auth_pass":
        return note("auth_pass is set")
    return note("{key} is {value}", key=key, value=value)


async def _config(sight: Sight, settings: Settings) -> Seen:
    host, key = settings["host"], settings["key"]
    conf = await sight.conf(host)
    if isinstance(conf, Note):
        return Seen(None if "cannot be asked" in conf.template else False, conf)
    value = values(conf)[key]
    said = note("on {host}, {what}", host=host, what=_told(key, value))
    if "is" in settings:
        if value == settings["is"]:
            return Seen(True, said)
        return Seen(False, note("{said}; it should be {wanted}", said=said, wanted=settings["is"]))
    return Seen((value is not None) is yes(settings, "set"), said)


async def _compare(sight: Sight, settings: Settings, *, alike: bool) -> Seen:
    found: dict[str, dict[str, str | None]] = {}
    for host in sight.lb_names():
        conf = await sight.conf(host)
        if isinstance(conf, Note):
            return Seen(None if "cannot be asked" in conf.template else False, conf)
        found[host] = values(conf)
    for key in settings["keys"].split():
        each = {host: of.get(key) for host, of in found.items()}
        same = len(set(each.values())) == 1
        if same is alike and None not in each.values():
            continue
        if None in each.values():
            host = next(host for host, value in each.items() if value is None)
            return Seen(False, note("on {host}, {what}", host=host, what=_told(key, None)))
        shown = ", ".join(f"{host} {'•••' if key == 'auth_pass' else value}"
                          for host, value in each.items())  # fmt: skip
        said = (
            note("{key} must be the same on both: {values}", key=key, values=shown)
            if alike
            else note("{key} must differ: {values}", key=key, values=shown)
        )
        return Seen(False, said)
    keys = ", ".join(settings["keys"].split())
    said = note("{keys}: the same on both", keys=keys) if alike else note("{keys}: different",
                                                                         keys=keys)  # fmt: skip
    return Seen(True, said)


async def _alike(sight: Sight, settings: Settings) -> Seen:
    return await _compare(sight, settings, alike=True)


async def _differ(sight: Sight, settings: Settings) -> Seen:
    return await _compare(sight, settings, alike=False)


def _address(line: str) -> str:
    """Return the address that an upstream's ``server`` line names, without its port."""
    host = line.rstrip(";").split()[1]
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0] if host.count(":") == 1 else host


async def _balances(sight: Sight, settings: Settings) -> Seen:
    host = settings["host"]
    answer = await sight.ask(host, "nginx's configuration", "nginx -T 2>/dev/null")
    if isinstance(answer, Note):
        return Seen(None, answer)
    lines = [line.strip() for line in answer.stdout.splitlines()]
    missing = [
        name
        for name in settings["to"].split()
        if not any(
            line.startswith("server ") and _address(line) == sight.host(name).address
            for line in lines
        )
    ]
    if missing:
        said = note("nginx on {host} does not balance to {missing}", host=host,
                    missing=", ".join(missing))  # fmt: skip
        return Seen(False, said)
    said = note("nginx on {host} balances to {names}", host=host,
                names=", ".join(settings["to"].split()))  # fmt: skip
    return Seen(True, said)


async def _file(sight: Sight, settings: Settings) -> Seen:
    host, path = settings["host"], settings["path"]
    quoted = shlex.quote(path)
    answer = await sight.ask(host, "a file", f"[ -e {quoted} ] || exit 3; cat {quoted}")
    if isinstance(answer, Note):
        return Seen(None, answer)
    there = answer.exit_status == 0
    if not yes(settings, "exists"):
        said = (
            note("{path} is on {host}; it should not be", path=path, host=host)
            if there
            else note("{path} is not on {host}", path=path, host=host)
        )
        return Seen(not there, said)
    if not there:
        return Seen(False, note("{path} is not on {host}", path=path, host=host))
    return _content(settings, answer.stdout)


def _content(settings: Settings, found: str) -> Seen:
    """Judge what stands in a file that is there."""
    host, path = settings["host"], settings["path"]
    has, lacks = settings.get("has"), settings.get("lacks")
    if lacks is not None and lacks in found:
        said = note("{path} on {host} still has “{text}”", path=path, host=host, text=lacks)
        return Seen(False, said)
    if has is not None and "times" in settings:
        times = found.count(has)
        said = note("{path} on {host} has “{text}” {times} times", path=path, host=host, text=has,
                    times=times)  # fmt: skip
        return Seen(times == int(settings["times"]), said)
    if has is not None and has not in found:
        said = note("{path} on {host} does not have “{text}”", path=path, host=host, text=has)
        return Seen(False, said)
    return Seen(True, note("{path} is on {host}", path=path, host=host))


async def _process(sight: Sight, settings: Settings) -> Seen:
    host, name = settings["host"], settings["name"]
    # Not its own shell: the brackets match the name, and not themselves.
    pattern = shlex.quote(f"[{name[0]}]{name[1:]}")
    script = f"ps -eo args | grep -c -- {pattern}\n"
    answer = await sight.ask(host, "processes", script)
    if isinstance(answer, Note):
        return Seen(None, answer)
    digits = answer.stdout.strip()
    count = int(digits) if digits.isdigit() else 0
    said = note("{count} processes of {name} on {host}", count=count, name=name, host=host)
    if "at-least" in settings:
        return Seen(count >= int(settings["at-least"]), said)
    return Seen((count == 0) is yes(settings, "none"), said)


_KEY = Parameter(
    note("{value}", value=", ".join(KNOWN)), "|".join(key.replace(".", r"\.") for key in KNOWN)
)
PROBES = (
    Probe("installed", note("a program is there, from a package or from source"),
          {"host": HOST, "program": words("keepalived", "nginx"),
           "from": optional(words("package", "source", "any")), "at-least": optional(VERSION)},
          _installed),
    Probe("version", note("which keepalived it is"),
          {"host": HOST, "is": optional(VERSION), "at-least": optional(VERSION)}, _version),
    Probe("config", note("what keepalived.conf says"),
          {"host": HOST, "key": _KEY, "is": optional(ANY), "set": optional(YES_NO)}, _config),
    Probe("alike", note("what must match on both LBs"), {"keys": KEYS}, _alike),
    Probe("differ", note("what must differ between the LBs"), {"keys": KEYS}, _differ),
    Probe("balances", note("nginx balances to these web nodes"), {"host": HOST, "to": HOSTS},
          _balances),
    Probe("file", note("a file is there, or not"),
          {"host": HOST, "path": PATH, "exists": optional(YES_NO), "has": optional(ANY),
           "times": optional(COUNT), "lacks": optional(ANY)}, _file),
    Probe("process", note("how many processes of a name there are"),
          {"host": HOST, "name": ANY, "at-least": optional(COUNT), "none": optional(YES_NO)},
          _process),
)  # fmt: skip
