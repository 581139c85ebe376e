"""Difficulty measured by sampling a model: as few samples as settle a tier, none of them lost."""
