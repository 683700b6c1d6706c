"""Each mistake is named with its line, its path, what it is and what was expected."""

import pytest

from tests.inventory.texts import GOOD, changed, printed, problems, site

KEYS = "the key"
NEAREST = "; expected a known key; the nearest is "
SECRET = (
    "secrets do not belong in an inventory; expected no key '{}': passwords and passphrases are"
    " asked for on the screen when they are needed, or use 'key' with a key file, or an SSH agent"
)
HOST = "expected an IPv4 or IPv6 address, or a host name"
LB = "      lb01: 10.0.0.10\n"
VIP = "      - 10.0.0.100\n"


def test_the_inventory_that_the_mistakes_are_made_in_is_good() -> None:
    assert len(site(GOOD).hosts) == 3


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        # Keys
        ("site: shop", "site: shop\nraed_only: true", "2: raed_only: unknown key 'raed_only'"
         + NEAREST + "'read_only'"),
        ("user: ops", "username: ops", "2: defaults.username: unknown key 'username'" + NEAREST
         + "'user'"),
        ("user: ops", "colour: red", "2: defaults.colour: unknown key 'colour'; expected one of"
         " user, port, key, become, known_hosts, ssh_config, connect_timeout"),
        ("    via: inner\n", "    via: inner\n    via: bastion\n", "9: clusters.pair.via: this key"
         " was already written on line 8; expected every key once"),
        (LB, LB + LB, "13: clusters.pair.lbs.lb01: this key was already written on line 12;"
         " expected every key once"),
        ("site: shop\n", "", "1: inventory: the key 'site' is missing; expected a name of 1 to 64"
         " characters"),
        ("    vips:\n" + VIP, "", "7: clusters.pair: the key 'vips' is missing; expected a list of"
         " at least one VIP"),
        ("lb01: 10.0.0.10", "lb01: {user: x}", "12: clusters.pair.lbs.lb01: the key 'address' is"
         " missing; expected an IPv4 or IPv6 address, or a host name"),
        # Numbers and sizes
        ("      lb02: 10.0.0.11\n", "", "11: clusters.pair.lbs: there is only one here; expected a"
         " mapping of names to hosts, at least two LBs"),
        (VIP, "      []\n", "9: clusters.pair.vips: this list is empty; expected a list of at"
         " least one VIP"),
        ("user: ops", "port: 65536", "2: defaults.port: '65536' is out of range; expected a port,"
         " a whole number from 1 to 65535"),
        ("user: ops", "port: 22.5", "2: defaults.port: '22.5' is a number in YAML; expected a"
         " port, a whole number from 1 to 65535"),
        ("user: ops", "port: '22'", "2: defaults.port: '22' stands here; expected a port, a whole"
         " number from 1 to 65535, without quotes"),
        ("    via: inner\n", "    via: inner\n    vrid: 0\n", "9: clusters.pair.vrid: '0' is out of"
         " range; expected a virtual router id, a whole number from 1 to 255"),
        ("user: ops", "connect_timeout: .inf", "2: defaults.connect_timeout: '.inf' is a number in"
         " YAML; expected seconds, a number above 0 and at most 300"),
        ("user: ops", "connect_timeout: 301", "2: defaults.connect_timeout: '301' is out of range;"
         " expected seconds, a number above 0 and at most 300"),
        # Types, and what YAML makes of plain values
        ("{user: ops}", "ops", "2: defaults: 'ops' stands here; expected a mapping of defaults for"
         " every host"),
        ("user: ops", "user: no", "2: defaults.user: 'no' without quotes means false in YAML;"
         " expected the name of a user on the host, in quotes if it is meant"),
        ("user: ops", "become: yes", "2: defaults.become: 'yes' without quotes means true in YAML;"
         " expected sudo or none"),
        ("user: ops", "user: 1001", "2: defaults.user: '1001' is a number in YAML; expected the"
         " name of a user on the host, in quotes if it is meant"),
        ("user: ops", "user: 2024-01-31", "2: defaults.user: '2024-01-31' without quotes is a date"
         " in YAML; expected the name of a user on the host, in quotes if it is meant"),
        ("user: ops", "port: 0123", "2: defaults.port: '0123' without quotes is the number 83 in"
         " YAML; expected a port, a whole number from 1 to 65535"),
        ("user: ops", "port: 1:30", "2: defaults.port: '1:30' without quotes is the number 90 in"
         " YAML; expected a port, a whole number from 1 to 65535"),
        ("user: ops", "port: 0x16", "2: defaults.port: '0x16' without quotes is the number 22 in"
         " YAML; expected a port, a whole number from 1 to 65535"),
        ("user: ops", "key: ~", "2: defaults.key: '~' without quotes means 'nothing' in YAML;"
         " expected the path of a file on this machine, in quotes if it is meant"),
        ("user: ops", "user: [a]", "2: defaults.user: a list stands here; expected the name of a"
         " user on the host"),
        ("    via: inner\n", "    via:\n", "8: clusters.pair.via: nothing is written here; expected"
         " the name of a jump host, a list of them (the one nearest to you first), or none"),
        ("lb01: 10.0.0.10", "lb01: 1:2:3", "12: clusters.pair.lbs.lb01: '1:2:3' without quotes is"
         f" the number 3723 in YAML; {HOST}, in quotes if it is meant"),
        ("web01: 10", "no: 10", "15: clusters.pair.webs.no: 'no' without quotes means false in"
         " YAML; expected a key in quotes"),
        ("site: shop", "site: shop\nlab: 'true'", "2: lab: 'true' stands here; expected true or"
         " false, without quotes"),
        # Names
        ("site: shop", "site: ''", "1: site: this text is empty; expected a name of 1 to 64"
         " characters"),
        ("web01: 10", "'': 10", '15: clusters.pair.webs."": this text is empty; expected a name of'
         " 1 to 64 characters"),
        ("web01: 10", '"w\\e[31mb": 10', '15: clusters.pair.webs."w\\x1b[31mb": there is an'
         " invisible or control character (U+001B); expected a name of 1 to 64 characters"),
        ("web01: 10", '"w\\u202eb": 10', '15: clusters.pair.webs."w\\u202eb": there is an'
         " invisible or control character (U+202E); expected a name of 1 to 64 characters"),
        ("web01: 10", '" web": 10', "15: clusters.pair.webs.\" web\": ' web' is not that; expected"
         " a name of 1 to 64 characters"),
        ("site: shop", f"site: {'x' * 65}", "1: site: longer than 64 characters; expected a name of"
         " 1 to 64 characters"),
        ("  bastion: 203", "  none: h\n  bastion: 203", "4: jumps.none: 'none' cannot stand here; expected the name"
         " of a jump host of 1 to 64 characters (other than none)"),
        ("web01: 10", "lb02: 10", "15: clusters.pair.webs.lb02: the name 'lb02' is taken by"
         " clusters.pair.lbs.lb02 on line 13; expected a name of its own for every host"),
        ("web01: 10", "bastion: 10", "15: clusters.pair.webs.bastion: the name 'bastion' is taken"
         " by jumps.bastion on line 4; expected a name of its own for every host"),
        # Addresses
        ("10.0.0.10\n", "10.0.0.256\n", "12: clusters.pair.lbs.lb01: '10.0.0.256' is no address; "
         + HOST),
        ("10.0.0.10\n", "10.0.0.010\n", "12: clusters.pair.lbs.lb01: '10.0.0.010' has a leading"
         " zero, which some programs read as octal; " + HOST),
        ("10.0.0.10\n", "fd00::12345\n", "12: clusters.pair.lbs.lb01: 'fd00::12345' is no address; "
         + HOST),
        ("10.0.0.10\n", "-oProxyCommand\n", "12: clusters.pair.lbs.lb01: '-oProxyCommand' is no"
         " address; " + HOST),
        ("10.0.0.10\n", "ops@10.0.0.10\n", "12: clusters.pair.lbs.lb01: a user name stands in the"
         " address; it goes under 'user'; " + HOST),
        ("10.0.0.10\n", "10.0.0.10:22\n", "12: clusters.pair.lbs.lb01: '10.0.0.10:22' has a port;"
         " it goes under 'port'; " + HOST),
        ("10.0.0.10\n", "10.0.0.10/24\n", "12: clusters.pair.lbs.lb01: '10.0.0.10/24' has a prefix"
         " length or a path; " + HOST),
        ("10.0.0.10\n", "'[fd00::1]'\n", "12: clusters.pair.lbs.lb01: '[fd00::1]' stands in"
         " brackets; they and a port are not part of it; " + HOST),
        ("10.0.0.10\n", "ssh://h\n", "12: clusters.pair.lbs.lb01: 'ssh://h' is a URL; " + HOST),
        ("10.0.0.51", "10.0.0.10", "15: clusters.pair.webs.web01: the address '10.0.0.10', port"
         " 22, is that of clusters.pair.lbs.lb01 on line 12; expected an address of its own for"
         " every host"),
        # VIPs
        (VIP, "      - 10.0.0.300\n", "10: clusters.pair.vips[0]: '10.0.0.300' is no address;"
         " expected an IPv4 or IPv6 address, or one with its prefix length such as 10.0.0.100/24"),
        (VIP, "      - 10.0.0.100/33\n", "10: clusters.pair.vips[0]: '33' is no prefix length of"
         " this address; expected a whole number from 1 to 32"),
        (VIP, "      - {address: 'fd00::1/0'}\n", "10: clusters.pair.vips[0].address: '0' is no"
         " prefix length of this address; expected a whole number from 1 to 128"),
        (VIP, "      - 10.0.0.0/24\n", "10: clusters.pair.vips[0]: '10.0.0.0/24' is the network's"
         " own or its broadcast address; expected the address of a host in that network"),
        (VIP, "      - 224.0.0.18\n", "10: clusters.pair.vips[0]: '224.0.0.18' is no address that"
         " one host can own; expected an IPv4 or IPv6 address, or one with its prefix length such"
         " as 10.0.0.100/24"),
        (VIP, "      - '::ffff:10.0.0.9'\n", "10: clusters.pair.vips[0]: '::ffff:10.0.0.9' is an"
         " IPv4 address written as IPv6; expected the IPv4 address itself"),
        (VIP, "      - fe80::1%eth0\n", "10: clusters.pair.vips[0]: 'fe80::1%eth0' names an"
         " interface; it goes under 'interface'; expected an IPv4 or IPv6 address, or one with its"
         " prefix length such as 10.0.0.100/24"),
        (VIP, "      - fd00::9\n      - FD00:0::9/64\n", "11: clusters.pair.vips[1]: the VIP"
         " fd00::9 already stands on line 10; expected every VIP once in a site (sites that"
         " overlap take an inventory each)"),
        (VIP, "      - 10.0.0.11\n", "10: clusters.pair.vips[0]: the VIP 10.0.0.11 is the address"
         " of 'lb02' on line 13; expected an address that no host has of its own"),
        (VIP, "      - {address: 10.0.0.100, interface: eth/0}\n", "10: clusters.pair.vips[0]"
         ".interface: 'eth/0' is not that; expected the name of a network interface, such as eth0,"
         " of 1 to 15 characters"),
        (VIP, "      - {address: 10.0.0.100, check: 'http://10.0.0.9/'}\n", "10: clusters.pair"
         ".vips[0].check: this URL asks 10.0.0.9, which is not this VIP; expected a URL whose host"
         " is 10.0.0.100"),
        (VIP, "      - {address: 10.0.0.100, check: 'ftp://10.0.0.100/'}\n", "10: clusters.pair"
         ".vips[0].check: 'ftp://10.0.0.100/' is no such URL; expected a URL of the VIP itself,"
         " such as http://10.0.0.100:8080/health"),
        (VIP, "      - {address: 10.0.0.100, check: 'http://10.0.0.100:0/'}\n", "10: clusters.pair"
         ".vips[0].check: '0' is no port; expected a URL of the VIP itself, such as"
         " http://10.0.0.100:8080/health"),
        (VIP, "      - {address: 10.0.0.100, check: 'http://shop/'}\n", "10: clusters.pair.vips[0]"
         ".check: the host 'shop' of this URL is no address; expected a URL of the VIP itself,"
         " such as http://10.0.0.100:8080/health"),
        # Paths
        ("user: ops", "known_hosts: none", "2: defaults.known_hosts: 'none' cannot stand here;"
         " expected the path of a file on this machine"),
        ("user: ops", "key: ~nobody-of-this-name/id", "2: defaults.key: '~nobody-of-this-name/id'"
         " names no home directory that is known here; expected the path of a file on this"
         " machine"),
        ("    via: inner\n", "    via: inner\n    hit_log: log\n", "9: clusters.pair.hit_log: 'log'"
         " is not that; expected the absolute path of a file on the LBs"),
        # Secrets
        ("user: ops", "password: hunter2", "2: defaults.password: " + SECRET.format("password")),
        ("user: ops", "ansible_become_pass: x", "2: defaults.ansible_become_pass: "
         + SECRET.format("ansible_become_pass")),
        ("10.0.0.51\n", "{address: 10.0.0.51, Passphrase: x}\n", "15: clusters.pair.webs.web01"
         ".Passphrase: " + SECRET.format("Passphrase")),
        ("web01: 10.0.0.51", "password: hunter2", "15: clusters.pair.webs.password: "
         + SECRET.format("password")),
        ("user: ops", "key: '-----BEGIN OPENSSH PRIVATE KEY-----'", "2: defaults.key: a private"
         " key stands here in clear; expected the path of its file under 'key', or nothing: an SSH"
         " agent is asked by itself"),
        ("user: ops", "user: !vault x", "2: defaults.user: this is a value encrypted by Ansible"
         " Vault, which is not opened here; expected no secret at all: it is asked for on the"
         " screen when it is needed"),
    ],
)  # fmt: skip
def test_mistake(old: str, new: str, said: str) -> None:
    assert printed(changed(old, new)) == [f"shop.yaml:{said}"]


