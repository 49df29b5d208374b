"""A call on file for tests of hearing: a minute of the agent left and the customer right, 8 kHz.

Two synthetic voices (coach/demo/make_call.py made it); a customer's arms itch since her second
injection, and an agent explains too fast. It stays as it is when the sample call changes, so
that the seconds which tests name keep their words.
"""

from __future__ import annotations

from pathlib import Path

CALL = Path(__file__).parent / "calls" / "itchy_arms.flac"
