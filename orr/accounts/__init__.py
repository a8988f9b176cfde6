"""People: who they are, which roles they hold, and how they prove it is them."""
