"""Drivers: what reads and sets a value in an outside system."""
