"""Which models at which price: the base list, its check, and seeded laws that move prices."""
