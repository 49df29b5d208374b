"""Reading audio files: the usual containers, resampling, and errors that name the mend."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.stream import AudioStream

from stream.files import AudioFileError, Channels, read_audio


def tone(seconds: float, rate: int, *, channels: int = 1) -> Channels:
    """A sine a channel, each an octave above the one before."""
    t = np.arange(round(seconds * rate)) / rate
    return np.stack([0.5 * np.sin(2 * np.pi * 220 * 2**c * t) for c in range(channels)]).astype(
        np.float32
    )


def write(path: Path, samples: Channels, rate: int, codec: str) -> Path:
    """Encodes `samples` into the container that the name asks for."""
    layout = {1: "mono", 2: "stereo"}[len(samples)]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        assert isinstance(stream, AudioStream)
        pcm = np.rint(samples * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(pcm.T.reshape(1, -1), format="s16", layout=layout)
        frame.sample_rate = rate
        wanted = stream.format.name
        size = stream.codec_context.frame_size or None
        convert = av.AudioResampler(format=wanted, layout=layout, rate=rate, frame_size=size)
        for piece in (*convert.resample(frame), *convert.resample(None)):
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return path


def pitch(samples: Channels, rate: int) -> list[float]:
    """The strongest frequency of each channel, in Hz."""
    spectrum = np.abs(np.fft.rfft(samples, axis=1))
    return [float(k * rate / samples.shape[1]) for k in spectrum.argmax(axis=1)]


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("name", ["a.flac", "a.wav"])
def test_lossless_files_come_back_as_they_were(tmp_path: Path, name: str, channels: int) -> None:
    samples = tone(0.5, 8000, channels=channels)
    codec = {"a.flac": "flac", "a.wav": "pcm_s16le"}[name]
    read, rate = read_audio(write(tmp_path / name, samples, 8000, codec))
    assert rate == 8000
    assert read.dtype == np.float32
    assert read.shape == samples.shape
    np.testing.assert_allclose(read, samples, atol=1 / 16384)


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("a.wav", "pcm_mulaw", 8000),
        ("a.wav", "pcm_alaw", 8000),
        ("a.ogg", "libopus", 48_000),
        ("a.mp3", "libmp3lame", 16_000),
    ],
)
def test_lossy_files_keep_length_and_pitch(
    tmp_path: Path, name: str, codec: str, rate: int
) -> None:
    read, own = read_audio(write(tmp_path / name, tone(1.0, rate, channels=2), rate, codec))
    assert own == rate
    assert read.shape[1] == pytest.approx(rate, rel=0.1)
    assert pitch(read, rate) == pytest.approx([220, 440], abs=3)


def test_a_rate_asked_for_is_the_rate_given(tmp_path: Path) -> None:
    file = write(tmp_path / "a.flac", tone(1.0, 8000, channels=2), 8000, "flac")
    read, rate = read_audio(file, 16_000)
    assert (rate, read.shape) == (16_000, (2, 16_000))
    assert read.flags.c_contiguous
    assert pitch(read, rate) == pytest.approx([220, 440], abs=2)


@pytest.mark.parametrize(
    ("name", "content", "mend"),
    [
        ("absent.flac", None, "does not exist"),
        ("text.wav", b"this is no audio, only a letter to a friend", "flac, wav"),
        ("empty.flac", b"", "holds no samples"),
        ("short.wav", b"RIFF\x24\x00\x00\x00WAVEfmt ", "flac, wav"),
    ],
)
def test_an_error_names_the_file_and_the_mend(
    tmp_path: Path, name: str, content: bytes | None, mend: str
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(AudioFileError, match=mend) as caught:
        read_audio(file)
    assert str(file) in str(caught.value)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(AudioFileError, match="is a folder"):
        read_audio(tmp_path)


def test_a_file_without_samples_says_so(tmp_path: Path) -> None:
    header = write(tmp_path / "a.wav", tone(0.1, 8000), 8000, "pcm_s16le").read_bytes()
    start = header.index(b"data")
    (tmp_path / "b.wav").write_bytes(header[: start + 4] + bytes(4))
    with pytest.raises(AudioFileError, match="holds no samples"):
        read_audio(tmp_path / "b.wav")


def test_a_rate_below_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="rate is 0"):
        read_audio(write(tmp_path / "a.flac", tone(0.1, 8000), 8000, "flac"), 0)
