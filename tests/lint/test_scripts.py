"""Check scripts: those that never answer, those that do more than to look, and good ones."""

from __future__ import annotations

import pytest

from haconsole.domain.lint.lint import lint, lint_one
from haconsole.domain.lint.scripts import loops
from haconsole.procedures.recipes.check import Asker, check_script
from tests.lint.bases import TEXTS, rules, source

PATH = "/etc/keepalived/check_nginx.sh"
TUTORIAL = """#!/bin/bash
while true
do
    if [ $(ps -C nginx --no-header | wc -l) -eq 0 ]; then
        systemctl start nginx
        sleep 2
        if [ $(ps -C nginx --no-header | wc -l) -eq 0 ]; then
            systemctl stop keepalived
        fi
    fi
    sleep 5
done
"""
ENDLESS = [
    TUTORIAL,
    "while :; do curl localhost; sleep 1; done\n",
    "while [ 1 ]; do\n  sleep 1\ndone\n",
    "until false\ndo\n sleep 1\ndone\nexit 1\n",
    "for ((;;)); do sleep 1; done\n",
    "if x; then y; fi\n  while true; do\n for a in b; do c; done\n # break\n echo exit\ndone\n",
]
GOOD = [
    "curl -fsS localhost || exit 1\n",
    "while true; do curl localhost && exit 0; sleep 1; done\n",
    "while :\ndo\n  nc -z localhost 80 && break\ndone\n",
    "for i in 1 2 3; do curl localhost && exit; done\nexit 1\n",
    "# while true; do\nexit 0\n",
    "echo 'while true; do'\n",
    "while read -r line; do echo $line; done </etc/hosts\n",
]


@pytest.mark.parametrize("text", ENDLESS)
def test_what_never_ends(text: str) -> None:
    assert loops(text) is not None


@pytest.mark.parametrize("text", [*GOOD, *(check_script(one) for one in Asker)])
def test_what_ends(text: str) -> None:
    assert loops(text) is None


def found(script: str, base: str = "fault") -> dict[str, str]:
    report = lint_one(source(TEXTS[base]["lb01"], scripts={PATH: script}))
    return {one.rule: str(one.note) for one in report}


def test_the_tutorials_check() -> None:
    told = found(TUTORIAL)
    assert "never ends (line 2)" in told["check-loops"]
    assert "stops keepalived (line 8)" in told["check-stops-keepalived"]
    assert "starts nginx (line 5)" in told["check-repairs"]


@pytest.mark.parametrize("asker", Asker)
def test_the_wizards_checks_are_good(asker: Asker) -> None:
    assert found(check_script(asker)) == {}


def test_a_script_without_its_first_line() -> None:
    assert "check-loops" not in found("exit 0\n")
    assert "script-shebang" in found("exit 0\n")
    text = TEXTS["fault"]["lb01"].replace(f'"{PATH}"', f'"/bin/sh {PATH}"')
    assert "script-shebang" not in rules(lint_one(source(text, scripts={PATH: "exit 0\n"})))
    assert "check-loops" in rules(lint_one(source(text, scripts={PATH: TUTORIAL})))


def test_a_check_in_the_configuration_itself() -> None:
    text = TEXTS["fault"]["lb01"].replace(
        f'"{PATH}"', "\"/bin/sh -c 'while true; do sleep 1; done'\""
    )
    assert "check-loops" in rules(lint_one(source(text)))


@pytest.mark.parametrize(
    "line",
    [
        "service keepalived stop",
        "killall -9 keepalived",
        "pkill keepalived",
        "/etc/init.d/keepalived stop",
    ],
)
def test_every_way_to_stop_it(line: str) -> None:
    assert "check-stops-keepalived" in found(f"#!/bin/sh\npidof nginx || {line}\n")


@pytest.mark.parametrize(
    "line",
    [
        "logger 'stopped keepalived'",
        "echo systemctl stop keepalived",
        "systemctl status keepalived",
    ],
)
def test_talking_of_it_is_none(line: str) -> None:
    assert found(f"#!/bin/sh\n{line}\n") == {}


@pytest.mark.parametrize(
    ("base", "said"),
    [("fault", "nobody owns 10.0.0.100"), ("added", "lb01 owns 10.0.0.100")],
)
def test_a_check_that_loops_is_one_that_fails(base: str, said: str) -> None:
    sources = [source(text, host, scripts={PATH: TUTORIAL}) for host, text in TEXTS[base].items()]
    report = lint(sources)
    assert said in str(report.answers[0].note)
    assert {"check-loops"} <= rules(report.findings)
