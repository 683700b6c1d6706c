"""``nft`` (nftables 1.0.6) as a program."""

from __future__ import annotations

from haconsole.demo.system.invocation import Invocation, Program

from .firewall import Firewall
from .nft import Table
from .nft_lang import FAMILIES, NftError

_IGNORED = ("-s", "--stateless", "-n", "-nn", "--numeric", "-y", "-t", "--terse")


def nft(firewall: Firewall) -> Program:
    """Return ``nft`` for a machine with this packet filter."""

    async def run(call: Invocation) -> int:
        args = [word for word in call.args if word not in _IGNORED]
        handles = bool({"-a", "--handle"} & set(args))
        checks = bool({"-c", "--check"} & set(args))
        args = [word for word in args if word not in ("-a", "--handle", "-c", "--check")]
        if args[:1] in (["-v"], ["--version"]):
            await call.print("nftables v1.0.6 (Lester Gooch #5)")
            return 0
        if call.uid != 0:
            await call.stderr.write("Operation not permitted (you must be root)\nnetlink: Error: "
                                    "cache initialization failed: Operation not permitted\n"
                                    )  # fmt: skip
            return 1
        text = " ".join(args)
        if args[:1] == ["-f"]:
            raw = await call.stdin.read_all() if args[1:] in ([], ["-"]) else call.files.read(
                args[1], call.process.caller)  # fmt: skip
            text = raw.decode("utf-8", "replace")
        try:
            if args[:1] == ["list"]:
                await call.stdout.write(_listing(firewall, args[1:], handles=handles))
            else:
                firewall.tables.apply(text, only_check=checks)
        except NftError as error:
            await call.stderr.write(error.shown)
            return 1
        return 0

    return run


def _listing(firewall: Firewall, words: list[str], *, handles: bool) -> str:
    rest = list(words)
    thing = rest.pop(0) if rest else ""
    family = rest.pop(0) if rest and rest[0] in FAMILIES else ""
    tables = [one for one in firewall.all_tables() if family in ("", one.family)]
    said = f"list {' '.join(words)}"
    match thing:
        case "ruleset":
            return "".join(one.text(handles=handles) for one in tables)
        case "tables":
            return "".join(f"table {one.family} {one.name}\n" for one in tables)
        case "chains":
            return "".join(_chains(one) for one in tables)
        case "table" | "chain" if len(rest) >= (2 if thing == "chain" else 1):
            wanted = (family or "ip", rest[0])
            found = next((one for one in tables if (one.family, one.name) == wanted), None)
            if found is None:
                raise NftError("No such file or directory", said, rest[0])
            if thing == "chain" and rest[1] not in found.chains:
                raise NftError("No such file or directory", said, rest[1])
            return found.text(rest[1] if thing == "chain" else "", handles=handles)
    raise NftError("syntax error, unexpected end of file", said)


def _chains(table: Table) -> str:
    body = ""
    for chain in table.chains.values():
        head = f"\t\t{chain.head}\n" if chain.head else ""
        body += f"\tchain {chain.name} {{\n{head}\t}}\n"
    return f"table {table.family} {table.name} {{\n{body}}}\n"
