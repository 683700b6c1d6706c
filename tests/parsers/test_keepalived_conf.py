"""keepalived.conf: what is read, what is wrong and where, and that no password gets out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haconsole.parsers.conf_text import MAX_DEPTH, MAX_TEXT, Statement
from haconsole.parsers.keepalived_conf import (
    Reading,
    extract,
    mask_secrets,
    parse_conf,
    read_conf,
)
from haconsole.parsers.keepalived_version import Version
from tests.parsers.captured import captured, every, name_of


def test_the_tutorials_pair() -> None:
    conf = read_conf(captured("keepalived-2.2.7/healthy/lb01.conf"), "lb01.conf")
    assert conf.router_id == "lb01"
    assert conf.problems == ()
    (script,) = conf.scripts
    assert (script.name, script.script, script.line) == ("check_web", "/tmp/check_web.sh", 5)
    assert (script.interval_s, script.weight, script.fall, script.rise) == (2.0, -60, 2, 2)
    (vi,) = conf.instances
    assert (vi.name, vi.state, vi.interface) == ("VI_1", "MASTER", "eth0")
    assert (vi.vrid, vi.priority, vi.advert_int_s, vi.auth_type) == (50, 150, 1.0, "PASS")
    assert [(v.address, v.prefix) for v in vi.vips] == [("10.0.0.100", None)]
    assert [(t.name, t.weight) for t in vi.track_scripts] == [("check_web", None)]


def test_everything_else() -> None:
    conf = read_conf(captured("keepalived-2.2.7/rich_v3/lb02.conf"))
    assert (conf.vrrp_version, conf.script_security, conf.script_user) == (3, True, "root")
    four, six = conf.instances
    assert (four.nopreempt, four.unicast_source, four.unicast_peers) == (
        True,
        "10.0.0.11",
        ("10.0.0.10",),
    )
    assert (four.vips[0].label, four.vips[0].interface, four.vips[0].prefix) == (
        "eth0:vip",
        "eth0",
        24,
    )
    assert [v.address for v in four.excluded_vips] == ["10.0.0.102"]
    assert [(t.name, t.weight) for t in four.track_scripts] == [("check_load", 7)]
    assert [v.address for v in six.vips] == ["fe80::100", "fd00::100"]
    assert conf.scripts[1].script == "/bin/true now"
    (group,) = conf.sync_groups
    assert (group.name, group.members) == ("G1", ("VI_4", "VI_6"))


def test_fingerprints_tell_equal_from_different() -> None:
    first = read_conf(captured("keepalived-2.2.7/auth_mismatch/lb01.conf")).instances[0]
    second = read_conf(captured("keepalived-2.2.7/auth_mismatch/lb02.conf")).instances[0]
    again = read_conf(captured("keepalived-2.4.3/healthy/lb02.conf")).instances[0]
    assert first.auth_fingerprint != second.auth_fingerprint
    assert first.auth_fingerprint == again.auth_fingerprint
    # only eight characters count on the wire
    long = [read_conf(auth(f"12345678{end}")).instances[0].auth_fingerprint for end in "ab"]
    assert long[0] == long[1]


def auth(password: str) -> str:
    return f"vrrp_instance V {{\n authentication {{\n auth_pass {password}\n }}\n}}\n"


@pytest.mark.parametrize("path", every("keepalived-*/*/*.conf"), ids=name_of)
def test_no_password_in_any_value(path) -> None:
    text = path.read_text()
    tree = parse_conf(text, path.name)
    shown = repr(tree) + repr(extract(tree)) + mask_secrets(text)
    for password in ("123456", "654321"):
        assert password not in shown
    assert extract(tree).problems == ()


def words(text: str, reading: Reading | None = None) -> list[list[str]]:
    tree = parse_conf(text, reading=reading)
    return [[token.text for token in s.tokens] for s in tree.statements]


def test_comments_quotes_escapes_and_continuation() -> None:
    assert words("a b # c\n! d\ne!f\n") == [["a", "b"], ["e"]]
    assert words('a "b # c" d\n') == [["a", "b # c", "d"]]
    # 2.2.0 and later read a line twice, so that the escape is gone the second time
    assert words("a b\\#c\n") == [["a", "b"]]
    assert words("a b\\#c\n", Reading(version=Version(2, 1, 5))) == [["a", "b#c"]]
    # a backslash joins the lines of a definition, and no others
    assert words("a b \\\n  c\nd\n") == [["a", "b\\"], ["c"], ["d"]]
    assert words("a ${X} b") == [["a", "${X}", "b"]]
    assert words("a\r\nb\r\n") == [["a"], ["b"]]


def test_lines_and_columns() -> None:
    (statement,) = parse_conf('\n  # x\n  script  "a b"\n').statements
    assert [(t.line, t.column, t.quoted) for t in statement.tokens] == [
        (3, 3, False),
        (3, 11, True),
    ]
    assert statement.values == ("a b",)


def test_braces_wherever_they_stand() -> None:
    for text in ("a b {\n c d\n}\n", "a b\n{\n c d\n}\n", "a b{ c d }", "a b { c d\n}"):
        (block,) = parse_conf(text).statements
        assert [t.text for t in block.tokens] == ["a", "b"]
        assert block.block is not None
        assert [[t.text for t in s.tokens] for s in block.block] == [["c", "d"]]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a {\n b {\n", 2, "the block b is never closed"),
        ("a\n}\n", 2, "a closing brace too many"),
        ('a "b\n', 1, "a quote is not closed"),
        ("{\n}\n", 1, "a block opens without a name"),
        ("\n\na\0b\n", 3, "a NUL byte"),
        ("a {\n" * (MAX_DEPTH + 9) + "}\n" * (MAX_DEPTH + 9), MAX_DEPTH + 1, "nested deeper"),
        ("vrrp_instance {\n}\n", 1, "vrrp_instance has no name"),
        ("vrrp_instance V {\n priority high\n}\n", 2, "priority wants a number, not high"),
        ("vrrp_instance V {\n virtual_ipaddress {\n 10.0.0.300\n }\n}\n", 3, "is no address"),
        ("vrrp_instance V {\n virtual_ipaddress {\n 10.0.0.1/33\n }\n}\n", 3, "no prefix length"),
        ("vrrp_instance V {\n unicast_src_ip here\n}\n", 2, "here is no address"),
    ],
)
def test_problems_name_their_line(text: str, line: int, said: str) -> None:
    problems = read_conf(text, "x.conf").problems
    assert [str(p) for p in problems if p.line == line and said in str(p)]
    assert str(problems[0]).startswith("x.conf:")


def test_a_file_that_never_ends() -> None:
    conf = read_conf("a b\n" * MAX_TEXT)
    assert "longer than" in str(conf.problems[0])
    deep = parse_conf("a{" * 50_000)
    assert 0 < len(deep.problems) <= 100


def test_lists_add_up() -> None:
    text = "vrrp_instance V {\n" + "virtual_ipaddress {\n 10.0.0.1\n}\n" * 2
    text += "unicast_peer {\n 10.0.0.2\n}\nunicast_peer {\n 10.0.0.3\n}\n}\n"
    (instance,) = read_conf(text).instances
    assert [v.line for v in instance.vips] == [3, 6]
    assert instance.unicast_peers == ("10.0.0.2", "10.0.0.3")


def test_includes_of_every_level() -> None:
    text = "include /etc/a/*.conf\nvrrp_instance V {\n includer b.conf\n}\nincluded\n"
    assert read_conf(text).includes == ("/etc/a/*.conf", "b.conf")


def test_a_crammed_line_hides_its_password_too() -> None:
    shown = repr(parse_conf("authentication { auth_type PASS auth_pass geheim }"))
    assert "geheim" not in shown
    assert "auth_type" in shown


@pytest.mark.parametrize(
    "text",
    [
        "$PASS=geheim\nauth_pass $PASS\n",
        "$A=auth_pass geheim\n$A\n",
        "$A=auth_pass\n$A geheim\n",
        "$B= \\\n auth_pass geheim \\\n x\n$B\n",
        "~LST(P, geheim) auth_pass ${P}\n",
        "@main auth_pass geheim\n",
        "auth_pass \\\n geheim\n",
        'auth_pass "geheim\n',
    ],
)
def test_no_password_comes_out_of_what_is_put_in(text: str) -> None:
    tree = parse_conf(text, reading=Reading(config_id="main"))
    assert "geheim" not in repr(tree) + repr(extract(tree))
    assert any(s.fingerprint for s in tree.statements)


SECRETS = [
    "auth_pass geheim",
    'auth_pass "geheim x"',
    "auth_pass \\\n geheim",
    "  AUTH_PASS\tgeheim # c",
    "# auth_pass geheim",
    'auth_pass "geheim',
    '{"auth_data":"geheim"}',
    "   Password = geheim",
    "proxy_pass http://user:geheim@10.0.0.20/;",
    'proxy_set_header Authorization "Basic geheim";',
    "proxy_set_header Authorization 'Bearer geheim';",
    'set $api_key "geheim";',
    "my_secret=geheim other",
    "auth_hmac {\n key 1 geheim\n active_key 1\n}",
    "$P=geheim\nauth_pass $P",
    "  @lb01 $P=geheim\nauth_pass ${P}",
    '$P="geheim x"\nauth_pass "${P}"',
    "$P=${Q}${R}\n$Q=a\n$R=geheim # c\nauth_pass a${P}",
    "~LST(P, geheim, x) auth_pass ${P}",
    "$P= \\\n  geheim\nauth_pass $P",
    "auth_pass ${geheim}",
    "-----BEGIN RSA PRIVATE KEY-----\ngeheim\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----\ngeheim",
]


@pytest.mark.parametrize("text", SECRETS)
def test_secrets_are_masked(text: str) -> None:
    masked = mask_secrets(f"before\n{text}\nafter")
    assert "geheim" not in masked
    assert "********" in masked
    assert masked.startswith("before\n")
    if "PRIVATE KEY" not in text:
        assert masked.endswith("after")
        assert masked.count("\n") == text.count("\n") + 2
    assert mask_secrets(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "server_tokens off;",
        "ssl_password_file /etc/nginx/pass;",
        "auth_basic_user_file /etc/nginx/.htpasswd;",
        "proxy_set_header X-Token $http_token;",
        "virtual_router_id 50\npriority 150",
        "proxy_pass http://backend:80/;",
        "$IF=eth0\ninterface $IF\nset $a b;",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert mask_secrets(text) == text


def holds(statement: Statement, secret: str) -> bool:
    """Whether a secret is in the clear anywhere in a statement."""
    return secret in repr(statement)


@given(
    secret=st.text(alphabet="abcXYZ0123456789_.,:+*?/", min_size=6, max_size=12).map("QQ".__add__),
    quote=st.booleans(),
    before=st.sampled_from(["", "  ", "auth_type PASS\n ", "x { ", "# "]),
    after=st.sampled_from(["", " ", "\n}", " # c", "\r\n", " }"]),
)
def test_no_password_survives(secret: str, quote: bool, before: str, after: str) -> None:
    word = f'"{secret}"' if quote else secret
    text = f"a {{\n{before}auth_pass {word}{after}\n"
    assert secret not in mask_secrets(text)
    assert not any(holds(s, secret) for s in parse_conf(text).statements)


def test_what_decides_how_long_a_failover_takes() -> None:
    conf = read_conf("""
