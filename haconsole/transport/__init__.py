"""The only door to the hosts: SSH links, jump chains, host keys, prompts, sudo, cleaning."""
