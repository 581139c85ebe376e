"""Suites: what the published evaluations ask, as data in `suites.toml`, and their readers."""
