"""What we hear: audio frames become words, pacing and signals. Imports `stream` alone.

Everything here is synchronous: `step` and `apply`, no clock, no loop.
"""
