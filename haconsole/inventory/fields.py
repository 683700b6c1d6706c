"""The one table of what an inventory may hold; validator and JSON Schema are both read off it."""

from __future__ import annotations

from haconsole.domain.model import Become
from haconsole.domain.notes import note

from .scalars import Number, Text, Truth, WordOr, Words
from .shapes import Either, Field, ListOf, NamesOf, RecordOf
from .values import check_url, host_address, local_path, vip_address

#: What undoes a default: `via: none`, `key: none`, `ssh_config: none`, `become: none`.
NONE = "none"

_NAME_FORM = r"\S(?:.*\S)?"

NAME = Text(note("a name of 1 to 64 characters"), "name", _NAME_FORM, 64)
JUMP_NAME = Text(
    note("the name of a jump host of 1 to 64 characters (other than none)"),
    "jumpName",
    _NAME_FORM,
    64,
    forbidden=(NONE,),
)
ADDRESS = Text(
    note("an IPv4 or IPv6 address, or a host name"),
    "address",
    r"[A-Za-z0-9_:.%-]+",
    convert=host_address,
    examples=("10.0.0.10", "fd00::10", "lb01.example.com"),
)
VIP_ADDRESS = Text(
    note("an IPv4 or IPv6 address, with or without its prefix length"),
    "vipAddress",
    r"[0-9A-Fa-f:.]+(?:/[0-9]{1,3})?",
    64,
    convert=vip_address,
    examples=("10.0.0.100", "10.0.0.100/24", "fd00::100/64"),
)
USER = Text(note("the name of a user on the host"), "user", _NAME_FORM, 128)
INTERFACE = Text(
    note("the name of a network interface, such as eth0, of 1 to 15 characters"),
    "interface",
    r"[!-.0-9;-~]+",
    15,
    forbidden=(".", ".."),
    examples=("eth0", "ens192", "bond0.100"),
)
CHECK = Text(
    note("a URL of the VIP itself, such as http://10.0.0.100:8080/health"),
    "checkUrl",
    r"https?://[!-~]+",
    1024,
    convert=check_url,
    examples=("http://10.0.0.100:8080/health", "https://[fd00::100]/"),
)
LOCAL_PATH = Text(
    note("the path of a file on this machine"),
    "localPath",
    longest=1024,
    forbidden=(NONE,),
    convert=local_path,
    examples=("~/.ssh/id_ed25519", "keys/shop"),
)
REMOTE_PATH = Text(
    note("the absolute path of a file on the LBs"),
    "remotePath",
    r"/.*",
    1024,
    examples=("/var/log/nginx/access.log",),
)
PORT = Number(note("a port, a whole number from 1 to 65535"), 1, 65535)
VRID = Number(note("a virtual router id, a whole number from 1 to 255"), 1, 255)
SECONDS = Number(note("seconds, a number above 0 and at most 300"), 0, 300, whole=False)


_SOME_PATHS = ListOf(note("a path, a list of paths, or none"), LOCAL_PATH)
PATHS = Either(_SOME_PATHS.expected, WordOr(NONE, (), LOCAL_PATH), several=_SOME_PATHS)
_SOME_JUMPS = ListOf(
    note("the name of a jump host, a list of them (the one nearest to you first), or none"),
    JUMP_NAME,
)
VIA = Either(_SOME_JUMPS.expected, WordOr(NONE, (), JUMP_NAME), several=_SOME_JUMPS)
BECOME = Words(note("sudo or none"), {each.value: each for each in Become})

_PORT = Field("port", PORT, "Port of the SSH server.", also=("ssh_port",))
_VIA = Field(
    "via",
    VIA,
    "The way to it: a jump host by name, or a chain of them with the one nearest to you first."
    " 'none' goes there directly, whatever the cluster says.",
    also=("jump", "jumps", "proxy", "proxy_jump", "bastion", "gateway"),
)
_ACCESS = (
    Field(
        "user",
        USER,
        "User to log in as. Default: what the SSH configuration says, else your own name.",
        also=("username", "login", "ssh_user", "ansible_user"),
    ),
    _PORT,
    Field(
        "key",
        PATHS,
        "Private key files to log in with (relative paths start at this file); a passphrase"
        " is asked for on the screen. 'none' undoes"
        " a default. Without any, the SSH agent, the usual key files and passwords are tried.",
        also=("keys", "identity", "identity_file", "key_file", "ssh_key"),
    ),
    Field(
        "become",
        BECOME,
        "How root rights are had: through sudo, or not at all. A password is asked for on the"
        " screen.",
        also=("sudo", "root", "become_method"),
        default="none",
    ),
    Field(
        "known_hosts",
        LOCAL_PATH,
        "File of host keys. Default: those of your SSH client. Relative paths start at this file.",
        also=("host_keys",),
    ),
    Field(
        "ssh_config",
        PATHS,
        "SSH client configuration to honour; 'none' for no file. Default: ~/.ssh/config.",
        also=("config",),
    ),
    Field(
        "connect_timeout",
        SECONDS,
        "Seconds to wait for a connection.",
        also=("timeout",),
        default=10,
    ),
)
DEFAULTS = RecordOf(note("a mapping of defaults for every host"), "defaults", _ACCESS)

