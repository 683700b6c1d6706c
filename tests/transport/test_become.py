"""Root rights: the framing of sudo, with a stand-in on the node's PATH that follows sudo(8).

The real sudo, with real users, is the lab's to judge.
"""

from __future__ import annotations

import dataclasses
import uuid

import pytest

from haconsole.domain.model import Become
from haconsole.transport.commands import Command
from haconsole.transport.errors import BecomeError, CommandTimeoutError
from haconsole.transport.prompts import SecretKind
from tests.support.sshsite import Answers, SshSite
from tests.support.waiting import processes, until
from tests.transport.conftest import open_door

#: As sudo does: -n never asks; -S asks with the words of -p (of two % it shows one) and reads one
#: line byte by byte; a wrong one asks for the next. Where a file "free" stands beside it, it asks
#: for nothing.
SUDO = """#!/bin/sh
echo "$@" | head -c 60 >>"$SUDO_SEEN"; echo >>"$SUDO_SEEN"
[ -e "${0%/*}/free" ] && SUDO_IS=free
case "$SUDO_IS" in
    sudoers) echo "operator is not in the sudoers file." >&2; exit 1;;
    tty) echo "sudo: sorry, you must have a tty to run sudo" >&2; exit 1;;
esac
while :; do
    case "$1" in
        -n) [ "$SUDO_IS" = free ] || { echo "sudo: a password is required" >&2; exit 1; }; shift;;
        -S) asks=1; shift;;
        -k) shift;;
        -p) prompt=$2; shift 2;;
        *) break;;
    esac
done
tries=0
while [ "$asks" = 1 ] && [ "$SUDO_IS" != free ]; do
    printf "$prompt" >&2
    IFS= read -r given || { echo "sudo: no password was provided" >&2; exit 1; }
    [ "$given" = "$SUDO_PASSWORD" ] && break
    tries=$((tries + 1))
    [ $tries = 3 ] && { echo "sudo: 3 incorrect password attempts" >&2; exit 1; }
    echo "${SUDO_WRONG-Sorry, try again.}" >&2
done
AS_ROOT=yes; export AS_ROOT
"$@"
"""
#: What tells a user who is not root, whoever runs these tests.
ID = "#!/bin/sh\necho 1000\n"
WHO = Command("who", "echo ${AS_ROOT:-no}", root=True)


@pytest.fixture
async def lab(tmp_path):
    async with SshSite(tmp_path, jump=False, become=Become.SUDO) as site:
        tools = tmp_path / "tools"
        tools.mkdir()
        for name, text in (("sudo", SUDO), ("id", ID)):
            (tools / name).write_text(text)
            (tools / name).chmod(0o755)
        yield site


def sudo(lab: SshSite, kind: str, *, password: str = "sesame") -> None:
    for daemon in lab.nodes:
        daemon.behaviour.env = {
            "PATH": f"{lab.folder}/tools:/usr/bin:/bin",
            "SUDO_IS": kind,
            "SUDO_PASSWORD": password,
            "SUDO_SEEN": f"{lab.folder}/seen",
        }


async def who(door) -> str:
    return str((await door.transport.run("lb01", WHO)).stdout.strip())


async def test_sudo_without_a_password(lab):
    sudo(lab, "free")
    answers = Answers()
    async with open_door(lab.site, answers) as door:
        await door.up("lb01")
        assert await who(door) == "yes"
        assert (await door.sh("echo ${AS_ROOT:-no}")).stdout == "no\n"
        assert await who(door) == "yes"
    assert answers.questions == []
    assert len(lab.daemon("lb01").behaviour.requests) == 2, "one shell each, kept"


async def test_sudo_with_a_password_is_asked_once(lab):
    sudo(lab, "asks")
    answers = Answers("sesame")
    async with open_door(lab.site, answers) as door:
        await door.up("lb01")
        assert await who(door) == "yes"
        assert await who(door) == "yes"
        fed = await door.transport.run(
            "lb01", Command("fed", "cat; echo $AS_ROOT", root=True, stdin=b"in\n")
        )
        assert fed.stdout == "in\nyes\n"
        lab.daemon("lb01").cut()
        await until(lambda: door.last("lb01").status != "up")
        await door.up("lb01")
        assert await who(door) == "yes"
    (question,) = answers.questions
    assert (question.kind, question.attempt) == (SecretKind.SUDO, 1)
    assert str(question.text) == (
        "sudo password on lb01 (if it is right there, it is tried on lb02 as well)"
    )
    assert "sesame" not in (lab.folder / "seen").read_text()
    assert not any("sesame" in str(entry) for entry in door.ledger)
    assert not any("sesame" in request for request in lab.daemon("lb01").behaviour.requests)


async def test_a_wrong_sudo_password_is_asked_again(lab):
    sudo(lab, "asks")
    answers = Answers("wrong", "sesame")
    async with open_door(lab.site, answers) as door:
        await door.up("lb01")
        assert await who(door) == "yes"
    assert [question.attempt for question in answers.questions] == [1, 2]


async def test_a_wrong_password_is_known_by_the_next_question_whatever_sudo_says(lab):
    sudo(lab, "asks")
    wrong = {"SUDO_WRONG": "Wrong!  You cheating scum!"}  # sudoers(5): insults
    for daemon in lab.nodes:
        daemon.behaviour.env = dict(daemon.behaviour.env) | wrong
    answers = Answers("wrong", "sesame")
    async with open_door(lab.site, answers) as door:
        await door.up("lb01")
        assert await who(door) == "yes"
    assert [question.attempt for question in answers.questions] == [1, 2]


