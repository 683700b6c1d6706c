"""The command line in Chinese: it follows the locale, its columns align, its JSON stays."""

from __future__ import annotations

import gettext
import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from haconsole import words
from haconsole.cli import COMMANDS, main
from tests.lint.bases import TEXTS

#: Words that a sentence of English has, where they are no part of a name or an option.
ENGLISH = re.compile(
    r"(?<![\w./-])(?:the|is|are|of|and|it|that|which|with|does|not|has|was|be)(?![\w./=-])",
    re.IGNORECASE,
)
CHINESE = re.compile("[\u4e00-\u9fff]")
#: What of a JSON document is told in sentences.
SENTENCES = {"text", "why", "summary", "title", "about", "link_detail", "problem"}
PAGES = [
    [],
    *([name] for name in COMMANDS),
    *(["lab", name] for name in ("up", "fault", "exec")),
    *(["journal", name] for name in ("list", "show", "trend", "export")),
    ["inventory", "check"],
    ["pair.yaml"],
]


@pytest.fixture(autouse=True)
def chinese(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("LANGUAGE", raising=False)
    monkeypatch.chdir(tmp_path)
    yield
    words.set_language("en")


@pytest.fixture
def shop(tmp_path: Path) -> str:
    """An inventory of hosts that refuse every connection."""
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as two,
    ):
        ports = [one.getsockname()[1], two.getsockname()[1]]
    Path("shop.yaml").write_text(
        "site: shop\nclusters:\n  pair:\n"
        "    vips: [{address: 127.0.0.77, check: 'http://127.0.0.77:9/'}]\n"
        f"    lbs: {{lb01: {{address: 127.0.0.1, port: {ports[0]}}}, "
        f"负载02: {{address: 127.0.0.1, port: {ports[1]}}}}}\n"
    )
    return "shop.yaml"


@pytest.fixture
def confs() -> list[str]:
    """A pair whose files have something of every kind to be told."""
    one, two = TEXTS["weight"]["lb01"], TEXTS["weight"]["lb02"]
    Path("lb01.conf").write_text(f"{one}include nowhere.conf\nvrrp_instance again {{\n")
    Path("lb02.conf").write_text(two.replace("_id 50", "_id 51").replace("s3cret", "0ther"))
    return ["lb01.conf", "lb02.conf"]


