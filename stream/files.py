"""Audio files as samples: whatever the decoder knows (flac, wav, ogg/opus, mp3 …).

Files are for replay, analysis and benchmarks. A live call never comes through here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import soxr

Channels = npt.NDArray[np.float32]
"""(channels, samples), -1..1."""

MAX_SECONDS = 4 * 3600
"""Longest file read into memory: no support call lasts that long, and an hour at 48 kHz
stereo is 1.4 GB already."""


class AudioFileError(ValueError):
    """A file that cannot be used as audio. The message names the file and the mend."""


def read_audio(path: Path, rate: int | None = None) -> tuple[Channels, int]:
    """All samples of the first audio stream of `path`.

    Returns float32 (channels, samples) in -1..1 and the samples a second: those of the file,
    or `rate` where it is given. Raises AudioFileError where the file is absent, is not audio,
    holds no samples, or is longer than MAX_SECONDS.
    """
    if rate is not None and rate <= 0:
        raise ValueError(f"rate is {rate}; give samples a second above 0, such as 16000")
    if path.is_dir():
        raise AudioFileError(f"{path} is a folder; name an audio file in it")
    if not path.exists():
        raise AudioFileError(f"{path} does not exist; check the name and the folder")
    try:
        samples, own_rate = _decode(path)
    except (av.FFmpegError, OSError) as fault:
        raise AudioFileError(
            f"{path} cannot be read as audio ({fault.strerror or fault}); "
            "give a flac, wav, ogg/opus or mp3 file"
        ) from fault
    if rate is None or rate == own_rate:
        return samples, own_rate
    resampled = soxr.resample(samples.T, own_rate, rate, quality="HQ")
    return np.ascontiguousarray(resampled.T, dtype=np.float32), rate


def _decode(path: Path) -> tuple[Channels, int]:
    with av.open(str(path)) as container:
        if not container.streams.audio:
            raise AudioFileError(f"{path} holds no audio stream; give a file with sound in it")
        stream = container.streams.audio[0]
        own_rate = int(stream.rate)
        limit = MAX_SECONDS * own_rate
        pieces: list[Channels] = []
        held = 0
        for piece in _planar(container.decode(stream)):
            held += piece.shape[1]
            if held > limit:
                raise AudioFileError(
                    f"{path} is longer than {MAX_SECONDS // 3600} hours; cut it into shorter files"
                )
            pieces.append(piece)
    if not held:
        raise AudioFileError(f"{path} holds no samples; record it again or name another file")
    return np.concatenate(pieces, axis=1), own_rate


def _planar(frames: Iterator[av.AudioFrame]) -> Iterator[Channels]:
    """Decoded frames as (channels, samples) float32, whatever their sample format was."""
    converter = av.AudioResampler(format="fltp")
    for frame in frames:
        for converted in converter.resample(frame):
            yield converted.to_ndarray().astype(np.float32, copy=False)
    for converted in converter.resample(None):
        yield converted.to_ndarray().astype(np.float32, copy=False)
