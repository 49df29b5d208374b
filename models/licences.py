"""Licences of weights that come with Coach and are not as free as its code: names of SPDX."""

TONE_RESEARCH = "CC-BY-NC-SA-4.0"
"""Of models/weights/tone_research, whose NOTICE says more: not for commercial use."""
LICENCES = (TONE_RESEARCH,)
