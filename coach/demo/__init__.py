"""The sample call that `coach demo` plays: made from `script.toml` by `make_call.py`."""

from __future__ import annotations

from pathlib import Path

SCRIPT = Path(__file__).with_name("script.toml")
"""What is said, and which nudge is due after which word; see script.py."""
CALL = Path(__file__).with_name("call.flac")
"""Stereo, 8 kHz: the agent left, the customer right. Synthetic voices; nobody real speaks."""
TIMES = Path(__file__).with_name("call.toml")
"""When each turn of CALL is spoken and each nudge is due; see timing.py."""
