"""Defects to put into good files, and the rule that has to find each."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

#: Returns the broken text, or ``None`` where the file has nothing to break.
Break = Callable[[str], str | None]


class Defect(NamedTuple):
    name: str
    rule: str
    breaks: Break
    #: The daemon that has it; the newest without.
    version: str | None = None


def changed(pattern: str, replacement: str) -> Break:
    def breaks(text: str) -> str | None:
        done, count = re.subn(pattern, replacement, text, count=1, flags=re.MULTILINE)
        return done if count else None

    return breaks


def within(head: str, line: str) -> Break:
    """Put a line at the beginning of a block."""
    return changed(rf"^{head} .*\{{$", rf"\g<0>\n    {line}")


def added(text: str) -> Break:
    return lambda before: before + text


def _everywhere(text: str) -> str | None:
    """No instance tracks anything."""
    return re.sub(r"^    track_script \{\n.*\n.*\}\n", "", text, flags=re.MULTILINE)


def _moved(text: str) -> str | None:
    """The checks behind the instances."""
    found = re.search(r"^# One look.*?^}\n", text, re.MULTILINE | re.DOTALL)
    return text.replace(found[0], "") + found[0] if found else None


INSTANCE, CHECK, GLOBALS = "vrrp_instance", "vrrp_script", "global_defs"
#: What one file has wrong by itself.
ALONE = [
    Defect("a brace too few", "syntax", changed(r"^}\n\Z", "")),
    Defect("a brace too many", "syntax", added("}\n")),
    Defect("an open quote", "syntax", changed(r'^    script "(.*)"$', r'    script "\1')),
    Defect("a sequence that is none", "syntax", added("~SEQ(\n")),
    Defect("a joined line", "odd-syntax", changed(r"^    priority \d+$", r"\g<0> \\")),
    Defect("an include that is not there", "include-missing", added("include more.conf\n")),
    Defect("an include that is wanted", "include-error", added("includem more.conf\n")),
    Defect("a misspelt keyword", "unknown-keyword", changed("    priority ", "    prioritiy ")),
    Defect("a misspelt block", "unknown-keyword", changed("^vrrp_script", "vrrp_skript")),
    Defect("a keyword elsewhere", "unknown-keyword", within(GLOBALS, "priority 100")),
    Defect("a keyword outside", "unknown-keyword", added("priority 100\n")),
    Defect("a new keyword", "keyword-version", within(INSTANCE, "down_timer_adverts 4"), "2.2.2"),
    Defect("a new block", "keyword-version", added("track_file f {\n file /x\n}\n"), "2.0.20"),
    Defect("a new condition", "keyword-version", added("@^lb01 vrrp_strict\n"), "1.3.6"),
    Defect("a list in its line", "needs-block", changed(r"track_script \{\n.*\n.*\}", "track_script check_nginx")),
    Defect("an instance without a name", "no-name", changed(r"^vrrp_instance \w+", "vrrp_instance")),
    Defect("a name of two words", "no-name", changed(r"^vrrp_instance \w+", "vrrp_instance VI 1")),
    Defect("an instance twice", "same-name", lambda text: text + text[text.index("vrrp_instance"):]),
    Defect("a check twice", "same-name-again", lambda text: text[text.index("vrrp_script"):text.index("vrrp_instance")] + text),
    Defect("a priority twice", "said-twice", within(INSTANCE, "priority 77")),
    Defect("a priority without a value", "no-value", changed(r"^    priority \d+", "    priority")),
    Defect("a VRID without a value", "no-value", changed(r"^    virtual_router_id \d+", "    virtual_router_id")),
    Defect("priority 256", "bad-value", changed(r"^    priority \d+", "    priority 256")),
    Defect("priority 0", "bad-value", changed(r"^    priority \d+", "    priority 0")),
    Defect("priority in words", "bad-value", changed(r"^    priority \d+", "    priority high")),
    Defect("VRID 0", "bad-value", changed(r"^    virtual_router_id \d+", "    virtual_router_id 0")),
    Defect("state SLAVE", "bad-value", changed("^    state .*", "    state SLAVE")),
    Defect("state in small letters", "bad-value", changed("^    state .*", "    state master")),
    Defect("a long interface", "bad-value", changed("^    interface .*", "    interface enp0s31f6-uplink0")),
    Defect("half a second's check", "bad-value", changed("^    interval .*", "    interval 0.5"), "2.2.7"),
    Defect("a negative interval", "bad-value", changed("^    interval .*", "    interval -2")),
    Defect("weight 300", "bad-value", changed("^    weight .*", "    weight 300")),
    Defect("fall 0", "bad-value", changed("^    fall .*", "    fall 0")),
    Defect("a tracking's weight", "bad-value", changed("^        check_nginx$", "        check_nginx weight 255")),
    Defect("a tracking's option", "bad-value", changed("^        check_nginx$", "        check_nginx 20")),
    Defect("a prefix of 33", "bad-value", changed(r"^        10\.0\.0\.100.*", "        10.0.0.100/33")),
    Defect("two VIPs in a line", "bad-value", changed(r"^        10\.0\.0\.100.*", "        10.0.0.100 10.0.0.102")),
    Defect("a VIP without its interface", "bad-value", changed(r"^        10\.0\.0\.100.*", r"\g<0> dev")),
    Defect("auth_type in words", "bad-value", changed("auth_type PASS", "auth_type PASSWORD")),
    Defect("VRRP version 4", "bad-value", within(GLOBALS, "vrrp_version 4")),
    Defect("a VIP that is none", "bad-address", changed(r"^        10\.0\.0\.100", "        10.0.0.1000")),
    Defect("a source that is none", "bad-address", changed("unicast_src_ip .*", "unicast_src_ip lb01")),
    Defect("a peer that is none", "bad-address", changed(r"^        10\.0\.0\.11$", "        10.0.0")),
    Defect("IPv6 beside IPv4", "mixed-families", changed(r"^        10\.0\.0\.100.*", r"\g<0>\n        2001:db8::9")),
    Defect("a check that is not there", "unknown-reference", changed("^        check_nginx$", "        check_ngnix")),
    Defect("a process that is not there", "unknown-reference", within(INSTANCE, "track_process {\n nginx\n }")),
    Defect("a check further down", "defined-later", _moved),
    Defect("a check named twice", "named-twice", changed("^        check_nginx$", r"\g<0>\n\g<0>")),
    Defect("a check nobody tracks", "unused-check", _everywhere),
    Defect("no check", "no-check", changed(r"^    track_script \{\n.*\n.*\}\n", "")),
    Defect("a member that is not there", "unknown-member", added("vrrp_sync_group G {\n group {\n VI_1\n VI_9\n }\n}\n")),
    Defect("a member of two", "member-twice", added("".join(f"vrrp_sync_group {name} {{\n group {{\n VI_1\n }}\n}}\n" for name in "GH"))),
    Defect("a group of nobody", "group-members", added("vrrp_sync_group G {\n}\n")),
    Defect("a group of one", "group-of-one", added("vrrp_sync_group G {\n group {\n VI_1\n }\n}\n")),
    Defect("no VRID", "no-vrid", changed(r"^    virtual_router_id .*\n", "")),
    Defect("no interface", "no-interface", lambda text: None if "unicast" in text else changed(r"^    interface .*\n", "")(text)),
    Defect("no VIP in v3", "no-vip", lambda text: changed(r"    virtual_ipaddress \{\n(.*\n)*?    \}\n", "    version 3\n")(text)),
    Defect("no VIP", "nothing-to-move", lambda text: None if "version 3" in text else changed(r"    virtual_ipaddress \{\n(.*\n)*?    \}\n", "")(text)),
    Defect("unicast without an interface", "no-interface", lambda text: changed(r"^    interface .*\n", "")(text) if "unicast" in text else None, "2.2.7"),
    Defect("no priority", "no-priority", changed(r"^    priority .*\n", "")),
    Defect("a VRID twice", "same-vrid", lambda text: None if "unicast" in text else text + text[text.index("vrrp_instance"):].replace("VI_", "VJ_").replace("10.0.0.", "10.0.9.")),
    Defect("a VIP twice", "same-vip", changed(r"^        10\.0\.0\.100.*", r"\g<0>\n\g<0>")),
    Defect("an address of two instances", "same-vip", lambda text: text + text[text.index("vrrp_instance"):].replace("VI_", "VJ_").replace(" 50", " 51")),
    Defect("one and a half seconds in v2", "advert-interval", lambda text: None if "version 3" in text else changed("^    advert_int .*", "    advert_int 1.5")(text)),
    Defect("a minute in v3", "advert-interval", lambda text: changed("^    advert_int .*", "    advert_int 60")(text) if "vrrp_version 3" in text else None),
    Defect("nopreempt with MASTER", "nopreempt-master", changed("^    state .*", "    state MASTER\n    nopreempt")),
    Defect("nopreempt with 255", "nopreempt-owner", changed("^    priority .*", "    priority 255\n    nopreempt")),
    Defect("nopreempt with a weight", "nopreempt-weight", lambda text: within(INSTANCE, "nopreempt")(text) if re.search("weight -?60", text) else None),
    Defect("a delay with MASTER", "delay-master", lambda text: None if "nopreempt" in text else changed("^    state .*", "    state MASTER\n    preempt_delay 10")(text)),
    Defect("a delay with nopreempt", "delay-nopreempt", changed("^    state .*", "    state BACKUP\n    nopreempt\n    preempt_delay 10")),
    Defect("a password in v3", "auth-v3", lambda text: within(INSTANCE, "authentication {\nauth_type PASS\nauth_pass abc\n}")(text) if "vrrp_version 3" in text else None),
    Defect("a password beside IPv6", "auth-v3", lambda text: changed(r"^vrrp_instance VI_6 \{$", r"\g<0>\nauthentication {\nauth_type PASS\nauth_pass abc\n}")(text)),
    Defect("no password", "auth-empty", changed(r"^ *auth_pass .*\n", "")),
    Defect("no type of password", "auth-half", changed(r"^ *auth_type .*\n", "")),
    Defect("a long password", "auth-length", changed("auth_pass .*", "auth_pass 123456789")),
    Defect("a password at all", "auth-clear", changed("auth_pass .*", "auth_pass 12345678")),
    Defect("AH", "auth-ah", changed("auth_type PASS", "auth_type AH")),
    Defect("a source without peers", "no-peers", changed(r"    unicast_peer \{\n(.*\n)*?    \}\n", "")),
    Defect("a time to live without peers", "no-peers", lambda text: None if "unicast" in text else within(INSTANCE, "unicast_ttl 3")(text)),
    Defect("peers without a source", "no-source", changed(r"^    unicast_src_ip .*\n", "")),
    Defect("itself for a peer", "own-peer", changed(r"^        10\.0\.0\.11$", "        10.0.0.10")),
    Defect("a VIP for a source", "source-is-vip", changed("unicast_src_ip .*", "unicast_src_ip 10.0.0.100")),
    Defect("a VIP elsewhere", "vip-network", lambda text: changed(r"10\.0\.0\.100/24", "10.9.0.100/24")(text) if "unicast" in text else None),
    Defect("strict with peers", "strict-unicast", lambda text: within(GLOBALS, "vrrp_strict")(text) if "unicast" in text else None),
    Defect("strict with a password", "strict-auth", lambda text: within(GLOBALS, "vrrp_strict")(text) if "auth_pass" in text else None),
    Defect("strict with MASTER", "strict-state", lambda text: within(INSTANCE, "strict_mode")(text) if "state MASTER" in text else None),
    Defect("strict with a delay", "strict-setting", within(INSTANCE, "strict_mode true\n    preempt_delay 9")),
    Defect("strict with another count", "strict-setting", within(INSTANCE, "strict_mode\n    down_timer_adverts 5")),
    Defect("its own interface", "own-interface", within(INSTANCE, "track_interface {\n eth0\n }")),
    Defect("IPv6 by a word", "mixed-families", lambda text: None if "2001" in text else within(INSTANCE, "native_ipv6")(text)),
    Defect("strict", "strict-accept", within(INSTANCE, "strict_mode")),
    Defect("a check of nothing", "check-without-script", changed(r"^    script .*\n", "")),
    Defect("a check that overlaps", "check-timeout", changed("^    timeout .*", "    timeout 2")),
    Defect("a weight with 255", "weight-owner", lambda text: changed("^    priority .*", "    priority 255")(text) if re.search("weight -?60", text) else None),
    Defect("a weight in a group", "weight-in-group", lambda text: text + "vrrp_sync_group G {\n group {\n VI_1\n }\n}\n" if re.search("weight -?60", text) else None),
    Defect("no script security", "script-security", changed(r"^    enable_script_security\n", "")),
    Defect("no script user", "script-user", changed(r"^    script_user .*\n", "")),
    Defect("root", "script-root", changed("script_user .*", "script_user root")),
    Defect("root for a check", "script-root", within(CHECK, "user root")),
    Defect("a script in /tmp", "script-place", changed('^    script ".*"', '    script "/tmp/check.sh"')),
    Defect("a script in a home", "script-place", within(INSTANCE, 'notify_master "/home/ops/mail.sh x"')),
    Defect("a script without a path", "script-path", changed('^    script ".*"', '    script "killall -0 nginx"')),
]  # fmt: skip
#: What the second of two files has, so that they are no pair.
BETWEEN = [
    Defect("another VRID", "pair-vrid", changed(r"virtual_router_id 50", "virtual_router_id 51")),
    Defect("another password", "pair-auth", changed("auth_pass .*", "auth_pass other")),
    Defect("another password's type", "pair-auth", changed("auth_type PASS", "auth_type AH")),
    Defect("no password", "pair-auth", changed(r"    authentication \{\n(.*\n)*?    \}\n", "")),
    Defect("a password more", "pair-auth", lambda text: None if "auth" in text or "sion 3" in text else within(INSTANCE, "authentication {\nauth_type PASS\nauth_pass abc\n}")(text)),
    Defect("another interval", "pair-advert", lambda text: None if "vrrp_version 3" in text else changed("advert_int .*", "advert_int 3")(text)),
    Defect("no interval", "pair-advert", lambda text: None if "vrrp_version 3" in text else changed("advert_int .*", "advert_int 2")(text)),
    Defect("another interval in v3", "pair-advert-v3", lambda text: changed("advert_int .*", "advert_int 3")(text) if "vrrp_version 3" in text else None),
    Defect("another version", "pair-version", lambda text: None if "version 3" in text else within(GLOBALS, "vrrp_version 3")(text)),
    Defect("another instance's version", "pair-version", lambda text: None if "version 3" in text else within(INSTANCE, "version 3")(text)),
    Defect("a VIP more", "pair-vips", changed(r"^        10\.0\.0\.100.*", r"\g<0>\n        10.0.0.177")),
    Defect("another VIP", "pair-vips", changed(r"^        10\.0\.0\.100", "        10.0.0.200")),
    Defect("the same source", "pair-source", changed("unicast_src_ip .*", "unicast_src_ip 10.0.0.10")),
    Defect("another peer", "pair-peers", changed(r"^        10\.0\.0\.10$", "        10.0.0.12")),
    Defect("multicast against unicast", "pair-peers", changed(r"    unicast_peer \{\n(.*\n)*?    \}\n", "")),
    Defect("nopreempt on one side", "pair-preempt", lambda text: None if "nopreempt" in text else within(INSTANCE, "nopreempt")(text)),
    Defect("another weight", "pair-weight", changed("^    weight .*", "    weight -99")),
    Defect("an instance less", "pair-instance", lambda text: text[: text.index("vrrp_instance VI_6")] if "VI_6" in text else None),
    Defect("an instance more", "pair-instance", added("vrrp_instance VI_7 {\n state BACKUP\n interface eth0\n virtual_router_id 7\n priority 7\n virtual_ipaddress {\n 10.7.0.7\n }\n track_script {\n check_nginx\n }\n}\n")),
    Defect("the same priority", "same-priority", changed("^    priority .*", "    priority 150")),
    Defect("the same priority and state", "same-priority-masters", lambda text: None if "nopreempt" in text else changed("^    state .*", "    state MASTER")(changed("^    priority .*", "    priority 150")(text) or "")),
    Defect("two masters", "masters", lambda text: None if "nopreempt" in text else changed("^    state .*", "    state MASTER")(text)),
    Defect("a higher backup", "lower-master", lambda text: None if "nopreempt" in text else changed("^    priority .*", "    priority 200")(text)),
    Defect("the same router_id", "same-router-id", changed("router_id lb02", "router_id lb01")),
]  # fmt: skip
#: What both files have, so that nothing moves.
BOTH = [
    Defect("a weight below the gap", "weight-too-small", changed("^    weight -60", "    weight -20")),
    Defect("a weight added below the gap", "weight-too-small", changed("^    weight 60", "    weight 50")),
    Defect("a weight to the top", "weight-tie", changed("^    weight 60", "    weight 200")),
    Defect("nopreempt with a weight", "no-failover", lambda text: within(INSTANCE, "nopreempt")(text.replace("MASTER", "BACKUP")) if re.search("weight -?60", text) else None),
]  # fmt: skip
