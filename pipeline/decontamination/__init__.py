"""Training problems that also stand in an evaluation suite, or twice in the training set."""
