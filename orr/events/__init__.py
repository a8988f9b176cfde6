"""What happened, by name, and who listens."""
