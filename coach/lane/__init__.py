"""What the lane is made of: the order of decodings, what comes of them, and batches of speech
probabilities."""
