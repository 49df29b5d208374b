"""What a voice does, in numbers: four a frame, and eight over a stretch of frames.

Theory. A telephone passes 300 to 3400 Hz, so the fundamental of most voices is missing; what is
left are its harmonics, which stand as far apart as it is high. The autocorrelation of a window
that holds four periods or more peaks at the period all the same. It is taken from a spectrum a
little flatter than the power (magnitude to 1.5, not 2), which keeps a strong formant from pulling
the peak to itself and still lets harmonics stand out of noise. Its decline with the lag, an
effect of the window alone, is divided out (as Boersma 1993 does for the power), and short lags
are preferred a little, because twice the period is a period too.

Rules.
1. Everything reads the telephone band only, so that a wide-band line gives the same numbers as a
   narrow one, and neither DC nor hum counts.
2. A frame's numbers depend on it and the frame before alone, to the last bit: how many frames
   come at once makes no difference (a test holds this; so no BLAS here).
3. Silence, noise, DC and clipping give numbers, never a NaN or a warning.
4. Over a stretch all is medians and percentiles: one frame with a wrong octave moves nothing.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from models.vad import FRAME, FRAME_SECONDS, Array
from stream.audio import RATE, Samples

FEATURES = 4
ENERGY, PITCH, VOICING, TILT = range(FEATURES)
"""Columns: dB below full scale, Hz (0.0 where unvoiced), 0..1, dB."""

PITCH_LOW, PITCH_HIGH = 60.0, 500.0
"""Hz: from a creaky low male voice to a raised female one. One agent of the eight test calls is
above 400 Hz in a tenth of her voiced frames."""
VOICED = 0.5
"""Voicing from which a frame has a pitch: of noise 98 % lie below 0.33, and a steady vowel in
noise 10 dB under it lies above 0.75."""
QUIET = -70.0
"""dB below full scale under which no pitch is sought: the hiss of a line, and dither."""
FLOOR = 1e-9
"""Power that is always there: -90 dB, the last bit of a 16-bit sample. Keeps logarithms finite."""
OCTAVE_COST = 0.08
"""How much better, an octave, the longer lag must be. At 0.03 noise makes steady vowels sink an
octave, at 0.12 an /i/ on the telephone jumps one up."""

_WINDOW = 2 * FRAME
_HANN = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
_SCALE = np.float32(2 / (_WINDOW * float((_HANN**2).sum())))
"""From the squares of one side of the spectrum to the mean square of the samples."""
_LOW_BAND = slice(round(300 * _WINDOW / RATE), round(1000 * _WINDOW / RATE))
_HIGH_BAND = slice(_LOW_BAND.stop, round(3400 * _WINDOW / RATE) + 1)
_PITCH_BAND = slice(round(150 * _WINDOW / RATE), round(1500 * _WINDOW / RATE))
"""Above mains hum; up to where harmonics of a moving voice are still apart, and above noise."""
_LAG_RATE = RATE // 2
"""Lags a second: the band of pitch ends at a quarter of it, and the peak is interpolated."""
_LAGS = slice(int(_LAG_RATE / PITCH_HIGH) - 1, int(_LAG_RATE / PITCH_LOW) + 3)
"""One more at each end than may be a peak."""
_TINY = np.float32(1e-12)

Measure = Literal["pitch", "spread", "jitter", "level", "swing", "tilt", "rate", "pause"]
MEASURES: tuple[Measure, ...] = get_args(Measure)

SPEECH = 0.5
"""Probability from which a frame is speech: what opens an utterance, too."""
LEAST_VOICED = 8
"""Voiced frames, a quarter of a second, from which pitch and tilt are measured."""
STRAY = 9.0
"""Semitones from a stretch's median pitch beyond which a frame is an octave error."""
DIP = 2.0
"""dB the energy must fall between two syllables (de Jong and Wempe 2009)."""
FAINT = 25.0
"""dB below a stretch's loudest frame under which a peak is no syllable."""
_HERTZ = 100.0
"""What semitones are counted from."""


def features(frames: Samples, tail: Samples) -> tuple[Array, Samples]:
    """Numbers of each frame, [k, FEATURES] float32, and the tail for the next call.

    `frames`: [k, FRAME] at RATE, -1..1, in order; `tail`: [FRAME], the frame before (zeros at a
    beginning). Columns ENERGY, PITCH, VOICING, TILT. Tilt is the energy above 1 kHz against the
    energy below: a pressed voice is brighter.
    """
    joined = np.concatenate((tail[None], frames))
    spectrum = np.fft.rfft(np.concatenate((joined[:-1], joined[1:]), axis=1) * _HANN)
    power = np.asarray(spectrum.real**2 + spectrum.imag**2, np.float32)
    low = power[:, _LOW_BAND].sum(axis=1) * _SCALE + FLOOR
    high = power[:, _HIGH_BAND].sum(axis=1) * _SCALE + FLOOR
    found = np.empty((len(frames), FEATURES), np.float32)
    found[:, ENERGY] = 10 * np.log10(low + high)
    found[:, TILT] = 10 * np.log10(high / low)
    pitch, voicing = _pitch(power)
    found[:, VOICING] = voicing
    found[:, PITCH] = np.where((voicing >= VOICED) & (found[:, ENERGY] > QUIET), pitch, 0)
    return found, joined[-1].copy()


