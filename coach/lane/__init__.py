"""What the lane is made of: the order of decodings, and batches of speech probabilities."""
