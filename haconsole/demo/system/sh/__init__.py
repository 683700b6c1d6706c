"""A POSIX shell with dash's manners: parser, tree, asynchronous interpreter."""
