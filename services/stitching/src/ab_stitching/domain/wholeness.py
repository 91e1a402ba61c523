"""Whether a sound file ends before its own header says: half a sentence must not be played.

FLAC, MP4 and AAC streams that are cut short fail while they are decoded. These four formats
decode to whatever is there, so their own account of their length is asked.
"""

from __future__ import annotations

import struct

# A writer that cannot go back to fill in the length leaves one of these, or more than fits.
_UNKNOWN = (0, 0xFFFFFFFF)
_STREAMED_FROM = 0x7FFF0000
_OGG_HEADER = 27
_OGG_FLAGS = 5
_OGG_LAST_PAGE = 4
_ID3_HEADER = 10
_MP3_SEARCHED = 4096
_MP3_HAS_FRAMES, _MP3_HAS_BYTES = 1, 2
# Some encoders count the frame with the tag and some do not; no frame is longer than this.
_MP3_SLACK = 1441
_SEGMENT = b"\x18\x53\x80\x67"
_EBML_SEARCHED = 256


def is_cut_short(raw: bytes) -> bool:
    """True if a WAV, Ogg, MP3 or WebM file is shorter than it says; False where it says nothing."""
    if raw[:4] == b"RIFF" and raw[8:12] == b"WAVE":
        return _wav(raw)
    if raw.startswith(b"OggS"):
        return _ogg(raw)
    if raw.startswith(b"\x1a\x45\xdf\xa3"):
        return _webm(raw)
    return _mp3(raw)


def _wav(raw: bytes) -> bool:
    """Walks through the chunks (Microsoft and IBM, 1991) to the one with the samples."""
    at = 12
    while at + 8 <= len(raw):
        name, size = raw[at : at + 4], int.from_bytes(raw[at + 4 : at + 8], "little")
        if name == b"data":
            known = size not in _UNKNOWN and size < _STREAMED_FROM
            return known and at + 8 + size > len(raw)
        at += 8 + size + size % 2
    return False


def _ogg(raw: bytes) -> bool:
    """The last page (RFC 3533, section 6) must be whole and say that it is the last."""
    page = raw[raw.rindex(b"OggS") :]
    if len(page) < _OGG_HEADER or not page[_OGG_FLAGS] & _OGG_LAST_PAGE:
        return True
    segments = page[_OGG_HEADER : _OGG_HEADER + page[_OGG_HEADER - 1]]
    return len(page) < _OGG_HEADER + page[_OGG_HEADER - 1] + sum(segments)


def _mp3(raw: bytes) -> bool:
    """The first frame may be a Xing or Info tag that counts the bytes from it on."""
    start = 0
    if raw.startswith(b"ID3"):
        # Seven bits in each of four bytes (ID3v2.4, section 6.2).
        start = _ID3_HEADER
        for place, byte in enumerate(reversed(raw[6:_ID3_HEADER])):
            start += (byte & 0x7F) << 7 * place
    head = raw[start : start + _MP3_SEARCHED]
    tag = max(head.find(b"Xing"), head.find(b"Info"))
    if head[:1] != b"\xff" or tag < 0 or len(head) < tag + 16:
        return False
    flags, first, second = (int(word) for word in struct.unpack_from(">III", head, tag + 4))
    if not flags & _MP3_HAS_BYTES:
        return False
    counted = second if flags & _MP3_HAS_FRAMES else first
    return len(raw) - start + _MP3_SLACK < counted


def _webm(raw: bytes) -> bool:
    """The segment's length (RFC 8794, section 4): its first set bit tells its width."""
    at = raw.find(_SEGMENT, 0, _EBML_SEARCHED)
    if at < 0 or at + 12 > len(raw) or not raw[at + 4]:
        return False
    width = 9 - raw[at + 4].bit_length()
    size = int.from_bytes(raw[at + 4 : at + 4 + width]) & ((1 << 7 * width) - 1)
    unknown = size == (1 << 7 * width) - 1
    return not unknown and at + 4 + width + size > len(raw)
