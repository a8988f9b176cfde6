"""The Exit plan: which keys take a change set back, and in which order (pure)."""
