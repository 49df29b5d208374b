"""Latency and accuracy over the real server. Each prints a table and writes JSON and a picture."""
