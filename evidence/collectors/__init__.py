"""Collectors: one file per outside source."""