def test_vrids_of_two_clusters_in_one_network() -> None:
    text = changed(VIP, "      - {address: 10.0.0.100/24, vrid: 51}\n") + (
        "  other:\n    via: inner\n    vrid: 51\n    vips: [10.0.0.200/24]\n"
        "    lbs: {lb03: 10.0.0.20, lb04: 10.0.0.21}\n"
    )
    assert printed(text) == [
        "shop.yaml:19: clusters.other.vips[0]: the VRID 51 is used by the cluster 'pair' in the"
        " same network; expected a VRID of its own for every cluster of a network"
    ]
    assert len(site(text.replace("via: inner\n    vrid", "via: none\n    vrid")).clusters) == 2
    assert len(site(text.replace("10.0.0.200/24", "10.0.1.200/24")).clusters) == 2
    assert len(site(text.replace("10.0.0.200/24", "10.0.0.200")).clusters) == 2


def test_a_host_of_another_network_may_have_the_address_of_a_vip() -> None:
    text = changed(VIP, "      - 10.0.0.100\n") + (
        "  other:\n    vips: [10.9.0.1]\n    lbs: {lb03: 10.0.0.100, lb04: 10.0.0.21}\n"
    )
    assert len(site(text).clusters) == 2
    assert "is the address of 'lb03'" in str(
        problems(text.replace("    vips: [10.9", "    via: inner\n    vips: [10.9"))[0]
    )


