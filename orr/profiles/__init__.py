"""Profiles: which items apply, their thresholds, and who must sign; files under version control."""
