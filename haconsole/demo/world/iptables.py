"""iptables on top of nftables (iptables-nft(8)): its tables are tables of nft's."""

from __future__ import annotations

import re
import shlex

from haconsole.demo.system.invocation import Invocation, Program

from .firewall import Firewall
from .nft import Chain, Rule, Table

#: The chains of each table, with the priority that nft shows.
_TABLES = {
    "filter": (("INPUT", "FORWARD", "OUTPUT"), "filter"),
    "raw": (("PREROUTING", "OUTPUT"), "raw"),
    "mangle": (("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"), "mangle"),
}
_VERBS = {"--append": "-A", "--insert": "-I", "--delete": "-D", "--check": "-C", "--policy": "-P",
          "--flush": "-F", "--list-rules": "-S"}  # fmt: skip
_V4, _V6 = "ip", "ip6"


class _Call:
    """What a command line asks for: ``-t``, the verb, and what it is about."""

    def __init__(self, args: list[str]) -> None:
        rest = [word for word in args if word not in ("-w", "-n", "--wait", "-v")]
        self.table = "filter"
        for key in ("-t", "--table"):
            if key in rest[:-1]:
                at = rest.index(key)
                self.table = rest[at + 1]
                del rest[at : at + 2]
        verb = rest.pop(0) if rest else "-h"
        self.verb = _VERBS.get(verb, verb)
        self.rest = rest


def iptables(firewall: Firewall, family: str) -> Program:
    """Return ``iptables`` or ``ip6tables`` (the nft kind): ``-t -S -A -I -D -C -P -F``.

    ``family``: ``ip`` or ``ip6``.
    """

    async def run(call: Invocation) -> int:
        if call.uid != 0:
            return await call.error("v1.8.9 (nf_tables): Could not fetch rule set generation id: "
                                    "Permission denied (you must be root)", 4)  # fmt: skip
        asked = _Call(call.args)
        if asked.table not in _TABLES:
            return await call.error(
                f"v1.8.9 (nf_tables): table '{asked.table}' does not exist\n"
                "Perhaps iptables or your kernel needs to be upgraded.", 3)  # fmt: skip
        table = firewall.tables.tables.get((family, asked.table))
        if asked.verb == "-S":
            await call.stdout.write(_listing(asked.table, table, asked.rest))
            return 0
        if asked.verb not in _VERBS.values() or (not asked.rest and asked.verb != "-F"):
            return await call.error(f'v1.8.9 (nf_tables): unknown option "{asked.verb}"', 2)
        if table is None:
            table = _made(firewall, family, asked.table)
        return await _edit(call, table, asked)

    return run


def iptables_save(firewall: Firewall, family: str) -> Program:
    """Return ``iptables-save`` or ``ip6tables-save``: every table that there is."""

    async def run(call: Invocation) -> int:
        if call.uid != 0:
            return await call.error("v1.8.9 (nf_tables): Could not fetch rule set generation id: "
                                    "Permission denied (you must be root)", 4)  # fmt: skip
        for name in _TABLES:
            table = firewall.tables.tables.get((family, name))
            if table is None:
                continue
            await call.print(f"*{name}")
            for chain in table.chains.values():
                policy = "DROP" if chain.drops else "ACCEPT"
                await call.print(f":{chain.name} {policy} [0:0]")
            for chain in table.chains.values():
                for rule in chain.rules:
                    await call.print(f"-A {chain.name} {_from_nft(rule, family)}")
            await call.print("COMMIT")
        return 0

    return run


def _made(firewall: Firewall, family: str, name: str) -> Table:
    table = firewall.tables.table(family, name)
    chains, priority = _TABLES[name]
    for chain in chains:
        head = f"type filter hook {chain.lower()} priority {priority}; policy accept;"
        table.chains.setdefault(chain, Chain(chain, head, handle=table.next_handle()))
    return table


