"""The diagnosis: a case of what is known in, findings with causes and evidence out. Pure."""