def test_secrets_are_found_below_unknown_keys_and_never_shown() -> None:
    text = changed("user: ops", "user: ops, auth: {login: [{sudo_password: hunter2}]}")
    lines = printed(text)
    assert [line.split(": ")[1] for line in lines] == [
        "defaults.auth",
        "defaults.auth.login[0].sudo_password",
    ]
    assert "hunter2" not in "".join(lines)


def test_pasted_key_files_are_not_shown() -> None:
    pem = "-----BEGIN OPENSSH PRIVATE KEY-----\n" + "b3BlbnNzaC1rZXk\n" * 3
    block = "|\n" + "".join(f"    {line}\n" for line in pem.splitlines())
    for text in (
        changed("defaults: {user: ops}\n", f"defaults:\n  key: {block}"),
        changed("defaults: {user: ops}\n", f"defaults:\n  port: {block}"),
        changed("defaults: {user: ops}\n", f"defaults:\n  odd: [{pem!r}]\n"),
        changed("defaults: {user: ops}\n", f"defaults:\n  become: {block}"),
        changed("defaults: {user: ops}\n", f"read_only: {block}"),
        changed("defaults: {user: ops}\n", f"defaults: {block}"),
    ):
        said = "\n".join(printed(text))
        assert "a private key stands here in clear" in said
        assert "b3Bl" not in said


