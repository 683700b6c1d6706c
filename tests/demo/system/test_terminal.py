"""The terminal of a modelled host: what a person types there works as on a real one."""

from __future__ import annotations

import re

import pytest

from tests.demo.system.sites import DemoSite
from tests.support.shells import Sitting, sitting
from tests.support.waiting import until
from tests.transport.conftest import open_door


@pytest.fixture
async def demo(tmp_path):
    async with DemoSite(tmp_path) as site:
        yield site


@pytest.fixture
async def seat(demo):
    async with open_door(demo.site, writable=True) as door:
        await door.up("lb01")
        async with sitting(door.transport) as taken:
            yield taken


def names(demo, name="lb01"):
    return [p.comm for p in demo.hosts[name].processes if p.pid != 1 and p.alive]


async def test_it_is_roots_shell_with_a_prompt(seat: Sitting) -> None:
    assert await seat.run("id -un; pwd; tty; echo $TERM $LANG $?") == (
        "root\n/root\n/dev/pts/0\nxterm-256color C.UTF-8 0"
    )
    assert seat.shell.root


async def test_the_ledger_tells_from_when_to_when_it_was_open(demo):
    now = 1000.0
    async with open_door(demo.site, writable=True, clock=lambda: now) as door:
        await door.up("lb01")
        async with sitting(door.transport) as seat:
            now = 4600.0
            seat.type("exit 7\n")
            await seat.until("The shell on lb01 has ended")
        said = [one for one in door.ledger if one.name == "terminal"]
    assert [(one.outcome, one.at, one.exit_status) for one in said] == [
        ("opened", 1000.0, None),
        ("closed", 1000.0, 7),
    ]


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("echo abd\x1b[Dc", "abcd"),
        ("cho abc\x01e", "abc"),
        ("echo one two\x17three", "one three"),
        ("echo gone\x15echo kept", "kept"),
        ("echo x\x01\x0becho y", "y"),
        ("echo ab\x7f\x7fcd", "cd"),
        ("echo 中文\x7f字", "中字"),
        ("echo a b\x1bb\x1bbxx \x05!", "xx a b!"),
        ("exxho z\x01\x06\x04\x04\x1b[Cc\x1b[D\x1b[D\x1b[Cho z\x0b", "z"),
        ("echo " + "long " * 30 + "\x01\x05end", ("long " * 30 + "end").strip()),
    ],
)
async def test_a_line_is_edited(seat: Sitting, typed: str, line: str) -> None:
    if "exxho" in typed:
        typed = "ecxho z\x01\x06\x06\x04"
    seat.type(typed + "\x05; echo =done\n")
    await seat.until(r"^=done")
    joined = "".join(seat.lines).replace(" ", "")
    assert line.replace(" ", "") in joined.rpartition("=done")[0].rpartition("echo=done")[2]


async def test_what_was_typed_before_comes_back(seat: Sitting) -> None:
    await seat.run("echo first")
    await seat.run("echo second")
    seat.type("\x1b[A\x1b[A\n")
    await seat.until(r"echo second\nsecond\n.*echo first\nfirst$")
    seat.type("\x12seco\n")
    await seat.until(r"echo first\nfirst\n.*echo second\nsecond\n.*# ?$")
    assert "1  echo first" in await seat.run("history")


async def test_tab_completes_commands_and_files(seat: Sitting) -> None:
    await seat.run("mkdir /tmp/folder; touch /tmp/folder/alpha-1 /tmp/folder/alpha-2")
    seat.type("ls /tmp/fol\tal\t")
    await seat.until(r"ls /tmp/folder/alpha-$")
    seat.type("\t")
    await seat.until(r"alpha-1 +alpha-2")
    seat.type("1; hostn\t\n")
    await seat.until(r"^lb01$")


async def test_ctrl_c_ends_what_runs_and_nothing_else(seat: Sitting, demo: DemoSite) -> None:
    for command in ("sleep 60", "while true; do sleep 1; done", "sh -c 'sleep 60'; echo more",
                    "sleep 60 | cat", "x=$(sleep 60)", "read x", "while :; do :; sleep 0; done",
                    "timeout 60 sleep 60", "tail -f /etc/hostname", "cat"):  # fmt: skip
        seat.type(f"{command}\n")
        await seat.until(re.escape(command) + r"$")
        if "sleep 6" in command:
            await until(lambda: "sleep" in names(demo))
        seat.type("\x03")
        assert await seat.run(f"echo status $?, {len(command)}") == f"status 130, {len(command)}"
        assert "sleep" not in names(demo)
        assert "\nmore" not in seat.text


async def test_lines_that_go_on_have_another_prompt(seat: Sitting) -> None:
    seat.type("for i in 1 2\ndo\necho n$i\ndone\n")
    await seat.until(r"^> do\n> echo n\$i\n> done\nn1\nn2\n")
    seat.type("cat > /tmp/f <<'EOF'\n$HOME {\n}\nEOF\n")
    await seat.until(r"^> EOF\n")
    assert await seat.run("cat /tmp/f") == "$HOME {\n}"
    seat.type("echo 'a\nb'\n")
    await seat.until(r"^> b'\na\nb\n")
    seat.type("if true\n\x03")
    await seat.until(r"^\^C$")
    assert await seat.run("echo $?") == "130"


