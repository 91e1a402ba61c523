from __future__ import annotations

from io import BytesIO

import av
from ab_stitching.domain.mixdown_cover import ARTIST, COVER_SIZE, Tags, cover


def test_the_cover_is_a_small_square_picture() -> None:
    with av.open(BytesIO(cover())) as container:
        picture = next(container.decode(video=0)).to_ndarray(format="rgb24")
    assert picture.shape == (COVER_SIZE, COVER_SIZE, 3)
    assert len(cover()) < 60_000
    middle, corner = picture[int(COVER_SIZE * 0.42), COVER_SIZE // 2], picture[-1, 0]
    assert middle.min() > 150
    assert corner.max() < 60


def test_files_are_by_affirmation_beats() -> None:
    tags = Tags("Calm")
    assert (tags.title, tags.artist, tags.cover) == ("Calm", ARTIST, cover())
