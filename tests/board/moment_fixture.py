"""The moment and the digests that the fixtures of the pages share."""

from datetime import UTC, datetime

NOW = datetime(2026, 11, 22, 14, 17, 0, tzinfo=UTC)
CHANGE = "sha256:" + "9f2cd018aa6041ab" * 4
PROPOSAL = "sha256:" + "d41b7c9025ae63f81b0de45a97c23e16f80b5a74cd2906e1b3f7482c90d56e07"
RAW = "7c41b0d2e83f5a6619c4078be1f2d95a30b7c6e841f2a9d05c7be3168a4fe09d"
