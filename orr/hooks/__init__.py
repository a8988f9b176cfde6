"""Webhooks: what forges and pipelines tell us, the reviews that come of it, and what they are answered."""
