"""A module that cannot be imported: what it raises is what the invocation answers."""

raise RuntimeError("this module always fails")