def test_all_mistakes_are_found_in_one_pass_in_the_order_of_lines() -> None:
    text = (
        GOOD.replace("site: shop", "site: ''")
        .replace("user: ops", "port: 0, colour: red")
        .replace("203.0.113.7", "203.0.113.777")
        .replace("via: inner", "via: outer")
        .replace("10.0.0.100", "10.0.0.11")
        .replace("10.0.0.51", "{address: 10.0.0.10, port: none}")
    )
    found = problems(text)
    assert [(problem.line, problem.path) for problem in found] == [
        (1, "site"),
        (2, "defaults.port"),
        (2, "defaults.colour"),
        (4, "jumps.bastion"),
        (8, "clusters.pair.via"),
        (10, "clusters.pair.vips[0]"),
        (15, "clusters.pair.webs.web01.port"),
    ]


def test_a_refused_value_causes_no_further_complaints() -> None:
    text = changed("  bastion: 203.0.113.7\n", "  bastion: []\n")
    assert printed(text) == [
        "shop.yaml:4: jumps.bastion: a list stands here; expected an address, or a mapping with"
        " the key address"
    ]


def test_values_in_errors_are_cleaned_and_short() -> None:
    (problem,) = problems(changed("10.0.0.10\n", '"\\e]0;x\\a%s"\n' % ("a" * 500)))
    assert problem.message.isprintable()
    (problem,) = problems(changed("10.0.0.10\n", f"{'é' * 500}\n"))
    assert len(problem.message) < 150
    (problem,) = problems(changed("user: ops", '"us\\u0007er": ops'))
    assert problem.path == 'defaults."us\\x07er"'


def test_an_alias_is_blamed_where_it_stands() -> None:
    text = changed("203.0.113.7", "&x 203.0.113.777").replace("10.0.0.51", "*x")
    assert [problem.line for problem in problems(text)] == [4, 15]
