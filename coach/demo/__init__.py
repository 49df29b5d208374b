"""The sample call that `coach demo` plays: made from `script.toml` by `make_call.py`."""

from __future__ import annotations

from pathlib import Path

CALL = Path(__file__).with_name("call.flac")
"""Stereo, 8 kHz: the agent left, the customer right. Synthetic voices; nobody real speaks."""
