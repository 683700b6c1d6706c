"""What acts wrote is put back, and nothing that somebody wrote since: in a real sh, on real files."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from haconsole.training.acts import files, kept, scripts
from haconsole.training.faults.network import DOWN

_SITE = "server {\n    root /code;\n}\n"
_CONF = 'vrrp_script chk {\n    script "/x"\n}\nvrrp_instance VI_1 {\n    priority 150\n}\n'
#: nginx(8) where every brace is closed; the file is named as it names it.
_NGINX = """\
for f in @root@/etc/nginx/conf.d/*.conf; do
  [ "$(grep -c '{' "$f")" -eq "$(grep -c '}' "$f")" ] || {
    echo "nginx: [emerg] unexpected end of file, expecting \\"}\\" in $f:3" >&2; exit 1; }
done
"""


class Node:
    """A folder that is a node's root for the acts' scripts."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.site = root / "etc/nginx/conf.d/kd.test.conf"
        self.conf = root / "etc/keepalived/keepalived.conf"
        self.kept = root / "var/lib/haconsole/lessons"
        self.loop = root / "server/scripts/check_web.sh"
        for file, text in ((self.site, _SITE), (self.conf, _CONF)):
            file.parent.mkdir(parents=True)
            file.write_text(text)
        (root / "bin").mkdir()
        self.tool("nginx", _NGINX.replace("@root@", str(root)))
        self.tool("systemctl", 'echo "$*" >>"$LOG"; [ "$1" != -q ]')
        self.tool("pgrep", "exit 1")
        self.tool("systemd-run", "exit 0")

    def tool(self, name: str, script: str) -> None:
        path = self.root / "bin" / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def here(self, text: str) -> str:
        for folder in ("/etc/", "/var/lib/haconsole", "/server", "/usr/lib/firewalld"):
            text = text.replace(folder, f"{self.root}{folder}")
        return text

    def do(self, script: str, stdin: str = "", *, ok: bool = True) -> str:
        done = subprocess.run(
            ["/bin/sh", "-c", self.here(script)],
            input=self.here(stdin),
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": f"{self.root}/bin:/usr/bin:/bin", "LOG": f"{self.root}/log"},
        )
        assert (done.returncode == 0) is ok, done
        return done.stderr

    def track(self) -> None:
        both = f"#!/bin/sh\n@@ keepalived.conf\n{scripts.calling_the_loop(self.conf.read_text())}"
        self.do(scripts._TRACK, both)

    def remove(self) -> None:
        text = self.conf.read_text()
        for_real = text.replace(str(self.root), "")
        was = self.do(f"{kept.KEEP}now_is /etc/keepalived/keepalived.conf >&2").strip()
        self.do(scripts._REMOVE.replace("@was@", was), scripts.without_the_loop(for_real))


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path)


def _break(node: Node) -> None:
    node.do(files._BREAK)


def _append(node: Node) -> None:
    node.do(files._APPEND)


def _loop(node: Node) -> None:
    node.track()


def _mend(node: Node) -> None:
    node.do(files._MEND)


def _unappend(node: Node) -> None:
    node.do(files._UNAPPEND)


def _remove(node: Node) -> None:
    node.remove()


PAIRS: list[tuple[Callable[[Node], None], Callable[[Node], None], str]] = [
    (_break, _mend, "site"),
    (_append, _unappend, "site"),
    (_loop, _remove, "conf"),
]


@pytest.mark.parametrize(("act", "undo", "which"), PAIRS)
def test_an_act_is_taken_back_and_leaves_nothing(
    node: Node, act: Callable[[Node], None], undo: Callable[[Node], None], which: str
) -> None:
    file: Path = getattr(node, which)
    file.chmod(0o640)
    before = file.read_text()
    act(node)
    assert file.read_text() != before
    act(node)
    undo(node)
    undo(node)
    # An append that was done twice is taken back once.
    assert file.read_text() == before
    assert file.stat().st_mode & 0o777 == 0o640
    assert not node.kept.exists()
    assert not (node.root / "server").exists()


@pytest.mark.parametrize(("act", "undo", "which"), PAIRS)
def test_what_was_configured_anew_since_is_not_replaced_by_the_copy(
    node: Node, act: Callable[[Node], None], undo: Callable[[Node], None], which: str
) -> None:
    file: Path = getattr(node, which)
    act(node)
    newer = (_SITE if which == "site" else _CONF) + "# weeks later\n"
    file.write_text(newer)
    undo(node)
    assert file.read_text() == newer
    file.write_text(newer + "# and later\n")
    act(node)
    undo(node)
    assert file.read_text() == newer + "# and later\n", "the copy is made anew"
    assert sorted(file.parent.iterdir()) == [file]


@pytest.mark.parametrize(("act", "which"), [(a, w) for a, _, w in PAIRS])
def test_a_reset_puts_back_what_acts_wrote_and_only_that(
    node: Node, act: Callable[[Node], None], which: str
) -> None:
    file: Path = getattr(node, which)
    before = file.read_text()
    act(node)
    node.do(f"{kept.PUT_BACK}exit 0")
    assert file.read_text() == before
    act(node)
    file.write_text(before + "# by hand\n")
    node.do(f"{kept.PUT_BACK}exit 0")
    assert file.read_text() == before + "# by hand\n"
    for left in (node.kept, node.root / "server"):
        # A script that is our own still, goes.
        assert not left.exists()


def test_a_wrong_attempt_at_mending_is_replaced_where_nginx_itself_refuses_it(node: Node) -> None:
    node.do(files._BREAK)
    node.site.write_text("server {\n server {\n    root /code;\n")
    node.do(files._MEND)
    assert node.site.read_text() == _SITE


def test_another_s_broken_file_is_left_alone_and_named(node: Node) -> None:
    other = node.site.with_name("zz-other.conf")
    node.do(files._BREAK)
    node.site.write_text(_SITE + "# mine\n")
    other.write_text("{\n")
    assert "zz-other.conf:3" in node.do(files._MEND, ok=False)
    assert node.site.read_text() == _SITE + "# mine\n"


def test_a_file_that_still_calls_the_loop_keeps_everything_else(node: Node) -> None:
    node.track()
    node.conf.write_text(node.conf.read_text().replace("priority 150", "priority 77"))
    node.remove()
    text = node.conf.read_text()
    assert "check_web" not in text
    assert "priority 77" in text


def test_many_acts_on_one_file_are_put_back_to_what_was_before_them_all(node: Node) -> None:
    priority = files._PRIORITY.replace("@priority@", "200")
    node.do(files._WRITE, "by hand { priority 1 }\n")
    node.do(priority)
    node.do(files._WRITE, "by hand again\n    priority 150\n")
    node.track()
    node.do(priority)
    node.do(files._CONF_AWAY)
    assert not node.conf.exists()
    node.do(f"{kept.PUT_BACK}exit 0")
    assert node.conf.read_text() == _CONF
    assert list(node.conf.parent.iterdir()) == [node.conf]


def test_what_the_operator_has_under_the_tutorial_s_names_comes_back(node: Node) -> None:
    bak = node.conf.with_name("keepalived.conf.bak")
    node.loop.parent.mkdir(parents=True)
    for file in (bak, node.loop):
        file.write_text("mine\n")
    node.do(files._WRITE, "by hand\n")
    node.do(scripts._NOHUP, "#!/bin/sh\n")
    assert bak.read_text() == _CONF
    node.remove()
    assert not node.loop.exists()
    node.do(f"{kept.PUT_BACK}exit 0")
    assert (bak.read_text(), node.loop.read_text()) == ("mine\n", "mine\n")


def test_conf_back_keeps_a_file_that_was_written_meanwhile(node: Node) -> None:
    node.do(files._CONF_AWAY)
    node.conf.write_text("the sample\n")
    node.do(files._CONF_BACK)
    assert node.conf.read_text() == _CONF
    assert node.conf.with_name("keepalived.conf.bak").read_text() == "the sample\n"


def test_copies_of_an_earlier_version_go(node: Node) -> None:
    old = [
        node.site.with_name(f"{node.site.name}.before-{word}") for word in ("append", "break")
    ] + [node.conf.with_name("keepalived.conf.before-loop")]
    for file in old:
        file.write_text("weeks old\n")
    node.do(f"{kept.PUT_BACK}exit 0")
    assert not any(file.exists() for file in old)


@pytest.mark.parametrize(
    ("there", "down"),
    [((), False), (("broken",), True), (("broken", "undone"), False), (("undone",), False)],
)
def test_a_link_goes_down_only_while_somebody_will_set_it_up_again(
    tmp_path: Path, there: tuple[str, ...], *, down: bool
) -> None:
    """Undone and disarmed within its two seconds, the fault's folder is gone."""
    node = Node(tmp_path)
    node.tool("ip", 'echo "$*" >>"$LOG"')
    for name in there:
        (tmp_path / name).touch()
    node.do(f"sh -c '{DOWN}' sh {tmp_path} eth0")
    told = tmp_path / "log"
    assert (told.read_text() if told.exists() else "") == ("link set dev eth0 down\n" * down)
