"""Which IP addresses the product may call: public unicast only, plus named internal ranges on request (pure).

The list is written out, after the IANA special-purpose registries: `ipaddress.is_global` calls four of
these ranges global, and its answer changes with the Python version.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Where an organisation's own systems live: refused unless a source says `internal = true`.
INTERNAL: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8",
        "::1/128", "fc00::/7",
    )
)  # fmt: skip

# Never called, whoever asks.
FORBIDDEN: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    )
)  # fmt: skip
_GLOBAL_V6 = IPv6Network("2000::/3")


def is_internal(address: Address) -> bool:
    """Whether the address is one of an organisation's own (private, loopback, CGNAT, unique local)."""
    return _within(_carried(address), INTERNAL)


def is_allowed(address: Address, *, internal: bool) -> bool:
    """Whether a connection to the address is allowed; `internal` adds the organisation's own ranges."""
    carried = _carried(address)
    if _within(carried, INTERNAL):
        return internal
    if isinstance(carried, IPv6Address) and carried not in _GLOBAL_V6:
        return False
    return not _within(carried, FORBIDDEN)


def parse(text: str) -> Address:
    """The address of a canonical spelling. Raises ValueError for every other (also for a scope id)."""
    if "%" in text:
        raise ValueError("an address with a scope id")
    return ip_address(text)


def _carried(address: Address) -> Address:
    """An IPv4-mapped address counts as the IPv4 address in it (RFC 4291, 2.5.5.2)."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _within(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
