"""How well tone is told: of speakers and corpora that taught nothing, and on ordinary calls."""