global_defs {
    vrrp_garp_master_refresh 60
    vrrp_garp_master_delay 3
    vrrp_down_timer_adverts 4
    vrrp_higher_prio_send_advert
}
vrrp_sync_group G {
    group { A }
    sync_group_tracking_weight
}
vrrp_sync_group H {
    group { B }
}
vrrp_instance A {
    down_timer_adverts 5
    garp_master_refresh 10
    garp_master_delay 0
    higher_prio_send_advert off
    strict_mode yes
    track_process { nginx weight 20 }
    track_file { flag }
}
vrrp_instance B {
}
""")
    assert (conf.garp_refresh_s, conf.down_timer_adverts, conf.higher_prio_send_advert) == (
        60,
        4,
        True,
    )
    assert [group.tracks_weight for group in conf.sync_groups] == [True, False]
    assert [conf.garp_delay_s, *(one.garp_delay_s for one in conf.instances)] == [3, 0, None]
    a, b = conf.instances
    assert (a.garp_refresh_s, a.down_timer_adverts, a.higher_prio_send_advert) == (10, 5, False)
    assert (a.other_tracks, a.strict) == (("nginx", "flag"), True)
    assert (b.garp_refresh_s, b.down_timer_adverts, b.higher_prio_send_advert) == (None, None, None)
    assert (b.other_tracks, b.strict) == ((), False)
