"""Change sets: what is to go to production, its digest, and what it triggers."""