_ADDRESS = Field(
    "address",
    ADDRESS,
    "Where its SSH server is reached: an address, or a name from DNS or the SSH configuration.",
    required=True,
    also=("host", "hostname", "ip", "addr", "ansible_host"),
)
_HOST_FIELDS = (_ADDRESS, *_ACCESS, _VIA)
HOST = RecordOf(note("an address, or a mapping with the key address"), "host", _HOST_FIELDS)
HOST_OR_ADDRESS = Either(HOST.expected, ADDRESS, record=HOST, short="address")

_INTERFACE = Field(
    "interface",
    INTERFACE,
    "Network interface of the LBs that carries the VIP. Default: the node is asked.",
    also=("nic", "dev", "device", "iface"),
)
_VRID = Field(
    "vrid",
    VRID,
    "Virtual router id (virtual_router_id in keepalived.conf). Default: the daemon is asked.",
    also=("virtual_router_id", "router_id"),
)
VIP = RecordOf(
    note("an address, or a mapping with the key address"),
    "vip",
    (
        Field(
            "address",
            VIP_ADDRESS,
            "The virtual address, with or without its prefix length.",
            required=True,
            also=("ip", "vip", "addr"),
        ),
        _INTERFACE,
        _VRID,
        Field(
            "check",
            CHECK,
            "URL to ask an answer of; its host is the VIP. Default: http://VIP/. The name in a"
            " certificate is not verified.",
            also=("url", "health", "health_check"),
        ),
    ),
)
VIP_OR_ADDRESS = Either(VIP.expected, VIP_ADDRESS, record=VIP, short="address")

CLUSTER = RecordOf(
    note("a mapping with the keys vips and lbs"),
    "cluster",
    (
        _VIA,
        Field(
            "vips",
            ListOf(note("a list of at least one VIP"), VIP_OR_ADDRESS),
            "Virtual addresses that the LBs share.",
            required=True,
            also=("vip", "virtual_ipaddress", "addresses"),
        ),
        _INTERFACE,
        _VRID,
        Field(
            "hit_log",
            REMOTE_PATH,
            "Access log on the LBs. Default: the files that are known, best first.",
            also=("access_log", "log"),
        ),
        Field(
            "lbs",
            NamesOf(
                note("a mapping of names to hosts, at least two LBs"), NAME, HOST_OR_ADDRESS, 2
            ),
            "The load balancers: nodes that run nginx and keepalived.",
            required=True,
            also=("lb", "loadbalancers", "load_balancers", "balancers", "nodes"),
        ),
        Field(
            "webs",
            NamesOf(note("a mapping of names to hosts"), NAME, HOST_OR_ADDRESS),
            "The web nodes behind the LBs.",
            also=("web", "backends", "web_nodes", "servers"),
        ),
    ),
)

SITE = RecordOf(
    note("a mapping with the keys site and clusters"),
    "inventory",
    (
        Field("site", NAME, "Name of the site.", required=True, also=("name",)),
        Field(
            "lab",
            Truth(),
            "Faults may be injected here: never true for production.",
            default=False,
        ),
        Field(
            "read_only",
            Truth(),
            "Refuse every change, whatever the command line says.",
            also=("readonly",),
            default=False,
        ),
        Field("defaults", DEFAULTS, "What holds for every host that does not say otherwise."),
        Field(
            "jumps",
            NamesOf(note("a mapping of names to hosts"), JUMP_NAME, HOST_OR_ADDRESS),
            "Hosts that are the way to others.",
            also=("jump", "bastions", "jump_hosts", "gateways"),
        ),
        Field(
            "clusters",
            NamesOf(note("a mapping of names to clusters, at least one"), NAME, CLUSTER, 1),
            "LBs that share VIPs, and the web nodes behind them.",
            required=True,
            also=("cluster", "pairs", "groups"),
        ),
    ),
)

#: Everything that the schema describes once, under ``$defs``.
DEFINED = (
    NAME,
    JUMP_NAME,
    ADDRESS,
    VIP_ADDRESS,
    USER,
    INTERFACE,
    CHECK,
    LOCAL_PATH,
    REMOTE_PATH,
    DEFAULTS,
    HOST,
    VIP,
    CLUSTER,
)
