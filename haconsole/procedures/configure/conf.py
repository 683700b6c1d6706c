"""A keepalived.conf in its place, and keepalived running with it."""

from __future__ import annotations

import re
from dataclasses import replace

from haconsole.domain.notes import note
from haconsole.procedures.facts import HostFacts
from haconsole.procedures.paths import KEEPALIVED_CONF
from haconsole.procedures.plan import Step
from haconsole.procedures.recipes.pair import PairSettings
from haconsole.procedures.steps.files import KEEPALIVED_TEST, place_file
from haconsole.procedures.steps.services import enable_and_start

RELOAD = "if systemctl -q is-active keepalived; then systemctl reload keepalived; fi"
#: Not running at all is for the step after it.
_ALIVE = "case $(systemctl is-active keepalived) in active|inactive) : ;; *) false ;; esac"


def running_version(facts: HostFacts | None) -> tuple[int, ...] | None:
    """Return the version of the keepalived that an LB runs, ``None`` where nobody knows."""
    match = re.match(r"\d+(?:\.\d+)*", (facts.version or "") if facts else "")
    return tuple(int(part) for part in match[0].split(".")) if match else None


def place_conf(facts: HostFacts, text: str, *, secret: bool) -> Step:
    """Return the step that puts an LB's keepalived.conf in its place and reloads.

    ``secret``: it holds a password, so only root may read it.
    """
    return place_file(
        facts.host,
        facts.file(KEEPALIVED_CONF),
        text,
        title=note("keepalived.conf of {host}", host=facts.host),
        reason=note(
            "What this LB is in the pair: tested by keepalived itself before it takes the place "
            "of the old one, then reloaded; the VIP stays where it is meanwhile."
        ),
        mode=0o600 if secret else 0o644,
        validate=KEEPALIVED_TEST,
        apply=RELOAD,
        healthy=_ALIVE,
        way_on=note(
            "A check that cannot be run comes with install-check; else look at what keepalived "
            "says: journalctl -u keepalived on {host}.",
            host=facts.host,
        ),
    )


def start_keepalived(host: str, pair: PairSettings, *, stopped: bool = False) -> Step:
    """Return the step after which keepalived runs.

    ``stopped``: the plan itself stops it before, so that it runs now says nothing.
    """
    checks = (pair.check.interval_s * pair.check.rise) if pair.check else 0
    step = enable_and_start(
        host,
        "keepalived.service",
        reason=note("It takes part in the pair, also after a reboot."),
        settle_s=15.0 + checks,
    )
    return replace(step, id=f"release keepalived@{host}", check=None) if stopped else step
