"""What the store is made of: tables and their migrations, the log of events, records of calls."""
