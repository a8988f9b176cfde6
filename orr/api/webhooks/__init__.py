"""Webhooks that come in: one module per sender says whether it is signed, and what it says."""
