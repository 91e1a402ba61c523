from __future__ import annotations

from typing import Any

import av
import numpy as np
import pytest
from ab_stitching.adapters.aac import (
    _blocks,
    _packets,
    decode_packets,
    encode_read,
    open_encoder,
    silent_packet,
)
from ab_stitching.adapters.channel_pair import mono_to_pair
from ab_stitching.adapters.decode import decode_speech
from ab_stitching.domain.errors import Unreadable
from ab_stitching.domain.pcm import Pcm

LENGTH = 96 * 1024


def sounds(speak: Any) -> dict[str, Pcm]:
    rng = np.random.default_rng(3)
    clicks = np.zeros(LENGTH, np.float32)
    clicks[3000::9000] = 0.9
    return {
        "speech": np.resize(decode_speech(speak(1)), LENGTH),
        "noise": (0.2 * rng.standard_normal(LENGTH)).astype(np.float32),
        "clicks": clicks,
        "silence": np.zeros(LENGTH, np.float32),
        "full scale": np.sign(np.sin(np.arange(LENGTH) / 30)).astype(np.float32),
    }


@pytest.mark.parametrize("name", ["speech", "noise", "clicks", "silence", "full scale"])
def test_both_ears_hear_exactly_the_mono_sound(speak: Any, name: str) -> None:
    encoder = open_encoder("mono", 192_000)
    mono = list(_packets(_blocks(sounds(speak)[name]), encoder))
    left, right = decode_packets(map(mono_to_pair, mono), LENGTH)
    np.testing.assert_array_equal(left, decoded_mono(mono, encoder.extradata))
    np.testing.assert_array_equal(right, left)


def decoded_mono(packets: list[bytes], config: bytes | None) -> Pcm:
    decoder = av.CodecContext.create("aac", "r")
    decoder.extradata = config
    frames = [frame for packet in packets for frame in decoder.decode(av.Packet(packet))]
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])[1024:][:LENGTH]


def test_every_window_shape_occurs_in_these_sounds(speak: Any) -> None:
    shapes = {
        int.from_bytes(packet[:3]) >> 6 & 3
        for sound in sounds(speak).values()
        for packet in _packets(_blocks(sound), open_encoder("mono", 192_000))
    }
    assert shapes == {0, 1, 2, 3}


@pytest.mark.parametrize("packet", [b"", b"\x00\x00\x00", b"\x21\x00\x49\x90\x02\x19", b"\xff" * 9])
def test_another_frame_is_refused(packet: bytes) -> None:
    with pytest.raises(Unreadable):
        mono_to_pair(packet)


def test_speech_keeps_its_shape_and_its_bit_rate(speak: Any) -> None:
    speech = decode_speech(speak(1, seconds=4.0))
    packets = encode_read(speech, 192_000)
    frames = -(-len(speech) // 1024)
    assert len(packets) == frames + 1
    assert sum(map(len, packets)) * 8 <= 192_000 * (len(speech) / 48_000 + 1)
    error = decode_packets(packets, len(speech))[0] - speech
    assert 10 * np.log10(np.sum(speech**2) / np.sum(error**2)) > 30


@pytest.mark.parametrize("rate", [96_000, 192_000])
@pytest.mark.parametrize("name", ["speech", "noise", "clicks", "silence", "full scale"])
def test_no_sound_takes_more_than_its_bit_rate(speak: Any, name: str, rate: int) -> None:
    taken = sum(map(len, encode_read(sounds(speak)[name], rate))) * 8 / (LENGTH / 48_000)
    assert taken <= 1.03 * rate


def test_the_packet_of_silence_is_small_and_silent() -> None:
    assert len(silent_packet()) < 16
    assert not decode_packets([silent_packet()] * 9, 8 * 1024).any()
