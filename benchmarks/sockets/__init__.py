"""Many sockets on one process: how long readers are blocked, and what that adds to ingest."""
