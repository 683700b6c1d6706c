"""What keepalived itself accepts is no error here, and what it complains of is not passed over."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from random import Random

import pytest

from haconsole.domain.lint.findings import Finding, Level
from haconsole.domain.lint.grammar import BLOCKS, keywords
from haconsole.domain.lint.lint import lint_one
from haconsole.lab.api import LabHandle
from haconsole.parsers.keepalived_version import parse_version
from tests.lint.bases import TEXTS, rules, source
from tests.lint.corpus import made
from tests.lint.defects import ALONE

pytestmark = pytest.mark.lab
#: Reads "number base64-of-a-file" lines; prints "number status base64-of-what-it-said".
_TEST_ALL = r"""
cd "$(mktemp -d)" && xargs -P 6 -L 1 sh -c '
    echo "$1" | base64 -d >"$0.conf"
    timeout 20 keepalived -t -l -i lb01 -f "$PWD/$0.conf" >"$0.out" 2>&1
    echo "$0 $? $(head -c 1500 "$0.out" | base64 -w0)"
'
"""
_FILES = 300
_SEED = 2


def config_tests(lab: LabHandle, texts: Sequence[str]) -> list[tuple[int, str]]:
    """What ``keepalived -t`` makes of each: exit status, and what it says."""
    lines = [f"{at} {base64.b64encode(one.encode()).decode()}" for at, one in enumerate(texts)]
    done = lab.machine("lb02").run(["sh", "-c", _TEST_ALL], stdin="\n".join(lines) + "\n")
    found: dict[int, tuple[int, str]] = {}
    for line in done.stdout.splitlines():
        number, status, said = f"{line} ".split(" ")[:3]
        found[int(number)] = (int(status), base64.b64decode(said).decode(errors="replace"))
    assert len(found) == len(texts), done.stderr
    return [found[at] for at in range(len(texts))]


@pytest.fixture(scope="module")
def version(lab: LabHandle) -> str:
    found = parse_version(lab.exec("lb02", ["sh", "-c", "keepalived -v 2>&1"]).stdout)
    assert found
    return str(found)


def ours(text: str, version: str) -> tuple[Finding, ...]:
    return lint_one(source(text, version=version))


def errors(findings: Sequence[Finding]) -> list[str]:
    return [f"{one.place}: {one.note} [{one.rule}]" for one in findings if one.level is Level.ERROR]


def test_what_it_accepts_is_no_error_and_what_it_refuses_is_found(
    lab: LabHandle, version: str
) -> None:
    texts = [made(Random(f"{_SEED}.{at}")) for at in range(_FILES)]
    accepted = refused = 0
    for text, (status, said) in zip(texts, config_tests(lab, texts), strict=True):
        found = ours(text, version)
        if status == 0:
            accepted += 1
            assert errors(found) == [], text
        elif said.strip():
            refused += 1
            assert {one.level for one in found} & {Level.ERROR, Level.WARNING}, f"{text}\n{said}"
    assert accepted > _FILES / 4
    assert refused > _FILES / 4


def test_defects_that_are_called_errors_are_refused(lab: LabHandle, version: str) -> None:
    """A level is not a matter of taste: keepalived has something to say to every error."""
    clean = TEXTS["fault"]["lb01"].replace("keepalived_script", "root")
    clean = clean.replace("/etc/keepalived/check_nginx.sh", "/bin/true")
    cases = []
    for defect in ALONE:
        text = defect.breaks(clean)
        if text is not None and defect.version is None:
            cases.append((defect, text, ours(text, version)))
    texts = [clean, *(text for _, text, _ in cases)]
    (status, said), *tests = config_tests(lab, texts)
    assert status == 0, said
    assert rules(ours(clean, version)) <= {"script-root"}
    for (defect, text, found), (status, said) in zip(cases, tests, strict=True):
        if errors(found):
            assert status != 0, f"{defect.name}: {errors(found)}\n{text}\n{said}"
    assert sum(bool(errors(found)) for _, _, found in cases) > 25


#: Blocks whose keywords are compared one by one, and how they begin.
_BLOCKS = {
    "global_defs": "global_defs",
    "vrrp_instance": "vrrp_instance V",
    "vrrp_script": "vrrp_script s",
    "vrrp_sync_group": "vrrp_sync_group G",
    "vrrp_track_process": "vrrp_track_process p",
    "track_file": "track_file f",
    "bfd_instance": "bfd_instance b",
}
#: Only in daemons that are built for it.
_BUILT = {"vrrp_ipsets"}


def test_it_knows_the_keywords_that_the_table_has(lab: LabHandle, version: str) -> None:
    """Ten keywords a file, and one that nobody knows, which shows that it was read to its end."""
    running = tuple(map(int, version.split(".")))
    cases: list[tuple[set[str], str]] = []
    for block, head in _BLOCKS.items():
        known = [*(keywords(block) or {}).items()]
        for at in range(0, len(known), 10):
            some = dict(known[at : at + 10])
            lines = [
                f"{word} {{\n}}"
                if word in BLOCKS or keywords(f"{block}/{word}") is not None
                else f"{word} 1"
                for word in some
            ]
            text = "\n".join((f"{head} {{", *lines, "nonsense 1", "}", ""))
            unknown = {word for word, since in some.items() if since > running}
            cases.append((unknown | {"nonsense"}, text))
    tests = config_tests(lab, [text for _, text in cases])
    for (unknown, text), (_, said) in zip(cases, tests, strict=True):
        told = set(re.findall("Unknown keyword '([^'}]*)'", said))
        assert told - _BUILT == unknown, text
        assert {"unknown-keyword"} <= rules(ours(text, version))
