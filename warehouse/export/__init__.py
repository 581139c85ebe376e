"""What leaves the store: rows as files or Delta tables, marts as another engine's SQL."""
