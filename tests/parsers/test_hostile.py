"""Whatever a host prints, a parser returns or raises ParseError: soon, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haconsole.domain.facts import JournalLine
from haconsole.parsers import firewall, ip, proc, systemd
from haconsole.parsers.conf import parse
from haconsole.parsers.conf_text import parse_tree
from haconsole.parsers.errors import ParseError
from haconsole.parsers.keepalived_conf import MemoryFiles, Reading, mask_secrets, read_conf
from haconsole.parsers.keepalived_dump import parse_dump
from haconsole.parsers.keepalived_json import parse_json
from haconsole.parsers.keepalived_log import parse_line
from haconsole.parsers.keepalived_stats import parse_stats
from haconsole.parsers.keepalived_version import has_json_build, parse_version
from haconsole.parsers.nginx_conf import read_dump, read_nginx
from haconsole.parsers.nginx_log import HitParser, sniff
from tests.parsers.captured import captured

Reader = Callable[[str], object]

READERS: dict[str, Reader] = {
    "dump": parse_dump,
    "json": parse_json,
    "stats": parse_stats,
    "log": parse_line,
    "version": parse_version,
    "json build": has_json_build,
    "tree": parse_tree,
    "conf": read_conf,
    "everything in conf": lambda text: read_conf(
        text, "/k", Reading("main", None, MemoryFiles({"/k": text, "/a": text}))
    ),
    "document": lambda text: str(parse(text)),
    "nginx": lambda text: read_nginx({"/n": text, "/a": text}, "/n"),
    "nginx dump": read_dump,
    "mask": mask_secrets,
    "addresses": ip.parse_addresses,
    "interfaces": ip.parse_interfaces,
    "neighbours": ip.parse_neighbours,
    "monitor": ip.parse_monitor_line,
    "stamp": ip.stamp_epoch,
    "show": lambda text: systemd.parse_show(text, 1.0),
    "journal": systemd.parse_journal_json,
    "unit fact": lambda text: systemd.unit_fact(JournalLine("x.service", 0.0, 6, text)),
    "zone": firewall.parse_zone,
    "firewalld": lambda text: firewall.parse_firewall(firewalld="running", zone=text, direct=text),
    "nft": lambda text: firewall.parse_firewall(nft=text, interface="eth0", peers=("10.0.0.1",)),
    "iptables": lambda text: firewall.parse_firewall(iptables=text, peers=(text[:20],)),
    "stat": proc.parse_stat,
    "loadavg": lambda text: proc.parse_loadavg(text, 1),
    "uptime": proc.parse_uptime,
    "btime": proc.parse_btime,
    "nproc": proc.parse_nproc,
    "hit": HitParser("x").parse_line,
    "hits": lambda text: HitParser("x").parse(text.split("\n")),
    "hit bytes": lambda text: HitParser("x").parse_bytes(text.encode("utf-8", "replace")),
    "sniff": lambda text: sniff(text.split("\n")),
}

SAMPLES = [
    captured("keepalived-2.4.3/healthy/lb01.check_failed.data")[-9000:],
    captured("keepalived-1.3.5/healthy/lb01.check_failed.data"),
    captured("keepalived-2.2.7/rich_v3/lb01.steady.json"),
    captured("keepalived-2.2.7/healthy/lb01.steady.stats"),
    captured("keepalived-2.2.7/rich_v3/lb01.conf"),
    captured("keepalived-2.2.7/rich_v3/lb01.steady.ip-o.txt"),
    captured("keepalived-2.2.7/rich_v3/lb01.steady.ip.json"),
    captured("keepalived-2.2.7/healthy/lb01.log")[-4000:],
    captured("firewall/firewalld-1.3.3-allowed.nft"),
    captured("firewall/firewalld-1.3.3-allowed.zone"),
    "$A=b\n@main $M= \\\n a ${A} \\\n b\n$M\n~SEQ(I,1,3) c ${I}\ninclude /a\n@^main d {\n}\n",
    "http {\n log_format m '$a';\n include /a;\n upstream u {\n  server 10.0.0.1:80 weight=2;\n }\n}\n",
    "-P INPUT DROP\n-A INPUT -p 112 ! -s 10.0.0.1 -j ACCEPT\n",
    "1795335354.578\ta\tGET\t/\t200\tb:80\t200\t0.012\t0.013\t615\th\n",
    '10.0.0.1 - - [22/Nov/2026:08:15:54 +0000] "GET / HTTP/1.1" 200 6 "-" "x" "b:80" 0.012\n',
    '{"__REALTIME_TIMESTAMP":"1","MESSAGE":[1,2],"UNIT":["a",1]}',
    "Id=a.service\nMainPID=1\nActiveEnterTimestampMonotonic=5\n\nId=b\n",
]

FRAGMENTS = st.sampled_from(
    [
        "{",
        "}",
        '"',
        "\\",
        "\n",
        "\t",
        " ",
        "=",
        ":",
        "-1",
        "9" * 30,
        "nan",
        "\0",
        "\x1b[2J",
        "é",
        "\ud800",
    ]
)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A sample with pieces cut out, put in, doubled."""
    text = draw(st.sampled_from(SAMPLES))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 60)))
        text = text[:start] + draw(FRAGMENTS) * draw(st.integers(0, 3)) + text[end:]
    return text


