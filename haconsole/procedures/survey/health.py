"""Questions for recoveries: does nginx answer on this host, and whom do clients reach?"""

from __future__ import annotations

from haconsole.domain.model import Vip
from haconsole.procedures.recipes.nginx import HIT_LOG

#: Lines of the hit log that are looked at: a busy LB's last minute may be longer, which does not
#: matter for telling many from none.
_LINES = 4000


def health_questions(vip: Vip) -> dict[str, str]:
    """Return the sections: ``answers`` prints an HTTP status, ``hits`` a number."""
    scheme = "https" if vip.check_tls else "http"
    local = "[::1]" if vip.ip.version == 6 else "127.0.0.1"
    url = f"{scheme}://{local}:{vip.check_port}{vip.check_path}"
    return {
        "answers": (
            "if command -v curl >/dev/null 2>&1; then\n"
            f"  curl -k -s -m 3 -o /dev/null -w '%{{http_code}}' '{url}'\n"
            "elif command -v wget >/dev/null 2>&1; then\n"
            f"  wget -q -S -T 3 -t 1 --no-check-certificate -O /dev/null '{url}' 2>&1 |\n"
            "    sed -n 's,^ *HTTP/[0-9.]* \\([0-9]*\\).*,\\1,p' | tail -n 1\n"
            "fi\n:"
        ),
        # Lines begin with seconds since the epoch; what this tool asks for itself is counted too,
        # on both LBs alike.
        "hits": (
            f"[ -r {HIT_LOG} ] || exit 0\nsince=$(($(date +%s) - 60))\n"
            f"tail -n {_LINES} {HIT_LOG} | while read -r at rest; do\n"
            '  if [ "${at%.*}" -ge $since ] 2>/dev/null; then echo x; fi\ndone | wc -l'
        ),
    }