async def _edit(call: Invocation, table: Table, asked: _Call) -> int:
    chain = table.chains.get(asked.rest[0]) if asked.rest else None
    verb, rest = asked.verb, asked.rest[1:]
    if verb == "-F":
        for one in [chain] if chain else table.chains.values():
            one.rules.clear()
    elif chain is None:
        return await call.error("v1.8.9 (nf_tables): No chain/target/match by that name.")
    elif verb == "-P":
        policy = (rest or ["ACCEPT"])[0].lower()
        chain.head = re.sub(r"policy \w+", f"policy {policy}", chain.head)
    else:
        return await _edit_rule(call, table, chain, asked)
    return 0


async def _edit_rule(call: Invocation, table: Table, chain: Chain, asked: _Call) -> int:
    verb, rest = asked.verb, asked.rest[1:]
    numbered = verb in ("-I", "-D") and bool(rest) and rest[0].isdigit()
    position = int(rest.pop(0)) - 1 if numbered else 0
    if verb == "-D" and numbered:
        if position >= len(chain.rules):
            return await call.error("Index of deletion too big.")
        chain.rules.pop(position)
        return 0
    rule = Rule(_to_nft(rest, table.family), table.next_handle())
    same = next((one for one in chain.rules if one.words == rule.words), None)
    if verb in ("-D", "-C"):
        if same is None:
            return await call.error("Bad rule (does a matching rule exist in that chain?).")
        if verb == "-D":
            chain.rules.remove(same)
    elif verb == "-I":
        chain.rules.insert(position, rule)
    else:
        chain.rules.append(rule)
    return 0


def _to_nft(words: list[str], family: str) -> str:
    """Say a rule of iptables as nft keeps it."""
    parts, rest = [], list(words)
    protocol = "ip protocol" if family == _V4 else "meta l4proto"
    while rest:
        word = rest.pop(0)
        value = rest.pop(0) if rest else ""
        match word:
            case "-p" | "--protocol":
                parts.append(f"{protocol} {'vrrp' if value == '112' else value}")
            case "-s" | "--source":
                parts.append(f"{family} saddr {value}")
            case "-d" | "--destination":
                parts.append(f"{family} daddr {value}")
            case "-i" | "--in-interface":
                parts.append(f'iifname "{value}"')
            case "-o" | "--out-interface":
                parts.append(f'oifname "{value}"')
            case "--dport":
                parts.append(f"tcp dport {value}")
            case "--comment":
                parts.append(f'comment "{value}"')
            case "-j" | "--jump":
                verb = {"ACCEPT": "accept", "DROP": "drop", "REJECT": "reject"}.get(value)
                parts.append(f"counter {verb or f'jump {value}'}")
            case _:
                pass
    return " ".join(parts)


def _listing(name: str, table: Table | None, names: list[str]) -> str:
    lines = []
    family = table.family if table else _V4
    for one in names or list(_TABLES[name][0]):
        chain = table.chains.get(one) if table else None
        lines.append(f"-P {one} {'DROP' if chain and chain.drops else 'ACCEPT'}")
    for one in names or list(_TABLES[name][0]):
        chain = table.chains.get(one) if table else None
        rules = chain.rules if chain else ()
        lines += [f"-A {one} {_from_nft(rule, family)}" for rule in rules]
    return "".join(f"{line}\n" for line in lines)


def _from_nft(rule: Rule, family: str) -> str:
    text = re.sub(r"\bcounter ", "-j ", rule.words)
    text = re.sub(r"-j (accept|drop|reject)", lambda m: f"-j {m[1].upper()}", text)
    text = re.sub(r"-j jump", "-j", text)
    text = re.sub(r"(?:ip protocol|meta l4proto) (\S+)", r"-p \1", text)
    text = re.sub(rf"{family} saddr (\S+)", r"-s \1", text).replace(f"{family} daddr", "-d")
    text = re.sub(r'iifname "(\S+)"', r"-i \1", text)
    text = re.sub(r'comment "([^"]*)"', lambda m: f"-m comment --comment {_quoted(m[1])}", text)
    return re.sub(r'oifname "(\S+)"', r"-o \1", text).replace("tcp dport", "--dport")


def _quoted(text: str) -> str:
    return f'"{text}"' if shlex.quote(text) != text else text
