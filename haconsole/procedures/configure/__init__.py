"""What the pair is to be: conf files, check, sites, firewalls; questions, plans, rolling order."""
