"""Laws of tiles: one spelling for each, only what the log has, and bundles that round-trip."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orr.tlog.tiles import Tile, TileError, available, decode_bundle, encode_bundle, parse_path


@given(st.one_of(st.none(), st.integers(0, 7)), st.integers(0, 10**9), st.integers(1, 256))
def test_every_tile_has_one_path(level: int | None, number: int, width: int) -> None:
    tile = Tile(level, number, width)
    head, _, rest = tile.path().partition("/")
    assert parse_path(head, rest) == tile


def test_numbers_stand_in_groups_of_three() -> None:
    assert Tile(0, 1_234_067, 256).path() == "0/x001/x234/067"
    assert Tile(None, 0, 3).path() == "entries/000.p/3"


@pytest.mark.parametrize(
    ("level", "rest"),
    [
        ("0", "1"), ("0", "x000/001"), ("0", "000.p/0"), ("0", "000.p/256"), ("0", "000.p/01"),
        ("00", "000"), ("8", "000"), ("-1", "000"), ("data", "000"), ("0", "000/"), ("0", "x001"),
        ("0", "../000"), ("0", "٠٠٠"), ("²", "000"), ("0", "000.p/300"),
    ],
)  # fmt: skip
def test_other_spellings_name_no_tile(level: str, rest: str) -> None:
    with pytest.raises(TileError):
        parse_path(level, rest)


def test_a_log_has_the_tiles_its_size_allows() -> None:
    assert available(Tile(0, 0, 15), 15)
    assert not available(Tile(0, 0, 16), 15)
    assert not available(Tile(0, 0, 256), 255)
    assert available(Tile(1, 0, 1), 256)
    assert not available(Tile(1, 0, 1), 255)
    assert available(Tile(None, 1, 1), 257)


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_bundles_round_trip(entries: list[bytes]) -> None:
    assert decode_bundle(encode_bundle(entries)) == entries


@given(st.lists(st.binary(min_size=1, max_size=30), min_size=1, max_size=5))
def test_a_cut_bundle_is_refused(entries: list[bytes]) -> None:
    with pytest.raises(TileError):
        decode_bundle(encode_bundle(entries)[:-1])


def test_an_entry_of_64_kilobytes_is_too_long() -> None:
    assert decode_bundle(encode_bundle([b"x" * 65_535])) == [b"x" * 65_535]
    with pytest.raises(TileError):
        encode_bundle([b"x" * 65_536])
