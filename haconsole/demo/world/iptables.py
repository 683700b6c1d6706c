"""iptables on top of nftables (iptables-nft(8)): its rules are in a table of nft's."""

from __future__ import annotations

import re

from haconsole.demo.system.invocation import Invocation, Program

from .firewall import Firewall
from .nft import Chain, Table

_IPTABLES = ("ip", "filter")
_HOOKS = {"INPUT": "input", "FORWARD": "forward", "OUTPUT": "output"}


def iptables(firewall: Firewall) -> Program:
    """Return ``iptables`` (the nft kind): ``-S``, and ``-A -I -D -P -F -C``."""

    async def run(call: Invocation) -> int:
        if call.uid != 0:
            return await call.error("v1.8.9 (nf_tables): Could not fetch rule set generation id: "
                                    "Permission denied (you must be root)", 4)  # fmt: skip
        args = [word for word in call.args if word not in ("-w", "-n", "--wait")]
        verb = args[0] if args else "-h"
        table = firewall.tables.tables.get(_IPTABLES)
        if verb in ("-S", "--list-rules"):
            await call.stdout.write(_listing(table, args[1:]))
            return 0
        if verb not in ("-A", "-I", "-D", "-C", "-P", "-F") or (len(args) < 2 and verb != "-F"):
            return await call.error(f'v1.8.9 (nf_tables): unknown option "{verb}"', 2)
        if table is None:
            table = firewall.tables.tables[_IPTABLES] = Table(*_IPTABLES)
            for name, hook in _HOOKS.items():
                head = f"type filter hook {hook} priority filter; policy accept;"
                table.chains[name] = Chain(name, head)
        chain = table.chains.get(args[1]) if len(args) > 1 else None
        if verb == "-F":
            for one in [chain] if chain else table.chains.values():
                one.rules.clear()
            return 0
        if chain is None:
            return await call.error("v1.8.9 (nf_tables): No chain/target/match by that name.")
        return await _edit(call, chain, verb, args[2:])

    return run


async def _edit(call: Invocation, chain: Chain, verb: str, rest: list[str]) -> int:
    if verb == "-P":
        policy = (rest or ["ACCEPT"])[0].lower()
        chain.head = re.sub(r"policy \w+", f"policy {policy}", chain.head)
        return 0
    position = (
        int(rest.pop(0)) - 1 if verb in ("-I", "-D") and rest[:1] and rest[0].isdigit() else 0
    )
    if verb == "-D" and not rest:
        if position >= len(chain.rules):
            return await call.error("Index of deletion too big.")
        chain.rules.pop(position)
        return 0
    rule = _to_nft(rest)
    if verb in ("-D", "-C"):
        if rule not in chain.rules:
            return await call.error("Bad rule (does a matching rule exist in that chain?).")
        if verb == "-D":
            chain.rules.remove(rule)
    elif verb == "-I":
        chain.rules.insert(position, rule)
    else:
        chain.rules.append(rule)
    return 0


def _to_nft(words: list[str]) -> str:
    """Say a rule of iptables as nft prints it."""
    parts, rest = [], list(words)
    while rest:
        word = rest.pop(0)
        value = rest.pop(0) if rest else ""
        match word:
            case "-p" | "--protocol":
                parts.append(f"ip protocol {'vrrp' if value == '112' else value}")
            case "-s" | "--source":
                parts.append(f"ip saddr {value}")
            case "-d" | "--destination":
                parts.append(f"ip daddr {value}")
            case "-i" | "--in-interface":
                parts.append(f'iifname "{value}"')
            case "-o" | "--out-interface":
                parts.append(f'oifname "{value}"')
            case "--dport":
                parts.append(f"tcp dport {value}")
            case "-j" | "--jump":
                verb = {"ACCEPT": "accept", "DROP": "drop", "REJECT": "reject"}.get(value)
                parts.append(f"counter packets 0 bytes 0 {verb or f'jump {value}'}")
            case _:
                pass
    return " ".join(parts)


def _listing(table: Table | None, names: list[str]) -> str:
    lines = []
    for name in names or list(_HOOKS):
        chain = table.chains.get(name) if table else None
        lines.append(f"-P {name} {'DROP' if chain and chain.drops else 'ACCEPT'}")
    for name in names or list(_HOOKS):
        chain = table.chains.get(name) if table else None
        lines += [f"-A {name} {_from_nft(rule)}" for rule in (chain.rules if chain else ())]
    return "".join(f"{line}\n" for line in lines)


def _from_nft(rule: str) -> str:
    text = re.sub(r"counter packets \d+ bytes \d+ ", "-j ", rule)
    text = re.sub(r"-j (accept|drop|reject)", lambda m: f"-j {m[1].upper()}", text)
    text = text.replace("ip protocol vrrp", "-p vrrp").replace("ip protocol", "-p")
    text = re.sub(r"ip saddr (\S+)", r"-s \1", text).replace("ip daddr", "-d")
    text = re.sub(r'iifname "(\S+)"', r"-i \1", text)
    return re.sub(r'oifname "(\S+)"', r"-o \1", text).replace("tcp dport", "--dport")
