"""What the lane is made of: the order of decodings, what comes of them, batches of speech
probabilities, and what is asked of the models of text and tone."""
