"""What is written on the hosts, as text made from typed settings. Pure: no host is asked."""
