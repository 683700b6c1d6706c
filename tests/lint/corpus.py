"""keepalived.conf files made from the grammar, by a seed: as people write them, good and bad.

Everything that they need is on every host: the interface eth0, /bin/true, the user root.
"""

from __future__ import annotations

from random import Random

Block = list[str]

#: Setting → values that are taken and, behind them, values that are not.
_INSTANCE = {
    "priority": (["1", "50", "100", "150", "254"], ["0", "256", "-1", "high", "1.5"]),
    "advert_int": (["1", "2", "5"], ["0", "300", "fast", "-1"]),
    "preempt_delay": (["5", "0", "300"], ["1001", "-5", "x"]),
    "garp_master_delay": (["5", "0"], ["-1", "later"]),
    "garp_master_refresh": (["60", "0"], ["-2", "x"]),
    "garp_master_repeat": (["1", "5"], ["0", "-1"]),
    "garp_lower_prio_delay": (["0", "10"], ["-1"]),
    "debug": (["0", "4"], ["5", "all"]),
    "version": (["2"], ["4", "1", "two"]),
}
_BARE = ["nopreempt", "dont_track_primary", "promote_secondaries", "smtp_alert", "accept"]
_SCRIPT = {
    "interval": (["1", "2", "5"], ["-1", "soon"]),
    "timeout": (["1", "3"], ["-2", "x"]),
    "weight": (["0", "-60", "60", "-20", "2"], ["254", "-300", "heavy"]),
    "rise": (["1", "2"], ["0", "-1", "x"]),
    "fall": (["1", "3"], ["0", "-1", "x"]),
}
_GLOBAL = {
    "vrrp_garp_master_refresh": (["60"], ["-1", "x"]),
    "vrrp_garp_master_delay": (["5"], ["-1", "x"]),
    "vrrp_version": (["2", "2", "3"], ["1", "4", "x"]),
    "vrrp_garp_master_repeat": (["5"], ["0", "x"]),
}
_GLOBAL_BARE = ["vrrp_skip_check_adv_addr", "vrrp_higher_prio_send_advert true", "vrrp_no_swap"]
_TYPOS = ["prioritiy 100", "virtual_router 5", "intervall 2", "track_scripts", "foo bar", "state"]


