"""A small production system that really works, measures itself and can be broken by a switch."""
