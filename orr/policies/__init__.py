"""Policies: which version of each profile is in force, and how a weaker one gets there."""
