"""A real PostgreSQL and a real Valkey from wheels, for an installation on one machine."""
