"""Secrets where nodes and operators leave them: in logs, requests, commands, configuration."""

from __future__ import annotations

from dataclasses import replace

from haconsole.domain.daemon import Check, CheckStatus, LogFact, LogKind
from haconsole.domain.events import (
    AnswerSeen,
    DaemonLogged,
    DaemonRead,
    Event,
    Fact,
    HitsSeen,
    JournalRead,
    LinkChanged,
    LinkStatus,
    ReadingFailed,
)
from haconsole.domain.facts import Answer, JournalLine
from haconsole.domain.hits import Hit
from haconsole.domain.notes import note
from tests.support.parts import NOW
from tests.support.states import healthy

#: None of them may be in any file.
SECRETS = ("hunter2x", "S3cr3tAuth", "tok-abcdef", "basicZZZ", "pw-in-url", "sess-123", "HMACKEY1")


def secret_events() -> list[Event]:
    lines = [
        "auth_pass hunter2x",
        "configuration: authentication { auth_type PASS auth_pass S3cr3tAuth }",
        'curl -H "Authorization: Basic basicZZZ" http://ops:pw-in-url@10.0.0.1/',
        "password=hunter2x for user",
        '{"token": "tok-abcdef"}',
    ]
    at = NOW
    path = "/login?token=tok-abcdef&x=1&session=sess-123&password=hunter2x"
    hit = Hit(at, "10.0.0.9", "GET", path, 200, "10.0.0.20:80", 0.1, 0.1, 0, "lb01")
    check = Check("c", CheckStatus.BAD, "/bin/check --password hunter2x")
    base = healthy()
    daemon = next(e for e in base.events if isinstance(e, DaemonRead)).daemon
    return [
        JournalRead(
            at=at,
            host="lb01",
            lines=tuple(JournalLine("keepalived.service", at, 6, text) for text in lines),
        ),
        DaemonLogged(at=at, host="lb01", node_at=at, fact=LogFact(LogKind.CONFIG_ERROR, lines[1])),
        DaemonRead(at=at, host="lb01", daemon=replace(daemon, checks=(check,))),
        HitsSeen(at=at, host="lb01", hits=(hit,)),
        HitsSeen(at=at, host="lb01", hits=(hit,) * 50),
        ReadingFailed(at=at, host="lb01", fact=Fact.DAEMON, problem=f"sudo said: {lines[3]}"),
        AnswerSeen(at=at, host="", vip="10.0.0.100", answer=Answer(None, 1.0, "here", lines[2])),
        LinkChanged(
            at=at,
            host="lb02",
            status=LinkStatus.LOST,
            detail=note("{why}", why=note("said {what}", what=lines[3])),
        ),
    ]


CONF = """\
$PASS=S3cr3tAuth
vrrp_instance VI_1 {
    authentication {
        auth_type PASS
        auth_pass hunter2x
        auth_pass $PASS
    }
    auth_hmac {
        key 1 HMACKEY1
    }
}
"""
