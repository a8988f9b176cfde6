"""Pushed results: one module per format, each says what it understood."""