def _pitch(power: Array) -> tuple[Array, Array]:
    """Pitch in Hz and voicing 0..1, [k] each, of power spectra."""
    flat = _flattened(power[:, : _PITCH_BAND.stop])
    flat[:, : _PITCH_BAND.start] = 0
    whole = np.fft.irfft(flat, _WINDOW // 2)
    curve = whole[:, _LAGS] / np.maximum(whole[:, :1], _TINY) * _FLATTEN
    middle = curve[:, 1:-1]
    peak = (middle > curve[:, :-2]) & (middle >= curve[:, 2:])
    best = np.where(peak, middle - _PENALTY, np.float32(-9)).argmax(axis=1)
    rows = np.arange(len(power))
    before, top, after = curve[rows, best], curve[rows, best + 1], curve[rows, best + 2]
    bend = np.minimum(before - 2 * top + after, -_TINY)
    shift = np.clip((before - after) / (2 * bend), -1, 1)
    lag = np.clip(_LAGS.start + 1 + best + shift, _LAG_RATE / PITCH_HIGH, _LAG_RATE / PITCH_LOW)
    voicing = np.where(peak[rows, best], np.clip(top, 0, 1), 0)
    return (_LAG_RATE / lag).astype(np.float32), voicing


def _flattened(power: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Magnitude to the power of 1.5, by roots alone: they are fast and exact."""
    magnitude = np.sqrt(power)
    return np.asarray(magnitude * np.sqrt(magnitude))


def _decline() -> npt.NDArray[np.float64]:
    """How the curve of a steady tone falls with the lag, [lags]: the window's doing."""
    steps = np.arange(_WINDOW) / _WINDOW
    between = [_HANN * np.exp(2j * np.pi * offset * steps) for offset in (0, 0.25, 0.5, 0.75)]
    spectra = [_flattened(np.abs(np.fft.fft(window)) ** 2) for window in between]
    curves = [np.abs(np.fft.ifft(spectrum)) for spectrum in spectra]
    curve = np.mean([curve / curve[0] for curve in curves], axis=0)
    return np.asarray(curve[:: RATE // _LAG_RATE][_LAGS])


_FLATTEN = (1 / _decline()).astype(np.float32)
_PENALTY = (
    OCTAVE_COST * np.log2(np.arange(_LAGS.start + 1, _LAGS.stop - 1) / (_LAGS.start + 1))
).astype(np.float32)


def prosody(rows: Array, speech: npt.NDArray[np.bool_]) -> dict[Measure, float]:
    """What the voice does over a stretch; a measure that it cannot give is absent.

    `rows`: [n, FEATURES]; `speech`: [n], which frames are speech, one at least. `pitch`: median,
    in semitones; `spread`: between its 10th and 90th percentile, semitones; `jitter`: a proxy,
    the median bend of the pitch's course from frame to frame, semitones (its slope drops out);
    `level`: median energy, dB; `swing`: its 10th to 90th percentile, dB; `tilt`: median, dB;
    `rate`: syllable nuclei a second of speech; `pause`: share of the stretch without speech.
    """
    spoken = rows[speech]
    quiet, level, loud = np.percentile(spoken[:, ENERGY], (10, 50, 90)).tolist()
    beats = nuclei(rows[:, ENERGY].tolist(), (speech & (rows[:, PITCH] > 0)).tolist())
    found: dict[Measure, float] = {
        "level": level,
        "swing": loud - quiet,
        "rate": beats / (len(spoken) * FRAME_SECONDS),
        "pause": 1 - len(spoken) / len(rows),
    }
    tones, voiced = _semitones(rows[:, PITCH], speech)
    if voiced.sum() < LEAST_VOICED:
        return found
    bottom, middle, top = np.percentile(tones[voiced], (10, 50, 90)).tolist()
    found |= {"pitch": middle, "spread": top - bottom}
    found["tilt"] = float(np.median(rows[voiced, TILT]))
    three = voiced[:-2] & voiced[1:-1] & voiced[2:]
    if three.any():
        found["jitter"] = float(np.median(np.abs(np.diff(tones, 2))[three]))
    return found


def _semitones(
    pitch: Array, speech: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.floating[Any]], npt.NDArray[np.bool_]]:
    """Pitch in semitones, and which frames have one that is no stray."""
    tones = 12 * np.log2(np.maximum(pitch, PITCH_LOW) / _HERTZ)
    voiced = speech & (pitch > 0)
    if voiced.any():
        voiced &= np.abs(tones - np.median(tones[voiced])) <= STRAY
    return tones, voiced


def nuclei(energy: list[float], voiced: list[bool]) -> int:
    """Syllable nuclei: voiced peaks of `energy` (dB a frame) with a dip of DIP before each.

    Peaks fainter than FAINT below the loudest voiced frame are breath and echo.
    """
    loudest = max(
        (level for level, sounds in zip(energy, voiced, strict=True) if sounds), default=0
    )
    least = loudest - FAINT
    count, rising, edge, sounding = 0, True, float("-inf"), False
    for level, sounds in zip(energy, voiced, strict=True):
        if (level > edge) if rising else (level < edge):
            edge, sounding = level, sounds
        elif abs(level - edge) > DIP:
            count += rising and sounding and edge >= least
            rising, edge, sounding = not rising, level, sounds
    return count + (rising and sounding and edge >= least)