async def test_three_wrong_sudo_passwords_are_enough(lab):
    sudo(lab, "asks")
    answers = Answers("a", "b", "c", "d")
    async with open_door(lab.site, answers) as door:
        await door.up("lb01")
        for _ in range(2):
            with pytest.raises(BecomeError, match="sudo did not take the password, 3 times"):
                await who(door)
        assert len(answers.questions) == 3
        assert (await door.sh("echo still here")).stdout == "still here\n"


async def test_declining_stands_until_it_is_tried_again(lab):
    sudo(lab, "asks")
    answers = Answers(None, "sesame")
    async with open_door(lab.site, answers) as door:
        await door.up("lb01")
        for _ in range(3):
            with pytest.raises(BecomeError, match="the sudo password was not given"):
                await who(door)
        assert len(answers.questions) == 1
        door.transport.retry("lb01")
        assert await who(door) == "yes"


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("sudoers", r"lb01: the user may not use sudo for this \(operator is not in the sudoers"),
        ("tty", "lb01: sudo wants a terminal there"),
    ],
)
async def test_what_sudo_says_becomes_a_sentence(lab, kind, sentence):
    sudo(lab, kind)
    async with open_door(lab.site) as door:
        await door.up("lb01")
        with pytest.raises(BecomeError, match=sentence):
            await who(door)


async def test_no_sudo_at_all(lab):
    sudo(lab, "free")
    empty = lab.folder / "empty"
    empty.mkdir()
    for tool in ("sh", "env", "cat", "sleep", "setsid"):
        (empty / tool).symlink_to(f"/usr/bin/{tool}")
    (empty / "id").symlink_to(lab.folder / "tools" / "id")
    env = dict(lab.daemon("lb01").behaviour.env)
    lab.daemon("lb01").behaviour.env = env | {"PATH": str(empty)}
    async with open_door(lab.site) as door:
        await door.up("lb01")
        with pytest.raises(BecomeError, match="lb01: sudo is not installed there"):
            await who(door)


async def test_become_none_is_a_sentence(lab):
    sudo(lab, "free")
    lab.become = Become.NONE
    async with open_door(lab.site) as door:
        await door.up("lb01")
        with pytest.raises(BecomeError, match="the inventory says “become: none”"):
            await who(door)


async def test_root_needs_no_sudo(lab):
    (lab.folder / "tools" / "id").write_text("#!/bin/sh\necho 0\n")
    sudo(lab, "sudoers")
    async with open_door(lab.site) as door:
        await door.up("lb01")
        assert await who(door) == "no"


async def test_a_password_that_is_asked_for_no_more_is_not_sent(lab):
    """It would be the first line of what root's shell reads."""
    made = lab.folder / "made"
    password = f"touch {made}"
    sudo(lab, "asks", password=password)
    answers = Answers(password)
    async with open_door(lab.site, answers) as door:
        await door.up("lb01")
        assert await who(door) == "yes"
        (lab.folder / "tools" / "free").write_text("")  # as an administrator adds NOPASSWD
        batches = [b async for b in door.transport.stream("lb01", WHO)]
        assert [line for batch in batches for line in batch.lines] == ["yes"]
        assert not any("touch" in str(batch.problem) for batch in batches)
        fed = await door.sh("cat; echo $AS_ROOT", root=True, stdin=b"in\n")
        assert fed.stdout == "in\nyes\n"
        assert "touch" not in fed.stderr
        (lab.folder / "tools" / "free").unlink()
        assert (await door.sh("echo $AS_ROOT", root=True, stdin=b"")).stdout == "yes\n"
    assert len(answers.questions) == 1
    assert not made.exists()
    asked = [line.startswith("-S -k -p ") for line in (lab.folder / "seen").open()]
    assert asked == [
        *(False, True),  # the shell that stays
        *(True, False),  # asked for nothing, so that the next one does without
        *(False, True),
    ]


async def test_a_login_shell_that_shows_our_words_is_not_taken_for_the_question(lab):
    made = lab.folder / "made"
    password = f"touch {made}"
    sudo(lab, "asks", password=password)
    shell = lab.folder / "tools" / "login"
    shell.write_text('#!/bin/sh\nexec sh -x "$@"\n')
    shell.chmod(0o755)
    for daemon in lab.nodes:
        daemon.behaviour.login_shell = str(shell)
    async with open_door(lab.site, Answers(password)) as door:
        await door.up("lb01")
        assert await who(door) == "yes"
        (lab.folder / "tools" / "free").write_text("")
        assert (await door.sh("echo $AS_ROOT", root=True, stdin=b"")).stdout == "yes\n"
    assert not made.exists()


async def test_a_time_out_as_root_ends_the_command(lab):
    sudo(lab, "free")
    marker = uuid.uuid4().hex
    slow = dataclasses.replace(WHO, script=f"sh -c 'sleep 1000; : {marker}'", timeout_s=0.5)
    async with open_door(lab.site) as door:
        await door.up("lb01")
        with pytest.raises(CommandTimeoutError):
            await door.transport.run("lb01", slow)
        await until(lambda: not processes(marker))
        assert await who(door) == "yes"


async def test_a_stream_as_root(lab):
    sudo(lab, "asks")
    async with open_door(lab.site, Answers("sesame")) as door:
        await door.up("lb01")
        batches = [b async for b in door.transport.stream("lb01", WHO)]
    assert [line for batch in batches for line in batch.lines] == ["yes"]
