"""Out to the Hub: the dataset as a repository, its card, its Croissant, its upload."""
