"""Changes as plans: what, where, why, how it is checked, how it is taken back; and their engine."""
