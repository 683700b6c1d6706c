"""What is shown or kept holds no secret that has a telling name, wherever it stands."""

from __future__ import annotations

import pytest

from haconsole.parsers.masking import MASK, mask_secrets

#: A text, and what must be left of it.
SECRETS = (
    ("    auth_pass s3cr3t", f"    auth_pass {MASK}"),
    # Processes, as ``ps`` and ``systemctl status`` show them.
    ("1203 /usr/bin/agent --password s3cr3t -v", f"1203 /usr/bin/agent --password {MASK} -v"),
    ("1203 /usr/bin/agent --password=s3cr3t -v", f"1203 /usr/bin/agent --password={MASK} -v"),
    ("1203 agent --auth-token 's3 cr3t' -v", f"1203 agent --auth-token '{MASK}' -v"),
    ('1203 agent --db-passwd="s3cr3t"', f'1203 agent --db-passwd="{MASK}"'),
    ("1203 agent -password s3cr3t", f"1203 agent -password {MASK}"),
    ("1203 mysqld password=s3cr3t port=3306", f"1203 mysqld password={MASK} port=3306"),
    ("CGroup: └─1203 agent --api-key s3cr3t", f"CGroup: └─1203 agent --api-key {MASK}"),
    ("curl -u ops:s3cr3t http://127.0.0.1/", f"curl -u ops:{MASK} http://127.0.0.1/"),
    ("curl --user ops:s3cr3t http://x/", f"curl --user ops:{MASK} http://x/"),
    # Requests.
    ("GET /?session_id=s3cr3t&page=2", f"GET /?session_id={MASK}&page=2"),
    ("GET /?page=2&sig=s3cr3t HTTP/1.1", f"GET /?page=2&sig={MASK} HTTP/1.1"),
    (
        "GET /?accessToken=s3cr3t&userPassword=s3cr3t&page=2",
        f"GET /?accessToken={MASK}&userPassword={MASK}&page=2",
    ),
    # Headers and environments.
    ('proxy_set_header X-Auth-Token "s3cr3t";', f'proxy_set_header X-Auth-Token "{MASK}";'),
    ("proxy_set_header X-Api-Key s3cr3t;", f"proxy_set_header X-Api-Key {MASK};"),
    ("proxy_set_header Authorization s3cr3t;", f"proxy_set_header Authorization {MASK};"),
    ("Authorization: s3cr3t", f"Authorization: {MASK}"),
    ("Authorization: Bearer s3cr3t", f"Authorization: Bearer {MASK}"),
    ("PGPASSWORD=s3cr3t psql -h db", f"PGPASSWORD={MASK} psql -h db"),
    ("mysqladmin -u root -ps3cr3t ping", f"mysqladmin -u root -p{MASK} ping"),
    ("redis-cli -h db -a s3cr3t ping", f"redis-cli -h db -a {MASK} ping"),
    ("Cookie: session=s3cr3t; theme=dark", f"Cookie: session={MASK}; theme=dark"),
    ("MYSQL_PWD=s3cr3t mysql -h db", f"MYSQL_PWD={MASK} mysql -h db"),
    ("http://ops:s3cr3t@10.0.0.1/", f"http://ops:{MASK}@10.0.0.1/"),
)


@pytest.mark.parametrize(("text", "left"), SECRETS)
@pytest.mark.parametrize("around", ["{}", "first\n{}\nlast", "x" * 500 + "\n{}"])
def test_a_secret_is_masked_and_nothing_else(text: str, left: str, around: str) -> None:
    assert mask_secrets(around.format(text)) == around.format(left)
    assert mask_secrets(around.format(left)) == around.format(left), "masked twice is masked once"


@pytest.mark.parametrize(
    "text",
    [
        "Accepted publickey for ops from 10.0.0.5 port 51122",
        "1203 agent --password-file /run/secrets/db -v",
        "1203 agent --pass --verbose",
        "systemctl --user status keepalived",
        "curl -u ops http://127.0.0.1:80/",
        "GET /search?size=12&page=2",
        "server_tokens off;",
        "mysqld -p 3306",
        "cp -a /etc/nginx /root",
        "PWD=/root OLDPWD=/tmp",
        "ssl_certificate_key /etc/nginx/ssl/site.pem;",
        "proxy_set_header Authorization $http_authorization;",
        "proxy_pass http://backends;",
        "sudo -u ops sh -c 'ip -br address'",
        "keepalived -D --use-file /etc/keepalived/keepalived.conf",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert mask_secrets(text) == text
