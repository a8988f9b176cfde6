"""Rollouts: that a change goes out, stage by stage, and the observation after it."""
