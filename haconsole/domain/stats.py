"""What a VRRP instance counted since it started: the evidence for why a pair disagrees."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class VrrpStats:
    """Counters of one instance; they start at 0 with the daemon, and survive no restart.

    Names as in keepalived's JSON dump. ``advert_interval_err`` is never incremented by any
    version: a differing interval shows in the log only. A differing VRID counts nowhere.
    """

    instance: str
    advert_rcvd: int = 0
    advert_sent: int = 0
    become_master: int = 0
    release_master: int = 0
    packet_len_err: int = 0
    advert_interval_err: int = 0
    ip_ttl_err: int = 0
    invalid_type_rcvd: int = 0
    addr_list_err: int = 0
    invalid_authtype: int = 0
    authtype_mismatch: int = 0
    auth_failure: int = 0
    pri_zero_rcvd: int = 0
    pri_zero_sent: int = 0

    @property
    def errors(self) -> int:
        """Adverts that were rejected, whatever the reason."""
        return (
            self.packet_len_err
            + self.advert_interval_err
            + self.ip_ttl_err
            + self.invalid_type_rcvd
            + self.addr_list_err
            + self.invalid_authtype
            + self.authtype_mismatch
            + self.auth_failure
        )


#: The counters' names, in order.
COUNTERS = tuple(field.name for field in fields(VrrpStats) if field.name != "instance")
