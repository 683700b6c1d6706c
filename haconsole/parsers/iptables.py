"""``iptables -S`` as chains, judged for a VRRP packet that comes in."""

from __future__ import annotations

from .packetfilter import VRRP_NAMES, Chain, Packet, Rule, Verb, all_of, any_of

_MAX_LINE = 2000
_VERBS = {
    "ACCEPT": Verb.ACCEPT,
    "DROP": Verb.DROP,
    "REJECT": Verb.DROP,
    "RETURN": Verb.RETURN,
    "LOG": Verb.PASS,
    "NFLOG": Verb.PASS,
    "MARK": Verb.PASS,
    "CONNMARK": Verb.PASS,
}
_LONG = {
    "--protocol": "-p",
    "--in-interface": "-i",
    "--source": "-s",
    "--src": "-s",
    "--destination": "-d",
    "--dst": "-d",
    "--jump": "-j",
    "--goto": "-g",
    "--state": "--ctstate",
}
#: Matches that say nothing about the packet, with how many words follow.
_NEUTRAL = {"-m": 1, "--comment": 1, "--match": 1}


def parse_iptables(text: str, packet: Packet) -> dict[str, Chain]:
    """Read ``iptables -S [INPUT]``; lines that are no rule are left out. Never raises."""
    chains: dict[str, Chain] = {}
    for line in text.splitlines():
        words = line[:_MAX_LINE].split()
        if len(words) < 2 or words[0] not in ("-P", "-N", "-A"):
            continue
        chain = chains.setdefault(words[1], Chain(words[1]))
        if words[0] == "-P":
            chain.base = True
            chain.policy = Verb.ACCEPT if words[2:3] == ["ACCEPT"] else Verb.DROP
        elif words[0] == "-A":
            chain.rules.append(_rule(words[2:], line.strip()[:_MAX_LINE], packet))
    return chains


def _rule(words: list[str], text: str, packet: Packet) -> Rule:
    matches: list[bool | None] = []
    verb, target, names_vrrp, negated = Verb.PASS, "", False, False
    index = 0
    while index < len(words):
        word = _LONG.get(words[index], words[index])
        value = words[index + 1] if index + 1 < len(words) else ""
        index += 2
        if word == "!":
            negated = True
            index -= 1
            continue
        if word in ("-j", "-g"):
            known = _VERBS.get(value)
            verb, target = (known, "") if known else (_JUMPS[word], value)
            break  # what follows are the target's own options
        if word not in _NEUTRAL:
            match = _match(word, value, packet)
            names_vrrp = names_vrrp or (word == "-p" and value in VRRP_NAMES and not negated)
            matches.append(None if match is None else match is not negated)
        negated = False
    return Rule(all_of(matches), verb, target, names_vrrp, text)


_JUMPS = {"-j": Verb.JUMP, "-g": Verb.GOTO}


def _match(word: str, value: str, packet: Packet) -> bool | None:
    values = value.split(",")
    match word:
        case "-i":
            return packet.on(value)
        case "-s":
            return any_of([packet.from_net(net) for net in values])
        case "-d":
            return any_of([packet.to_net(net) for net in values])
        case _:
            # Nobody answers an advert: to the connection tracking each one is new.
            wanted = _WANTED.get(word)
            return None if wanted is None else bool(wanted & set(values))


_WANTED = {
    "-p": VRRP_NAMES | {"all", "0"},
    "--ctstate": frozenset({"NEW", "UNTRACKED"}),
    "--pkt-type": frozenset({"multicast"}),
}
