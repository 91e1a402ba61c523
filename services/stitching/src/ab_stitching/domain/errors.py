"""What can be wrong with sound that comes in; none of it gets better by trying again.

::

    AudioRejected
    ├── Unreadable          nothing here can decode it
    ├── TooLarge            more bytes than a read can need
    ├── TooLong             longer than a read may be
    ├── Silent              empty, or nothing to hear in it
    ├── Broken              samples that are not numbers
    ├── CutShort            it ends before its own header says
    ├── PreparedReadDamaged its checksum, magic or layout is wrong
    └── PreparedReadStale   made by another profile or encoder: prepare it again

``MixdownStopped`` stands apart: nothing is wrong, nobody waits any more. So does ``DiskFull``:
it may work later, or in another instance.
"""

from __future__ import annotations

from ab_shared.errors import AudioRejected, PermanentError, TransientError


class Unreadable(AudioRejected):
    """No decoder opens it."""


class TooLarge(AudioRejected):
    """More bytes than a read can need."""


class TooLong(AudioRejected):
    """Longer than a read may be."""


class Silent(AudioRejected):
    """Empty, or quieter than speech can be."""


class Broken(AudioRejected):
    """Samples that are not finite numbers."""


class CutShort(AudioRejected):
    """It ends before its own header says: half a sentence."""


class PreparedReadDamaged(AudioRejected):
    """A stored read whose magic, layout or checksum is wrong."""


class PreparedReadStale(AudioRejected):
    """A stored read of another version; preparing it again helps, loading it again does not."""


class MixdownStopped(PermanentError):
    """Nobody waits for a mixdown any more."""


class DiskFull(TransientError):
    """There is no room to write a file; nothing of it is left behind."""
