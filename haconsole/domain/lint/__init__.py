"""Whether keepalived.conf files would fail over: findings about one, and about several as a pair.

Pure: what was read goes in as :class:`~haconsole.domain.lint.source.Source`, findings and
sentences come out. Whoever has settings instead of files (the recipes) uses ``election``,
``timing`` and ``differences`` directly.
"""
