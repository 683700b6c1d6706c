"""The catalogue: every finding that there is, with its id, its level, and what it means.

Ids are stable: programs may rely on them.
"""

from __future__ import annotations

from dataclasses import dataclass

from haconsole.domain.notes import Note, note

from .findings import Level


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of finding. ``about``: what is found, in a few words."""

    id: str
    level: Level
    about: Note


_ERROR, _WARNING, _HINT = Level.ERROR, Level.WARNING, Level.HINT
RULES: dict[str, Rule] = {
    rule.id: rule
    for rule in (
        # Reading
        Rule(
            "unreadable",
            _ERROR,
            note("the file is not there, is no text, or is too long to be read"),
        ),
        Rule("syntax", _ERROR, note("braces, quotes or sequences that keepalived cannot read")),
        Rule(
            "odd-syntax",
            _WARNING,
            note("something that keepalived reads in another way than it looks"),
        ),
        Rule(
            "unknown-condition",
            _HINT,
            note("lines that count only for some config ids, of which none is known"),
        ),
        Rule(
            "include-missing",
            _WARNING,
            note("an included file that is not there, which keepalived passes over"),
        ),
        Rule(
            "include-error",
            _ERROR,
            note("an included file that keepalived wants and does not get"),
        ),
        # Words
        Rule("unknown-keyword", _ERROR, note("a word that is no keyword, or not in this block")),
        Rule(
            "keyword-version",
            _ERROR,
            note("a keyword that this version of keepalived does not know"),
        ),
        Rule("needs-block", _ERROR, note("a list without its braces")),
        Rule("no-name", _ERROR, note("a block that needs a name of one word")),
        Rule("same-name", _ERROR, note("a second block of a name, which keepalived skips")),
        Rule(
            "same-name-again",
            _WARNING,
            note("a second block of a name, of which the first is used"),
        ),
        Rule("said-twice", _WARNING, note("a setting with two values in one block")),
        Rule("no-value", _ERROR, note("a setting without its value, at which keepalived ends")),
        Rule("bad-value", _ERROR, note("a value out of its range, or of the wrong kind")),
        Rule("bad-address", _ERROR, note("an address that is none")),
        Rule("mixed-families", _ERROR, note("IPv4 and IPv6 addresses in one instance")),
        # References
        Rule(
            "unknown-reference",
            _ERROR,
            note("a check, process or file that is tracked and not defined"),
        ),
        Rule(
            "defined-later",
            _ERROR,
            note("a check, process or file that is defined only after it is tracked"),
        ),
        Rule("named-twice", _ERROR, note("a check, process or file that is tracked twice")),
        Rule("unused-check", _WARNING, note("a check that nobody tracks")),
        Rule("unknown-member", _ERROR, note("a sync group's instance that there is not")),
        Rule("member-twice", _ERROR, note("an instance in two sync groups")),
        Rule("group-members", _ERROR, note("a sync group without instances")),
        Rule("group-of-one", _WARNING, note("a sync group with one instance")),
        # Instances
        Rule("no-vrid", _ERROR, note("an instance without virtual_router_id")),
        Rule("no-interface", _ERROR, note("an instance without an interface")),
        Rule("no-vip", _ERROR, note("an instance without addresses where keepalived wants some")),
        Rule("nothing-to-move", _WARNING, note("an instance without addresses")),
        Rule("no-priority", _WARNING, note("an instance whose priority is left to a default")),
        Rule("same-vrid", _ERROR, note("two instances with one VRID on one interface")),
        Rule("same-vip", _WARNING, note("an address that two instances have, or one has twice")),
        Rule("advert-interval", _ERROR, note("an advert_int that the VRRP version cannot say")),
        Rule("nopreempt-master", _ERROR, note("nopreempt with state MASTER")),
        Rule("nopreempt-owner", _ERROR, note("nopreempt with priority 255")),
        Rule(
            "nopreempt-weight",
            _WARNING,
            note("nopreempt with a weighted check, which then moves nothing"),
        ),
        Rule("delay-master", _ERROR, note("preempt_delay with state MASTER")),
        Rule("delay-nopreempt", _ERROR, note("preempt_delay with nopreempt")),
        Rule("auth-v3", _ERROR, note("a password where VRRPv3 is spoken")),
        Rule("auth-empty", _ERROR, note("auth_type without auth_pass")),
        Rule("auth-half", _WARNING, note("auth_pass without auth_type")),
        Rule("auth-length", _WARNING, note("a password of which only the beginning is sent")),
        Rule("auth-clear", _HINT, note("a password, which everybody in the network can read")),
        Rule("auth-ah", _WARNING, note("authentication by AH, which is gone from VRRP")),
        Rule("no-peers", _WARNING, note("words of unicast without any peer")),
        Rule("no-source", _HINT, note("unicast without unicast_src_ip")),
        Rule("own-peer", _WARNING, note("an LB that is its own peer")),
        Rule("source-is-vip", _WARNING, note("adverts from an address that moves")),
        Rule("vip-network", _HINT, note("a VIP in another network than unicast_src_ip")),
        Rule("strict-unicast", _WARNING, note("strict mode with unicast peers")),
        Rule("strict-auth", _ERROR, note("strict mode with a password")),
        Rule(
            "strict-state",
            _ERROR,
            note("strict mode with a state that the priority does not say"),
        ),
        Rule("strict-setting", _ERROR, note("a setting that strict mode does not know")),
        Rule("strict-accept", _WARNING, note("strict mode, in which the VIP answers nobody")),
        # Checks
        Rule(
            "no-check",
            _WARNING,
            note("an instance that tracks nothing, so that a dead nginx keeps the VIP"),
        ),
        Rule("own-interface", _WARNING, note("an instance that tracks its own interface")),
        Rule("check-without-script", _ERROR, note("a check that says no script")),
        Rule("check-timeout", _WARNING, note("a check that may still run when the next is due")),
        Rule("weight-owner", _ERROR, note("a weighted check with priority 255")),
        Rule("weight-in-group", _ERROR, note("a weighted check of an instance in a sync group")),
        Rule("check-loops", _ERROR, note("a check script that never ends")),
        Rule("check-stops-keepalived", _ERROR, note("a check script that stops keepalived")),
        Rule("check-repairs", _WARNING, note("a check script that starts nginx")),
        Rule("script-shebang", _ERROR, note("a script that the kernel cannot start")),
        # Security
        Rule("script-security", _WARNING, note("scripts without enable_script_security")),
        Rule("script-user", _WARNING, note("scripts without script_user")),
        Rule("script-root", _HINT, note("scripts that run as root")),
        Rule("script-place", _WARNING, note("a script where others may put one")),
        Rule("script-path", _HINT, note("a script without an absolute path")),
        # Several files
        Rule("pair-instance", _ERROR, note("an instance that not every file has")),
        Rule("pair-vrid", _ERROR, note("different VRIDs")),
        Rule("pair-auth", _ERROR, note("different passwords")),
        Rule("pair-advert", _ERROR, note("different advert_int in VRRPv2")),
        Rule(
            "pair-advert-v3",
            _WARNING,
            note("different advert_int in VRRPv3, where the owner's counts"),
        ),
        Rule("pair-version", _ERROR, note("different versions of VRRP")),
        Rule("pair-vips", _ERROR, note("different addresses")),
        Rule("pair-source", _ERROR, note("the same unicast_src_ip")),
        Rule("pair-peers", _ERROR, note("peers that are not each other's")),
        Rule("pair-preempt", _WARNING, note("nopreempt here and not there")),
        Rule("pair-weight", _WARNING, note("different weights of one check")),
        Rule("same-priority", _WARNING, note("the same priority")),
        Rule("same-priority-masters", _ERROR, note("the same priority, and both begin as MASTER")),
        Rule("masters", _WARNING, note("several that begin as MASTER")),
        Rule("lower-master", _WARNING, note("MASTER where the priority is lower")),
        Rule("same-router-id", _WARNING, note("the same router_id")),
        Rule(
            "weight-too-small",
            _ERROR,
            note("a weight that does not reach from one priority to the other"),
        ),
        Rule("weight-tie", _ERROR, note("a weight that lifts both to the highest priority")),
        Rule("no-failover", _ERROR, note("a failure after which nobody takes over")),
    )
}
