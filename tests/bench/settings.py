"""The product's settings with the bare view beside its pages."""

from orr.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.urls"
