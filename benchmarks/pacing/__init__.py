"""`coach bench pacing`: how near the rate that is heard comes to the rate of aligned words."""
