"""The HTTP API: one file per resource, each of which calls one action or one query of the packages below."""
