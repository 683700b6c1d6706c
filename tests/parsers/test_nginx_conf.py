"""nginx's configuration: what is read of it, what is wrong in it, and writing it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haconsole.parsers.nginx_conf import (
    Directive,
    NginxBuildError,
    build,
    read_dump,
    read_nginx,
    read_tree,
    split_dump,
)
from haconsole.parsers.nginx_includes import MAX_DIRECTIVES
from haconsole.parsers.nginx_text import MAX_DEPTH, MAX_TEXT

DUMP = (Path(__file__).parents[1] / "data" / "nginx" / "dump.txt").read_text()
MAIN = "/etc/nginx/nginx.conf"


def said(text: str, **files: str) -> list[str]:
    named = {f"/etc/nginx/{name}.conf": content for name, content in files.items()}
    return [str(problem) for problem in read_nginx({MAIN: text, **named}).problems]


def test_a_dump_is_taken_apart() -> None:
    files = split_dump(DUMP)
    assert list(files) == [MAIN, "/etc/nginx/mime.types", "/etc/nginx/conf.d/balancer.conf"]
    assert files["/etc/nginx/mime.types"] == "types {\n    text/html html htm;\n}\n"
    assert files[MAIN].startswith("user www-data;\n")


def test_upstreams() -> None:
    conf = read_dump(DUMP)
    assert conf.problems == ()
    (upstream,) = conf.upstreams
    assert (upstream.name, upstream.method, upstream.keepalive) == ("backend", "least_conn", 16)
    assert (upstream.file, upstream.line) == ("/etc/nginx/conf.d/balancer.conf", 3)
    one, two, three, four = upstream.servers
    assert (one.host, one.port, one.weight, one.max_fails, one.fail_timeout_s) == (
        "10.0.0.51",
        80,
        3,
        2,
        90.0,
    )
    assert (two.host, two.port, two.max_conns, two.down, two.backup) == (
        "10.0.0.52",
        80,
        100,
        True,
        False,
    )
    assert (two.weight, two.max_fails, two.fail_timeout_s) == (1, 1, 10.0)
    assert (three.host, three.port, three.backup, three.address) == (
        "fd00::53",
        8080,
        True,
        "[fd00::53]:8080",
    )
    assert (four.host, four.port, four.line) == ("unix:/run/app.sock", None, 8)


def test_servers_and_the_logs_in_force() -> None:
    conf = read_dump(DUMP)
    first, second = conf.servers
    assert first.names == ("shop.example", "www.shop.example")
    assert [(li.address, li.port, li.default_server, li.ssl) for li in first.listens] == [
        ("*", 80, True, False),
        ("::", 443, False, True),
        ("10.0.0.100", 8080, False, False),
    ]
    assert (first.root, second.root) == ("/srv/www", "/srv/other")
    assert [(second.listens[0].address, second.listens[0].port)] == [("unix:/run/nginx.sock", None)]
    assert [(log.path, log.format, log.options) for log in first.access_logs] == [
        ("/var/log/nginx/access.log", "main", ()),
        ("/var/log/nginx/haconsole.log", "haconsole", ("buffer=4k",)),
    ]
    slash, php, health = first.locations
    assert (slash.match, slash.proxy_pass, slash.upstream) == ("/", "http://backend", "backend")
    assert slash.access_logs == first.access_logs
    assert (php.match, php.access_logs) == (r"~ \.php$", ())
    assert php.proxy_pass == "http://user:********@10.0.0.51:9000/app"
    assert [(log.path, log.format) for log in health.access_logs] == [
        ("/var/log/nginx/health.log", "combined")
    ]
    assert second.access_logs == conf.access_logs
    assert "geheim" not in repr(conf)


def test_log_formats() -> None:
    main, ours = read_dump(DUMP).log_formats
    assert (
        main.text == '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent'
    )
    assert (ours.name, ours.escape) == ("haconsole", "default")
    assert ours.text == r"$msec\t$remote_addr\t$upstream_addr"


def test_includes() -> None:
    conf = read_dump(DUMP)
    assert conf.includes == (
        "/etc/nginx/modules-enabled/*.conf",
        "mime.types",
        "/etc/nginx/conf.d/*.conf",
    )
    assert conf.missing_includes == ("/etc/nginx/modules-enabled/*.conf",)
    assert conf.files == (MAIN, "/etc/nginx/mime.types", "/etc/nginx/conf.d/balancer.conf")


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("http {\n", 1, "the block http is never closed"),
        ("user a;\n}\nuser b;\n", 2, "a closing brace too many"),
        ("user a;\n\npid /run/n\n", 3, "pid is not ended by a semicolon"),
        ("http {\n  sendfile on\n}\n", 2, "sendfile is not ended by a semicolon"),
        ("events {\n}\n\n;\n", 4, "a semicolon ends nothing"),
        ("\n{\n}\n", 2, "a block opens without a name"),
        ("user a;\npid 'x;\n", 2, "never closed"),
        ('user a;\n"x\n', 1, "never closed"),
        ("a ${b;\n", 1, "a is not ended by a semicolon"),
        ("\nproxy_pass http://x;\n", 2, "proxy_pass is not allowed here"),
        ("http {\n server {\n  listen;\n }\n}\n", 3, "listen has a wrong number of arguments"),
        ("http {\n sendfile maybe;\n}\n", 2, "sendfile must be on or off"),
        ("events;\n", 1, "events needs a block"),
        ("user a {\n}\n", 1, "user has a block and should have none"),
        ("user a;\ninclude gone.conf;\n", 2, "there is no file gone.conf"),
        ("include a.conf;\n", 1, "there is no file a.conf"),
        ("http {\n upstream u {\n server x:y;\n }\n}", 3, "y is no port"),
        ("http {\n upstream u {\n server x weight=z;\n }\n}", 3, "weight wants a number, not z"),
        ("http {\n upstream u {\n server x fail_timeout=1x;\n }\n}", 3, "1x is no time"),
        ("http {\n access_log /l gone;\n}", 2, "there is no log_format gone"),
    ],
)
def test_problems_name_their_line(text: str, line: int, expected: str) -> None:
    problems = said(text)
    assert [p for p in problems if p.startswith(f"{MAIN}:{line}: ") and expected in p], problems


def test_problems_name_their_file() -> None:
    assert said("http {\n include a.conf;\n}", a="\nlisten 80;\n") == [
        "/etc/nginx/a.conf:2: listen is not allowed here"
    ]
    assert said("include a.conf;\n", a="include nginx.conf;\n") == [
        "/etc/nginx/a.conf:1: nginx.conf includes itself"
    ]


def test_what_is_no_dump() -> None:
    assert [str(p) for p in read_dump("nginx: [emerg] no\n").problems] == [
        "nginx -T:1: nginx printed no configuration"
    ]
    assert [str(p) for p in read_nginx({}).problems] == [f"{MAIN}:1: the file was not given"]


def test_white_space_is_nginxs_own() -> None:
    (one,) = read_tree({MAIN: "a\xa0b\tc\x0bd\r\n\u2003e;"}, MAIN).directives
    assert (one.name, one.args) == ("a\xa0b", ("c\x0bd", "\u2003e"))


def test_lua_is_one_word() -> None:
    text = (
        "http {\n server {\n location / {\n content_by_lua_block {\n a = {}; -- }\n }\n }\n }\n}\n"
    )
    assert said(text) == []
    assert said(text.replace("lua_block {", "lua_block x"))


MONSTERS = {
    "nested": "a {" * 60_000,
    "nested and closed": "a {" * 30_000 + "}" * 30_000,
    "closed": "}" * 60_000,
    "semicolons": ";" * 60_000,
    "quotes": '"' * 60_001,
    "words": "a " * 60_000,
    "one word": "a" * 150_000,
    "backslashes": "\\" * 60_001,
    "dollars": "${" * 60_000,
    "comments": "#\n" * 60_000,
    "comment": "#" * 100_000,
    "nuls": "\0" * 60_000,
    "directives": "a;" * 60_000,
}


@pytest.mark.parametrize("name", MONSTERS)
def test_monsters(name: str) -> None:
    tree = read_tree({MAIN: MONSTERS[name]}, MAIN)
    assert len(tree.problems) <= 101
    assert len(tree.directives) <= MAX_DIRECTIVES


def test_ten_megabytes_deep_nesting_and_many_files_are_cut() -> None:
    assert "longer than" in said("user a;\n" * (MAX_TEXT // 8 + 9))[0]
    assert f"deeper than {MAX_DEPTH} levels" in said("a {\n" * 100 + "}\n" * 100)[0]
    bomb = {f"/etc/nginx/{n}": f"include {n + 1};\n" * 9 for n in range(30)}
    tree = read_tree({MAIN: "include 0;\n", **bomb}, MAIN)
    assert any("more than" in str(problem) for problem in tree.problems)


words = st.text(
    st.characters(
        codec="utf-8",
        exclude_categories=["Cc", "Cs", "Cf", "Cn", "Co", "Zl", "Zp"],
        exclude_characters="\\\ufdd0",
    ),
    max_size=8,
)
names = st.from_regex(r"[a-z_]{1,8}", fullmatch=True).filter(lambda name: name != "if")
directives = st.recursive(
    st.builds(Directive, names, st.lists(words, max_size=3).map(tuple)),
    lambda inner: st.builds(
        Directive,
        names,
        st.lists(words, max_size=2).map(tuple),
        st.lists(inner, max_size=3).map(tuple),
    ),
    max_leaves=6,
)


def shape(one: Directive) -> tuple[object, ...]:
    return one.name, one.args, one.block and tuple(map(shape, one.block))


@given(st.lists(directives, max_size=3).map(tuple))
@settings(deadline=None)
def test_what_is_built_is_read_back_or_refused(made: tuple[Directive, ...]) -> None:
    try:
        text = build(made)
    except NginxBuildError:
        return
    read = read_tree({MAIN: text}, MAIN, check=False)
    assert [shape(one) for one in read.directives if one.name != "include"] == [
        shape(one) for one in made if one.name != "include"
    ]


def test_building_a_balancer() -> None:
    made = Directive(
        "upstream", ("backend",), (Directive("server", ("10.0.0.51:80", "max_fails=2")),)
    )
    formats = Directive("log_format", ("main", "escape=default", r'$msec\t"$request"'))
    location = Directive(
        "location",
        ("/",),
        (Directive("proxy_pass", ("http://backend",)), Directive("return", ("200", "a b;"))),
    )
    condition = Directive("if", ("$a", "=", "b c"), (Directive("break"),))
    text = build((made, formats, Directive("server", (), (location, condition))))
    assert text == (
        "upstream backend {\n    server 10.0.0.51:80 max_fails=2;\n}\n"
        "log_format main escape=default '$msec\\t\"$request\"';\n"
        "server {\n    location / {\n        proxy_pass http://backend;\n        return 200 'a b;';\n    }\n"
        "    if ($a = 'b c') {\n        break;\n    }\n}\n"
    )
    for file, content in split_dump(DUMP).items():
        tree = read_tree({file: content}, file, check=False)
        again = read_tree({file: build(tree.directives)}, file, check=False)
        assert list(map(shape, again.directives)) == list(map(shape, tree.directives))


@pytest.mark.parametrize("word", ["#x", "a\x1bb", "a\nb"])
def test_what_cannot_be_built_is_refused(word: str) -> None:
    with pytest.raises(NginxBuildError):
        build((Directive("a", (word,)),))


@given(st.lists(st.sampled_from(["{", "}", ";", '"', "'", "\\", "#", "\n", " ", "$", "${a}", "a", "include b;", "server {", "http {", "listen 80;", "content_by_lua_block {", "if (", ")", "server x weight=1;", "upstream u {", "\0"]), max_size=30).map("".join))  # fmt: skip
@settings(deadline=None, max_examples=150)
def test_never_raises(text: str) -> None:
    conf = read_nginx({MAIN: text, "/etc/nginx/b": text})
    assert all(problem.line > 0 for problem in conf.problems)
    read_dump(text)
