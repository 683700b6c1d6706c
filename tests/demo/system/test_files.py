"""The model's file system: what POSIX says of paths, rights, names and content."""

from __future__ import annotations

import errno

import pytest

from haconsole.demo.system.files import Files
from haconsole.demo.system.nodes import Caller
from haconsole.demo.system.watching import watch_path

OPS = Caller(1000, 1000, "/home/ops")


@pytest.fixture
def files():
    tree = Files(lambda: 1000.5)
    tree.mkdir("/home/ops", parents=True)
    tree.chown("/home/ops", 1000, 1000)
    tree.mkdir("/tmp")
    tree.chmod("/tmp", 0o1777)
    return tree


def fails(number: int):
    return pytest.raises(OSError, match=rf"\[Errno {number}\]")


def test_paths_lead_through_links_and_dots(files):
    files.mkdir("/a/b", parents=True)
    files.write("/a/b/f", "text")
    files.symlink("../b/f", "/a/b/l")
    files.symlink("/a", "/home/ops/a")
    assert files.read("/a/./b/../b//f") == b"text"
    assert files.read_text("a/b/l", OPS) == "text"
    assert files.realpath("a/b/l", OPS) == "/a/b/f"
    assert files.realpath("/a/b/new") == "/a/b/new"
    assert files.realpath("/../..") == "/"
    assert files.readlink("/a/b/l") == "../b/f"
    with fails(errno.ENOTDIR):
        files.read("/a/b/f/")
    with fails(errno.ENOENT):
        files.find("/nowhere/x")
    files.symlink("loop", "/loop")
    with fails(errno.ELOOP):
        files.read("/loop")


def test_rights_are_those_of_owner_group_and_others(files):
    files.write("/secret", "x", mode=0o600)
    files.write("/shared", "x", mode=0o640)
    files.chown("/shared", 0, 1000)
    with fails(errno.EACCES):
        files.read("/secret", OPS)
    assert files.read("/shared", OPS) == b"x"
    with fails(errno.EACCES):
        files.append("/shared", "y", OPS)
    with fails(errno.EACCES):
        files.write("/new", "", OPS)
    with fails(errno.EPERM):
        files.chmod("/shared", 0o777, OPS)
    files.mkdir("/closed", mode=0o700)
    files.write("/closed/f", "", mode=0o777)
    assert not files.exists("/closed/f", OPS)
    files.write("mine", "x", Caller(1000, 1000, "/home/ops", 0o077))
    assert (files.stat("/home/ops/mine").mode, files.stat("/home/ops/mine").uid) == (0o600, 1000)


def test_a_sticky_directory_keeps_others_files(files):
    files.write("/tmp/roots", "x", mode=0o666)
    files.write("/tmp/own", "x", OPS)
    with fails(errno.EPERM):
        files.unlink("/tmp/roots", OPS)
    files.unlink("/tmp/own", OPS)
    assert files.listdir("/tmp") == ["roots"]


def test_renaming_is_atomic_and_keeps_open_files(files):
    files.write("/f", "old")
    inode = files.stat("/f").inode
    files.write("/f.new", "new")
    files.rename("/f.new", "/f")
    assert files.read("/f") == b"new"
    assert files.stat("/f").inode != inode
    files.mkdir("/d/e", parents=True)
    with fails(errno.EISDIR):
        files.rename("/f", "/d")
    with fails(errno.EINVAL):
        files.rename("/d", "/d/e/x")
    with fails(errno.ENOTEMPTY):
        files.rmdir("/d")


async def test_an_open_file_outlives_its_name(files):
    stream = files.open("/f", read=True, write=True, create=True).share()
    await stream.write(b"one")
    files.unlink("/f")
    await stream.write(b"two")
    assert stream.peek() == b""
    assert not files.exists("/f")
    again = files.open("/log", append=True, create=True)
    files.write("/log", "123")
    await again.write(b"4")
    assert files.read("/log") == b"1234"


def test_room_is_counted_and_given_back(files):
    files.store.capacity = 10
    files.write("/f", b"12345678")
    with fails(errno.ENOSPC):
        files.append("/f", b"901")
    assert files.read("/f") == b"12345678"
    files.link("/f", "/g")
    files.unlink("/f")
    assert files.store.used == 8
    files.unlink("/g")
    assert files.store.used == 0
    files.store.read_only = True
    with fails(errno.EROFS):
        files.write("/h", b"")


def test_a_watched_path_tells_of_every_change(files):
    seen: list[int] = []
    stop = watch_path(files, "/tmp/conf", lambda: seen.append(1))

    def told(change) -> bool:
        before = len(seen)
        change()
        return len(seen) > before

    assert told(lambda: files.write("/tmp/conf", "1"))
    assert told(lambda: files.append("/tmp/conf", "2"))
    files.write("/home/new", "3")
    assert told(lambda: files.rename("/home/new", "/tmp/conf"))
    assert told(lambda: files.append("/tmp/conf", "4"))
    assert told(lambda: files.unlink("/tmp/conf"))
    stop()
    assert not told(lambda: files.write("/tmp/conf", "5"))