async def test_a_program_reads_lines_and_an_end(seat: Sitting) -> None:
    seat.type("cat > /tmp/typed\n")
    await seat.until(r"typed\n$|typed$")
    seat.type("one\ntwxo\x7f\x7fo\n")
    seat.type("\x04")
    assert await seat.run("cat /tmp/typed") == "one\ntwo"


async def test_what_is_typed_ahead_is_not_lost(seat: Sitting) -> None:
    seat.type("sleep 0.2\necho after\n")
    await seat.until(r"^after$")


async def test_bash_has_braces_and_both_outputs(seat: Sitting) -> None:
    await seat.run("cd /tmp; echo old > k.conf; mv k.conf{,.bak}")
    assert await seat.run("ls k.conf*; echo {1..3} a{b,c}d '{x,y}' {} {z}") == (
        "k.conf.bak\n1 2 3 abd acd {x,y} {} {z}"
    )
    assert await seat.run("ls /nowhere &>/tmp/both; echo $?; cat /tmp/both") == (
        "2\nls: cannot access '/nowhere': No such file or directory"
    )


async def test_mistakes_read_as_bash_says_them(seat: Sitting) -> None:
    assert await seat.run("nosuch") == "-bash: nosuch: command not found"
    assert await seat.run("cd /nowhere") == "-bash: cd: /nowhere: No such file or directory"
    assert await seat.run("fi") == "-bash: syntax error near unexpected token `fi'"
    assert await seat.run("cat < /nowhere") == "-bash: /nowhere: No such file or directory"


async def test_the_directory_stays_and_the_prompt_tells_it(seat: Sitting) -> None:
    await seat.run("cd /etc/ssh")
    assert await seat.run("pwd") == "/etc/ssh"
    await seat.until(r"^root@lb01:/etc/ssh# $|^root@lb01:/etc/ssh#$")


async def test_another_users_shell_and_back(seat: Sitting) -> None:
    assert await seat.run("sudo -u ops -i") == ""
    await seat.until(r"^\$")
    assert await seat.run("id -un; pwd") == "ops\n/home/ops"
    seat.type("sleep 60\n")
    await seat.until(r"sleep 60$")
    seat.type("\x03")
    assert await seat.run("echo $?") == "130"
    assert await seat.run("exit") == "logout"
    assert await seat.run("id -un") == "root"


async def test_hanging_up_ends_everything_but_nohup(seat: Sitting, demo: DemoSite) -> None:
    await seat.run("cd /tmp; nohup sleep 61 &")
    await seat.run("sleep 62 &")
    seat.type("sleep 63\n")
    await until(lambda: names(demo).count("sleep") == 3)
    seat.shell.close()
    await until(lambda: names(demo).count("sleep") == 1)
    (left,) = [p.argv for p in demo.hosts["lb01"].processes if p.comm == "sleep"]
    assert left[-1] == "61"


async def test_the_size_is_the_screens(seat: Sitting) -> None:
    assert await seat.run("stty size") == "30 100"
    seat.shell.resize(70, 20)
    assert await seat.run("stty size; tput cols") == "20 70\n70"


async def test_nano_edits_a_file(seat: Sitting) -> None:
    await seat.run("printf 'one\\ntwo\\nthree\\n' > /tmp/n.txt")
    seat.type("nano /tmp/n.txt\n")
    await seat.until(r"Read 3 lines")
    seat.type("\x1b[B\x05 中\nnew\x1b[B\x0b\x0f")
    await seat.until(r"File Name to Write: /tmp/n.txt")
    seat.type("\n")
    await seat.until(r"Wrote 3 lines")
    seat.type("x\x18")
    await seat.until(r"Save modified buffer")
    seat.type("n")
    await seat.until(r"nano /tmp/n.txt\n.*#")
    assert await seat.run("cat /tmp/n.txt") == "one\ntwo 中\nnew"


async def test_a_pager_turns_pages(seat: Sitting) -> None:
    await seat.run("seq 1 100 > /tmp/hundred")
    seat.type("less /tmp/hundred\n")
    await seat.until(r"^29\n:$")
    seat.type("G")
    await seat.until(r"^100\n\(END\)$")
    seat.type("q")
    await seat.until(r"less /tmp/hundred\n.*#")
    assert "99" not in seat.text


async def test_an_editor_that_is_not_there_says_what_is(seat: Sitting) -> None:
    assert await seat.run("vi x") == "vi: not on the demo's hosts; nano is."


async def test_leaving_ends_it_with_the_status(seat: Sitting) -> None:
    seat.type("exit 3\n")
    await seat.until(r"logout\nThe shell on lb01 has ended\.")