class _Maker:
    def __init__(self, random: Random, bad: float) -> None:
        self._random = random
        self._bad = bad

    def _is(self, probability: float) -> bool:
        return self._random.random() < probability

    def _setting(self, table: dict[str, tuple[list[str], list[str]]], key: str) -> str:
        good, bad = table[key]
        return f"{key} {self._random.choice(bad if self._is(self._bad) else good)}"

    def _some(self, table: dict[str, tuple[list[str], list[str]]], most: int) -> Block:
        keys = self._random.sample(sorted(table), self._random.randint(0, most))
        return [self._setting(table, key) for key in keys]

    def _typo(self) -> Block:
        return [self._random.choice(_TYPOS)] if self._is(self._bad / 2) else []

    def globals(self) -> Block:
        lines = ["router_id lb01"] if self._is(0.8) else []
        if self._is(0.96):
            lines += ["enable_script_security", "script_user root"]
        lines += self._some(_GLOBAL, 2)
        lines += self._random.sample(_GLOBAL_BARE, self._random.randint(0, 2))
        if self._is(self._bad):
            lines.append("vrrp_strict")
        return block("global_defs", lines + self._typo())

    def script(self, name: str) -> Block:
        lines = ['script "/bin/true"'] if not self._is(self._bad / 2) else []
        return block(f"vrrp_script {name}", lines + self._some(_SCRIPT, 4) + self._typo())

    def instance(self, number: int, scripts: list[str]) -> Block:
        pick = self._random.choice
        lines = []
        if self._is(0.9):
            lines.append(
                f"state {pick(['MASTER', 'BACKUP', 'BACKUP'] + ['OWNER'] * self._is(self._bad))}"
            )
        if not self._is(self._bad / 3):
            lines.append("interface eth0")
        if not self._is(self._bad / 3):
            lines.append(
                f"virtual_router_id {number + 50 if not self._is(self._bad) else pick(['0', '256', 'x', '51'])}"
            )
        lines += [one for one in self._some(_INSTANCE, 5) if self._is(0.9)]
        if self._is(0.8) and not any(one.startswith("priority") for one in lines):
            lines.append(f"priority {pick(['50', '100', '150'])}")
        if self._is(0.1 + self._bad):
            lines.append(pick(_BARE))
        if self._is(0.4):
            lines += self._authentication()
        if self._is(0.3):
            lines += self._unicast()
        lines += self._addresses(number)
        lines += self._tracks(scripts) + self._more(number)
        self._random.shuffle(lines) if not any("{" in one for one in lines) else None
        return block(f"vrrp_instance VI_{number}", lines + self._typo())

    def _more(self, number: int) -> Block:
        """What few files have."""
        lines = []
        if self._is(self._bad):
            weight = self._random.choice(
                ["", " weight 10", *[" weight 999", " wait"] * self._is(self._bad)]
            )
            lines += block("track_interface", [f"eth0{weight}"])
        if self._is(0.1):
            lines += block("virtual_ipaddress_excluded", [f"10.9.{number}.1/32 dev eth0"])
        if self._is(0.1):
            lines.append('notify_master "/bin/true up"')
        if self._is(0.1):
            lines.append(self._random.choice(["strict_mode", "strict_mode off", "native_ipv6"]))
        if self._is(0.1):
            lines.append(f"mcast_src_ip {'10.0.0.11' if not self._is(self._bad) else '10.0.0'}")
        return lines

    def _authentication(self) -> Block:
        password = "s3cr3t" if not self._is(self._bad) else "much-too-long-a-password"
        lines = [
            f"auth_type {'PASS' if not self._is(self._bad) else 'HASH'}",
            f"auth_pass {password}",
        ]
        return block("authentication", lines[: 2 - self._is(self._bad / 2)])

    def _unicast(self) -> Block:
        source = (
            "10.0.0.11"
            if not self._is(self._bad / 2)
            else self._random.choice(["10.0.0.300", "fe80::1"])
        )
        lines = [f"unicast_src_ip {source}"]
        peers = ["10.0.0.10"] if not self._is(self._bad / 2) else ["10.0.0", "10.0.0.10"]
        return lines + (block("unicast_peer", peers) if not self._is(self._bad / 2) else [])

    def _addresses(self, number: int) -> Block:
        if self._is(self._bad / 3):
            return []
        if self._is(0.12):
            return block("virtual_ipaddress", [f"fe80::{number}", f"2001:db8::{number}/64"])
        vips = [f"10.0.{number}.100"]
        if self._is(0.4):
            vips.append(f"10.0.{number}.101/24 dev eth0 label eth0:{number}")
        if self._is(self._bad):
            vips.append(
                self._random.choice(
                    [
                        "10.0.0.256",
                        "10.0.0.7/33",
                        "2001:db8::1/64",
                        "10.0.0.8 via x",
                        "10.0.0.9 dev",
                    ]
                )
            )
        return block("virtual_ipaddress", vips)

    def _tracks(self, scripts: list[str]) -> Block:
        named = list(scripts)
        if self._is(self._bad):
            named.append("nowhere")
        if not named or self._is(0.2):
            return []
        weights = [
            "",
            "",
            " weight 5",
            " weight -10",
            *[" weight 255", " weight", " heavy"] * self._is(self._bad),
        ]
        return block("track_script", [name + self._random.choice(weights) for name in named])

    def group(self, count: int) -> Block:
        members = [f"VI_{number}" for number in range(1, count + 1)]
        if self._is(self._bad):
            members.append("VI_9")
        if self._is(self._bad):
            members = members[:1]
        return block("vrrp_sync_group G", block("group", members) if members else [])


def block(head: str, lines: Block) -> Block:
    return [f"{head} {{", *(f"    {line}" for line in lines), "}"]


def made(random: Random) -> str:
    """A file: six in ten have nothing on purpose that keepalived would refuse."""
    maker = _Maker(random, 0.0 if random.random() < 0.6 else 0.12)
    scripts = [f"check_{letter}" for letter in "ab"[: random.randint(0, 2)]]
    count = random.randint(1, 3)
    blocks = [maker.globals(), *(maker.script(name) for name in scripts)]
    blocks += [maker.instance(number, scripts) for number in range(1, count + 1)]
    if count > 1 and random.random() < 0.3:
        blocks.append(maker.group(count))
    if random.random() < 0.06:
        random.shuffle(blocks)
    text = "\n".join(line for one in blocks for line in one) + "\n"
    if random.random() < 0.03:
        text = text.replace("}\n", "", 1)
    if random.random() < 0.03:
        text = text + "}\n"
    return text.replace("\n", "\r\n") if random.random() < 0.05 else text
