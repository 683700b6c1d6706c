"""keepalived's log, line by line, for 1.3.5 to 2.4.3.

Source of the messages: the ``log_message`` calls of keepalived's tagged sources. 1.x writes
``VRRP_Instance(VI_1) …`` or ``(VI_1): …``, 2.x ``(VI_1) …``. The text may come as the journal
keeps it, or with a syslog prefix, or with the date that ``keepalived -l`` puts before it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from haconsole.domain.daemon import CheckStatus, LogFact, LogKind, VrrpState

_MAX_LINE = 2000
_SYSLOG = re.compile(
    r"(?:\d{4}-\d\d-\d\dT\S{8,25}|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)?) \S{1,255} "
)
_IDENT = re.compile(r"[Kk]eepalived(?P<child>_[a-z]{1,20})?(?:\[\d{1,10}\])?: ")
_DATE = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}: ")
_FILE = re.compile(r"\((?:[^():]{1,255}: )?Line \d+\) ")
_INSTANCE = re.compile(r"(?:VRRP_Instance)?\((?P<name>[^()]{1,64})\):? ?")
_PEER = re.compile(
    r"\b(?:from|with|to|and|address|remote host) "
    r"(?P<peer>\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]{0,4}:[0-9a-fA-F:.]{1,43}[0-9a-fA-F])\b"
)


class _Row(NamedTuple):
    """A message: a needle that must be in it (cheap), then what must match at its start."""

    needle: str
    pattern: re.Pattern[str]
    kind: LogKind
    status: CheckStatus | None = None


def _row(needle: str, kind: LogKind, pattern: str = "", status: CheckStatus | None = None) -> _Row:
    return _Row(needle, re.compile(pattern), kind, status)


_STATE = r"(?P<state>MASTER|BACKUP|FAULT|INIT)"

#: Messages about one instance, matched after its name; the order matters where needles overlap.
_ABOUT_INSTANCE = (
    _row("Entering ", LogKind.TRANSITION, rf"Entering {_STATE} STATE"),
    _row("Now in ", LogKind.TRANSITION, rf"Now in {_STATE} state"),
    _row("entering FAULT", LogKind.SCRIPT, r"entering FAULT state due to script (?P<check>\S+)"),
    _row("entering FAULT", LogKind.SCRIPT, r"entering FAULT state \(tracked "),
    _row("entering FAULT", LogKind.INTERFACE, r"entering FAULT state \("),
    _row("entering FAULT", LogKind.TRANSITION, r"entering (?P<state>FAULT) state"),
    _row(
        "effective priority",
        LogKind.PRIORITY,
        r"Changing effective priority from \d{1,3} to (?P<priority>\d{1,3})",
    ),
    _row("our priority to", LogKind.PRIORITY, r"Restoring our priority to (?P<priority>\d{1,3})"),
    _row("Receive advertisement timeout", LogKind.TIMEOUT),
    _row(
        "with higher priority",
        LogKind.HIGHER_PRIORITY,
        r"(?:Master r|R)eceived advert (?:from \S+ )?with higher priority",
    ),
    _row("but higher IP", LogKind.HIGHER_PRIORITY),
    _row("lower priority", LogKind.LOWER_PRIORITY, r"(?:R|r)eceived .*lower priority"),
    _row("Cant send advert", LogKind.SEND_FAILED),
    _row("send advert error", LogKind.SEND_FAILED),
    _row("invalid passwd", LogKind.MISMATCH),
    _row("IPSEC-AH : invalid", LogKind.MISMATCH),
    _row(" auth", LogKind.MISMATCH, r"received a \d+ auth\b|Invalid auth type"),
    _row("auth type", LogKind.MISMATCH, r"(?:Received|No) AH header"),
    _row(
        "advertisement interval", LogKind.MISMATCH, r"advertisement interval (?:mismatch|changed)"
    ),
    _row("ip number count", LogKind.MISMATCH),
    _row("VIPs but received", LogKind.MISMATCH, r"expected \d+ VIPs"),
    _row("ip address associated with VRID", LogKind.MISMATCH),
    _row("VRID mismatch", LogKind.MISMATCH),
    _row("version", LogKind.MISMATCH, r"(?:wrong (?:VRRP )?|invalid )version"),
    _row("cast packet", LogKind.MISMATCH, r"Expected \w+cast packet|discarding \w+cast packet"),
    _row("equal priority advert", LogKind.MISMATCH, r"WARNING - equal priority"),
    _row("address owner", LogKind.MISMATCH, r"CONFIGURATION ERROR|\S+ is still advertising"),
    _row("ignoring received advertisment", LogKind.REJECTED),
    _row("Dropping ", LogKind.REJECTED, r"Dropping (?:received VRRP )?packet"),
    _row("checksum", LogKind.REJECTED, r"(?i:invalid VRRPv\d checksum|checksum error)"),
    _row("nvalid ttl", LogKind.REJECTED),
    _row("TTL/HL", LogKind.REJECTED),
    _row("not a unicast peer", LogKind.REJECTED),
    _row("nvalid packet type", LogKind.REJECTED),
    _row(" mismatch against ", LogKind.REJECTED),
    _row(" too ", LogKind.REJECTED, r"(?:vrrp packet|\S+ header)\b.* too (?:short|long)"),
    _row("already pro", LogKind.REJECTED, r"IPSEC-AH : sequence number"),
    _row("Tracked BFD", LogKind.INTERFACE),
    _row("MAC ", LogKind.INTERFACE, r"MAC .*changed from"),
    _row("tracked script", LogKind.SCRIPT, r"(?:: )?ignoring tracked script"),
    _row("Unknown interface", LogKind.CONFIG_ERROR),
    _row("Cannot ", LogKind.CONFIG_ERROR, r"Cannot (?:find|use) "),
    _row("duplicate", LogKind.CONFIG_ERROR),
    _row("nopreempt", LogKind.CONFIG_ERROR, r"(?i:warning - )?nopreempt"),
)

#: Messages that name no instance.
_GENERAL = (
    _row(
        "VRRP_Script(",
        LogKind.CHECK,
        r"VRRP_Script\((?P<check>[^()]{1,64})\) (?:succeeded|considered successful)",
        CheckStatus.GOOD,
    ),
    _row(
        "VRRP_Script(",
        LogKind.CHECK,
        r"VRRP_Script\((?P<check>[^()]{1,64})\) (?:failed|timed|considered unsuccessful)",
        CheckStatus.BAD,
    ),
    _row("now returning", LogKind.SCRIPT, r"Script [`'](?P<check>[^`']{1,64})[`'] now returning"),
    _row("Starting Keepalived", LogKind.STARTED, r"Starting Keepalived v\d"),
    _row("Stopped", LogKind.STOPPED, r"Stopped(?: Keepalived v\d| - used |\Z)"),
    _row("process", LogKind.KILLED, r"(?i:vrrp) child process\(\d+\) died"),
    _row(" due to s", LogKind.KILLED, r"(?i:keepalived_vrrp|vrrp).*exited due to s"),
    _row("permanent error", LogKind.CONFIG_ERROR, r".*exited with permanent error"),
    _row("Non-existent interface", LogKind.CONFIG_ERROR),
    _row("Cant find interface", LogKind.CONFIG_ERROR),
    _row("nknown keyword", LogKind.CONFIG_ERROR),
    _row("onfiguration", LogKind.CONFIG_ERROR, r"Unable to (?:open|find) |.*no configuration"),
    _row("config", LogKind.CONFIG_ERROR, r"New config failed validation|Missing config"),
    _row("already running", LogKind.CONFIG_ERROR, r"daemon is already running"),
    _row("bogus VRRP packet", LogKind.REJECTED),
    _row("Sync instance needed", LogKind.REJECTED),
    _row("Unknown VRID", LogKind.MISMATCH),
    _row("VRRP packet", LogKind.REJECTED, r"IPv[46] VRRP packet .*too short"),
    _row("IPSEC AH : invalid", LogKind.MISMATCH),
    _row("imer expired", LogKind.LATE, r"(?:A|VRRP) thread timer expired"),
    _row("too much CPU time", LogKind.LATE),
    _row("Netlink reports", LogKind.INTERFACE),
    _row("Netlink reflector reports", LogKind.INTERFACE),
    _row("Kernel is reporting", LogKind.INTERFACE),
    _row("Deassigned address", LogKind.INTERFACE),
    _row("nterface ", LogKind.INTERFACE, r"(?:Unknown i|I)nterface \S+ (?:added|deleted)"),
    _row("Interface name has changed", LogKind.INTERFACE),
    _row("bind unicast_src", LogKind.INTERFACE),
    _row("cant open raw socket", LogKind.SEND_FAILED),
    _row("SECURITY VIOLATION", LogKind.SCRIPT),
    _row("isabling", LogKind.SCRIPT, r".*[Dd]isabling track script"),
    _row(
        "cript ",
        LogKind.SCRIPT,
        r"(?:WARNING - )?(?:Script user (?!.keepalived_script.)|script ['`])|.*default script",
    ),
    _row("Unsafe permissions", LogKind.SCRIPT),
    _row("exited ", LogKind.SCRIPT, r"\S+ exited (?:with status|due to signal) \d"),
    _row("uorum ", LogKind.SCRIPT, r"Quorum \w+ for tracked process"),
)

#: What else is worth a line on a time line; everything that is in neither table is noise.
_NOTABLE = re.compile(
    r"(?:master (?:set|changed)|Backup received priority 0|Master received priority 0"
    r"|sent 0 priority|forcing a new MASTER election|Transition to MASTER STATE"
    r"|(?:setting|removing) (?:protocol )?(?:E-)?VIPs|(?:start|stop) preempt delay"
    r"|advertisement interval updated|Startup complete|Stopping|Reloading|VRRP_Group\("
    r"|Delaying startup|.* child process\(\d+\) died|.* exited due to s)"
)


def parse_line(text: str, identifier: str = "") -> LogFact | None:
    """Understand a line; ``None`` when it says nothing that a console acts on. Never raises.

    ``OTHER`` is a line worth showing that changes nothing known (``sent 0 priority``, VIPs set
    or removed, ``Transition to MASTER STATE``, which 1.x writes an advert before the move).
    The reason for a fault (``entering FAULT state due to script …``) is SCRIPT or INTERFACE: the
    move itself is the line ``Entering FAULT STATE`` that follows. STOPPED and KILLED are about
    the VRRP process; another child's end is OTHER, where the line's syslog prefix or
    ``identifier`` (the journal's SYSLOG_IDENTIFIER) tells whose it is.
    """
    line, child = _strip(text[:_MAX_LINE])
    if not child and (who := _IDENT.match(f"{identifier}: ")):
        child = who["child"] or ""
    if not line:
        return None
    if _FILE.match(line):
        return LogFact(LogKind.CONFIG_ERROR, line)
    if (line[0] == "(" or line.startswith("VRRP_Instance(")) and (head := _INSTANCE.match(line)):
        return _match(line, head.end(), _ABOUT_INSTANCE, head["name"])
    fact = _match(line, 0, _GENERAL, None)
    if fact and fact.kind in (LogKind.STOPPED, LogKind.KILLED) and child not in ("", "_vrrp"):
        return LogFact(LogKind.OTHER, line)
    return fact


def _strip(text: str) -> tuple[str, str]:
    """Return the message without what syslog or ``-l`` put before it, and which child wrote it."""
    start, child = 0, ""
    if match := _SYSLOG.match(text):
        start = match.end()
    if match := _IDENT.match(text, start):
        start, child = match.end(), match["child"] or ""
    if match := _DATE.match(text, start):
        start = match.end()
    return text[start:].strip(), child


def _match(line: str, start: int, rows: tuple[_Row, ...], instance: str | None) -> LogFact | None:
    for needle, pattern, kind, status in rows:
        if needle in line and (match := pattern.match(line, start)):
            found = match.groupdict()
            state, priority = found.get("state"), found.get("priority")
            peer = _PEER.search(line, start)
            return LogFact(
                kind,
                line,
                instance=instance,
                state=VrrpState(state) if state else None,
                priority=int(priority) if priority else None,
                check=found.get("check"),
                status=status,
                peer=peer["peer"] if peer else None,
            )
    if _NOTABLE.match(line, start):
        peer = _PEER.search(line, start)
        return LogFact(LogKind.OTHER, line, instance, peer=peer["peer"] if peer else None)
    return None
