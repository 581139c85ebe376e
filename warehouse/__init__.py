"""Where decisions are asked about: a DuckDB store, plain SQL files and a small runner."""