def read_all(text: str) -> None:
    for read in READERS.values():
        with suppress(ParseError):
            read(text)


@given(st.text(max_size=300))
@settings(deadline=None)
def test_any_text(text: str) -> None:
    read_all(text)


@given(damaged())
@settings(deadline=None, max_examples=60)
def test_damaged_output(text: str) -> None:
    read_all(text)


#: Long enough that quadratic time would show as minutes.
MIB = 1 << 17
#: Texts that are long, deep or full of what a pattern could stumble over.
MONSTERS = {
    "one long line": "a" * MIB,
    "spaces": " " * MIB,
    "tabs": "\t" * MIB,
    "line feeds": "\n" * MIB,
    "quotes": '"' * MIB,
    "open quote each": ' "a' * (MIB // 3),
    "braces": "{" * MIB,
    "brackets": "[" * MIB,
    "objects": '{"a":' * (MIB // 5),
    "zeros": "0" * MIB,
    "dots": "1." * (MIB // 2),
    "backslashes": "\\" * MIB,
    "colons": ":" * MIB,
    "commas": "a, " * (MIB // 3),
    "dump": " VRRP Instance = " + "x = " * (MIB // 4),
    "vips": " VRRP Instance = a\n   State = MASTER\n   Virtual IP (9):\n"
    + "     10.0.0.1\n" * (MIB // 14),
    "combined": "1.1.1.1 - " + "[" * MIB,
    "urls": "http://a:" * (MIB // 9),
    "private keys": "-----BEGIN PRIVATE KEY-----" * (MIB // 27),
    "auth": "auth_pass " * (MIB // 10),
    "hmac": "auth_hmac {" * (MIB // 11),
    "jumps": "table ip f {\nchain i {\ntype filter hook input priority 0; policy accept;\n"
    + "jump i\n" * 20_000,
    "sets": "table ip f {\nchain i {\nip saddr { " * 5_000,
    "vmap": "table ip f {\nchain i {\ntype filter hook input priority 0;\niif vmap { "
    + "a : accept, " * (MIB // 12),
    "iptables": "-P INPUT DROP\n" + "-N A\n-A INPUT -j A\n-A A -j INPUT\n" * 5_000,
    "rich rules": "public\n  services: \n" + "\trule a=" * (MIB // 8),
    "controls": "\x1b[2J\x00\x9b" * (MIB // 6),
}


@pytest.mark.parametrize("name", MONSTERS)
def test_time_stays_in_bounds(name: str) -> None:
    text = MONSTERS[name]
    for reader, read in READERS.items():
        began = time.process_time()
        with suppress(ParseError):
            read(text)
        spent = time.process_time() - began
        assert spent < 4, f"{reader} took {spent:.1f} s of processor time for 128 KiB of {name}"
