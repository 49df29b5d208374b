"""What arrives: bytes of telephony protocols become audio frames on a media clock.

Imports nothing of this project. `protocols/` is pure: message in, events out.
"""
