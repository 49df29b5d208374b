"""The other end of the wire: plays audio files into a running server, as a telephone would."""
