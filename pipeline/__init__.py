"""How problems become a router's training set. Knows nothing of Prefect and of the warehouse."""
