"""What is broken, and the recovery that has to bring it back: on the demo."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Broken:
    """Faults as ``lab fault`` knows them, (name, host); ``None``: where it is made by default."""

    name: str
    faults: tuple[tuple[str, str | None], ...]
    procedure: str
    given: dict[str, str] = field(default_factory=dict)


CASES = (
    Broken("firewall", (("vrrp-block", None),), "recover-split-brain"),
    Broken("password", (("auth-mismatch", None),), "recover-split-brain"),
    Broken("vrid", (("vrid-mismatch", None),), "fix-mismatch"),
    Broken("vips", (("vip-mismatch", None),), "fix-mismatch"),
    Broken("advert_int", (("advert-mismatch", None),), "fix-mismatch"),
    Broken("frozen", (("freeze", None),), "recover-split-brain"),
    Broken("ghost", (("ghost-vip", None),), "recover-ghost-vip"),
    Broken("crashed", (("crash", None),), "recover-ghost-vip"),
    Broken("nobody", (("stop", "lb01"), ("stop", "lb02")), "recover-no-owner"),
    Broken("nginx", (("nginx-stop", "lb01"), ("nginx-stop", "lb02")), "recover-no-owner"),
)
