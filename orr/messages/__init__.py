"""Templates of announcements and status messages, in every language."""
