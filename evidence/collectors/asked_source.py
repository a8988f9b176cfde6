"""What a collector of one configured source has in common with the others: its name and its deadline."""

from dataclasses import dataclass

from orr.sources.source import Source


@dataclass(frozen=True)
class AskedSource:
    """One source of the sources file; the collector adds the settings of its item."""

    source: Source

    @property
    def name(self) -> str:
        """The source's name."""
        return self.source.name

    @property
    def timeout(self) -> float:
        """Seconds for all its questions together."""
        return self.source.timeout
