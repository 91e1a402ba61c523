"""Which address a request really came from, behind proxies that are trusted to say so."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network
UNKNOWN = "unknown"
COUNTED_PREFIX = 64
# Phones and cable get another address of the same block now and then.
HOME_PREFIX = 24


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Parses addresses and CIDR blocks; ValueError names the wrong one."""
    return tuple(ip_network(text, strict=False) for text in texts)


def client_address(peer: str | None, forwarded_for: str | None, trusted: Sequence[Network]) -> str:
    """The nearest address that is not one of our proxies.

    ``forwarded_for`` (X-Forwarded-For) counts only as far as trusted proxies wrote it: what stands
    further left was sent by the client and can be made up.
    """
    hops = [hop.strip() for hop in (forwarded_for or "").split(",") if hop.strip()]
    candidate = peer or UNKNOWN
    # From the right: each proxy appends the peer it saw.
    while hops and _is_trusted(candidate, trusted):
        candidate = hops.pop()
    return candidate if _parses(candidate) else peer or UNKNOWN


def counted_as(address: str) -> str:
    """Whom an address is counted as: a household or a host has a whole IPv6 /64 to choose from."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv4Address):
        return str(parsed)
    mapped = parsed.ipv4_mapped
    return str(mapped or IPv6Network((parsed, COUNTED_PREFIX), strict=False))


def network_of(address: str) -> str:
    """The neighbourhood of an address (IPv4 /24, IPv6 /64): where somebody is at home."""
    counted = counted_as(address)
    try:
        return str(IPv4Network((counted, HOME_PREFIX), strict=False))
    except ValueError:
        return counted


def _is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in trusted)


def _parses(address: str) -> bool:
    try:
        ip_address(address)
    except ValueError:
        return False
    return True
