"""What a row is: one module per table of the contract. Knows nothing of how rows come about."""
