"""The worked example: a small production system on loopback, its pipeline, and the people who play it."""
