"""Tiles of C2SP (tlog-tiles/v0.1.0): their paths, which hashes they hold, and entry bundles."""

import re
from collections.abc import Iterable
from typing import NamedTuple

WIDTH = 256
LEVEL_BITS = 8
MAX_ENTRY_BYTES = 65_535
MAX_TREE_LEVEL = 63
_PATH = re.compile(r"(?P<groups>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?")


class TileError(ValueError):
    """The path names no tile, or a bundle's bytes are not entries."""


class Tile(NamedTuple):
    """A tile: its level (None for entry bundles), number, and width 1 to 256."""

    level: int | None
    number: int
    width: int

    def path(self) -> str:
        """Its path below `tile/`, for example `0/x001/234.p/17` or `entries/000`."""
        level = "entries" if self.level is None else str(self.level)
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"{level}/{number_path(self.number)}{partial}"


def number_path(number: int) -> str:
    """A tile's number in groups of three digits: 1234067 is `x001/x234/067`."""
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03d}")
    return "/".join(groups)


def parse_path(level: str, rest: str) -> Tile:
    """The tile of `tile/<level>/<rest>`. Raises TileError for anything but its one right spelling."""
    match = _PATH.fullmatch(rest)
    known = level == "entries" or (level.isascii() and level.isdigit() and str(int(level)) == level)
    if match is None or not known:
        raise TileError("no such tile")
    number = int(match["groups"].replace("x", "").replace("/", ""))
    tile = Tile(None if level == "entries" else int(level), number, int(match["width"] or WIDTH))
    too_far = tile.width > WIDTH or (tile.level or 0) > MAX_TREE_LEVEL // LEVEL_BITS
    if too_far or tile.path() != f"{level}/{rest}":
        raise TileError("no such tile")
    return tile


def available(tile: Tile, size: int) -> bool:
    """Whether a log of that size has the tile at that width."""
    nodes = size >> (LEVEL_BITS * (tile.level or 0))
    return tile.width >= 1 and tile.number * WIDTH + tile.width <= nodes


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """An entry bundle: each entry after its length as two big-endian bytes."""
    parts = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise TileError("an entry is too long for a bundle")
        parts += [len(entry).to_bytes(2, "big"), entry]
    return b"".join(parts)


def decode_bundle(data: bytes) -> list[bytes]:
    """The entries of a bundle, in order. Raises TileError when it is cut short."""
    entries, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        entry = data[at + 2 : at + 2 + length]
        if at + 2 > len(data) or len(entry) != length:
            raise TileError("the bundle is cut short")
        entries.append(entry)
        at += 2 + length
    return entries
