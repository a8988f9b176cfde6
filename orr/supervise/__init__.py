"""Runs the whole installation on one machine as one command: servers, web, worker and beat."""
