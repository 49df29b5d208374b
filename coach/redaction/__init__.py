"""How redaction finds what must not be shown: digits as they are spoken, e-mail addresses."""
