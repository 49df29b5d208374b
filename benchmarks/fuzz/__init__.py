"""Codecs under messages that nobody would send: nothing but documented faults, no memory lost."""