def help_of(page: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as end:
        main([*page, "--help"])
    assert end.value.code == 0
    return capsys.readouterr().out


def english(text: str) -> list[str]:
    return [line for line in text.splitlines() if ENGLISH.search(line)]


def without_sentences(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: without_sentences(v) for k, v in value.items() if k not in SENTENCES}
    return [without_sentences(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("page", PAGES, ids="-".join)
def test_help(page: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    text = help_of(page, capsys)
    assert text.startswith("用法: haconsole")
    assert "显示此帮助后退出" in text
    assert english(text) == []
    assert max(map(cell_len, text.splitlines())) <= 80


def test_later_lines_of_the_usage_stand_below_the_first(capsys: pytest.CaptureFixture[str]) -> None:
    first, second, *_ = help_of(["drill"], capsys).splitlines()
    begins = cell_len(first[: first.index("[-h]")])
    assert begins == len(second) - len(second.lstrip())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["lint", "--nonsense"], "haconsole：错误：无法识别的参数：--nonsense"),
        (["apply"], "haconsole apply：错误：缺少参数：inventory"),
        (["lab", "up", "--state", "old"], "参数 --state：不能是 'old'（可选："),
        (["train", "--jobs", "99"], "参数 --jobs：99 不是 1 到 16 的数"),
    ],
)
def test_bad_usage(given: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(given)
    told = capsys.readouterr().err
    assert said in told
    assert english(told) == []


def test_status_of_hosts_that_refuse(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["status", "--timeout", "5", shop])
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert lines[0].startswith("CRITICAL: 127.0.0.77：")
    assert "拒绝连接：没有 sshd 在监听。" in out
    assert english(out) == []
    begin = [
        line[: line.index("断开")] for line in lines if line.startswith("  ") and "断开" in line
    ]
    assert len(begin) == 2
    assert len(set(map(cell_len, begin))) == 1


def test_lint(confs: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", *confs]) == 2
    out = capsys.readouterr().out
    assert "没有文件 nowhere.conf" in out
    assert "VI_1 的 virtual_router_id 必须相同（lb01：50，lb02：51）。LB 听不到" in out
    assert "（密码 A）" in out
    assert "互不接受对方的通告" in out
    assert english(out) == []
    table = out.partition("并排对照：\n")[2].partition("\n\n")[0].splitlines()
    assert len(table) > 5
    assert len({cell_len(line[: line.rindex("  ")]) for line in table}) == 1
    assert all(CHINESE.search(line.split()[-1]) for line in table)


def test_the_catalogues(capsys: pytest.CaptureFixture[str]) -> None:
    for given in (["lint", "--list"], ["doctor", "--list"], ["lab", "fault", "--list"]):
        assert main(given) == 0
        lines = capsys.readouterr().out.splitlines()
        assert all(CHINESE.search(line) for line in lines), given
        assert english("\n".join(lines)) == []


def test_the_list_of_lessons(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.endswith("-")]
    assert len(lines) > 20
    assert len(set(map(cell_len, lines))) == 1
    assert main(["train", "--lang", "en"]) == 0
    assert not CHINESE.search(capsys.readouterr().out)


def test_mistakes_of_an_inventory(capsys: pytest.CaptureFixture[str]) -> None:
    Path("wrong.yaml").write_text(
        "site: shop\nlab: maybe\nclusters:\n  pair:\n    vips: []\n    pasword: x\n    vrid: 999\n"
        "    lbs: {lb01: 10.0.0.300, lb02: {port: x}}\n"
    )
    Path("open.yaml").write_text("site: [x\nclusters: y\n")
    assert main(["inventory", "check", "wrong.yaml", "open.yaml", "nowhere.yaml"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) > 6
    assert "wrong.yaml:2: lab: 这里是 'maybe'；应为：true 或 false" in lines
    assert all(CHINESE.search(line) for line in lines)
    assert english("\n".join(lines)) == []


def both(
    given: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> tuple[Any, Any]:
    """Return what is printed as JSON in Chinese, and in English."""
    told = []
    for locale in ("zh_CN.UTF-8", "C.UTF-8"):
        monkeypatch.setenv("LC_ALL", locale)
        main(given)
        told.append(capsys.readouterr().out)
    assert CHINESE.search(told[0])
    assert not CHINESE.search(told[1].replace("负载02", ""))
    return json.loads(told[0]), json.loads(told[1])


def test_documents_differ_in_sentences_alone(
    confs: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for given in (["lint", "--json", *confs], ["lint", "--json", "--list"], ["train", "--json"],
                  ["doctor", "--json", "--list"]):  # fmt: skip
        here, there = both(given, capsys, monkeypatch)
        assert here != there
        assert without_sentences(here) == without_sentences(there)


def test_the_document_of_a_status_has_the_same_words(
    shop: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = ["status", "--json", "--timeout", "5", shop]
    here, there = both(given, capsys, monkeypatch)
    assert here["verdict"] == there["verdict"] == "CRITICAL"
    for one, other in zip(here["clusters"], there["clusters"], strict=True):
        assert [(vip["verdict"], vip.keys()) for vip in one["vips"]] == [
            (vip["verdict"], vip.keys()) for vip in other["vips"]
        ]
        assert [(host["link"], host.keys()) for host in one["hosts"]] == [
            ("lost", host.keys()) for host in other["hosts"]
        ]


def test_for_english_no_catalogue_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(gettext, "find", lambda domain, *_, **__: asked.append(domain))
    for locale in ("C", "C.UTF-8", "POSIX", "en_GB.UTF-8"):
        monkeypatch.setenv("LC_ALL", locale)
        words.set_language(None)
        assert words.t("done") == "done"
    assert asked == []
    assert gettext.textdomain() == "messages"
