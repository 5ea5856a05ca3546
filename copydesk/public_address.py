"""Which addresses a review may reach: those of the public internet and no others.

A post is written by anybody, and its links would otherwise be a way to make the machine that reviews it talk to
services of its own network. Python's `is_global` alone is not enough: before 3.12 it takes some addresses that carry an
inner IPv4 address for global.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable

Resolver = Callable[[str, int], Awaitable[list[str]]]

_REFUSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",  # IETF protocol assignments (RFC 6890)
        "192.88.99.0/24",  # 6to4 relays (RFC 7526)
        "::/96",  # IPv4-compatible (RFC 4291)
        "64:ff9b::/96",  # NAT64 (RFC 6052)
        "64:ff9b:1::/48",  # NAT64 of one's own (RFC 8215)
        "100::/64",  # discard (RFC 6666)
        "2001::/23",  # Teredo, ORCHID and the like (RFC 2928)
        "2002::/16",  # 6to4 (RFC 3056)
        "5f00::/16",  # segment routing (RFC 9602)
        "fec0::/10",  # site-local (RFC 3879)
    )
)
_RESERVED_NAMES = ("localhost", "local", "test", "invalid", "example", "internal", "home.arpa", "onion", "alt")
_EXAMPLES = ("example.com", "example.net", "example.org")


def is_public(address: str) -> bool:
    """Whether an IP address, written in any way that Python reads, is one of the public internet."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if not ip.is_global or ip.is_multicast or ip.is_reserved or ip.is_unspecified:
        return False
    return not any(ip in network for network in _REFUSED if network.version == ip.version)


def is_reserved_name(host: str) -> bool:
    """Whether a name is set aside for examples, tests and networks of one's own (RFC 2606, 6761, 8375, 9476)."""
    name = host.rstrip(".").lower()
    if any(name == example or name.endswith("." + example) for example in _EXAMPLES):
        return True
    return any(name == reserved or name.endswith("." + reserved) for reserved in _RESERVED_NAMES)


async def system_resolver(host: str, port: int) -> list[str]:
    """The addresses of a host as the system knows them, IPv4 first. Raises `OSError`."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    return sorted(addresses, key=lambda address: ":" in address)
