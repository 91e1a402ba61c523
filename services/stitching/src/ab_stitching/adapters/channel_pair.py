"""Turns a mono AAC frame into a stereo one with both ears alike, without encoding twice.

A stereo frame may carry mid and side (ISO/IEC 14496-3, 4.6.8.1): left is mid plus side,
right is mid minus side. With the mono spectrum as mid and an all-zero side, both ears get
exactly the mono sound. The spectrum's bits are copied as they stand, which costs half the
work of encoding two equal channels and gives the sound all of the bit rate.
The mono encoder must not use TNS or PNS: those act on one channel alone.
"""

from __future__ import annotations

from ab_stitching.domain.errors import Unreadable

_SINGLE_CHANNEL = 0
_CHANNEL_PAIR = 1
_END = 7
_EIGHT_SHORT = 2
_ALL_MID_SIDE = 2
_ZERO_CODEBOOK = 0
_SMALLEST = 4
_HEAD = 15  # element id 3, instance tag 4, global gain 8


class _BitWriter:
    """Collects fields, most significant bit first."""

    def __init__(self) -> None:
        self._bits = 0
        self._width = 0

    def put(self, value: int, width: int) -> None:
        self._bits = self._bits << width | value
        self._width += width

    def to_bytes(self) -> bytes:
        padding = -self._width % 8
        return (self._bits << padding).to_bytes((self._width + padding) // 8, "big")


class _MonoFrame:
    """The fields of a raw data block that holds one single channel element (table 4.4 ff)."""

    def __init__(self, packet: bytes) -> None:
        self._bits = int.from_bytes(packet, "big")
        self._size = len(packet) * 8
        if len(packet) < _SMALLEST or self._field(0, 3) != _SINGLE_CHANNEL:
            raise Unreadable("The AAC frame does not start with a single channel.")
        self.tag = self._field(3, 4)
        self.gain = self._field(7, 8)
        self.is_short = self._field(16, 2) == _EIGHT_SHORT
        self.info_width = 15 if self.is_short else 11
        self.info = self._field(_HEAD, self.info_width)
        self.bands = self._field(19, 4 if self.is_short else 6)
        self.groups = 8 - self._field(23, 7).bit_count() if self.is_short else 1

    def spectrum(self) -> tuple[int, int]:
        """Everything between the window's description and the end mark, and its width."""
        padding = (self._bits & -self._bits).bit_length() - 1
        if not self._bits or self._bits >> padding & 7 != _END:
            raise Unreadable("The AAC frame has no end mark.")
        start = _HEAD + self.info_width
        width = self._size - padding - 3 - start
        return self._field(start, width), width

    def _field(self, position: int, width: int) -> int:
        return self._bits >> (self._size - position - width) & ((1 << width) - 1)


def mono_to_pair(packet: bytes) -> bytes:
    """The same frame as a channel pair whose left and right are equal.

    Raises:
        Unreadable: the packet is not one single channel element and an end mark.
    """
    mono = _MonoFrame(packet)
    pair = _BitWriter()
    pair.put(_CHANNEL_PAIR, 3)
    pair.put(mono.tag, 4)
    pair.put(1, 1)  # both channels share the window
    pair.put(mono.info, mono.info_width)
    pair.put(_ALL_MID_SIDE, 2)
    pair.put(mono.gain, 8)
    pair.put(*mono.spectrum())
    _put_empty_channel(pair, mono)
    pair.put(_END, 3)
    return pair.to_bytes()


def _put_empty_channel(pair: _BitWriter, mono: _MonoFrame) -> None:
    pair.put(mono.gain, 8)
    width = 3 if mono.is_short else 5
    escape = (1 << width) - 1
    for _ in range(mono.groups if mono.bands else 0):
        pair.put(_ZERO_CODEBOOK, 4)
        whole, rest = divmod(mono.bands, escape)
        for _ in range(whole):
            pair.put(escape, width)
        pair.put(rest, width)
    pair.put(0, 3)  # no pulses, no TNS, no gain control
