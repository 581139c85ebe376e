"""Problems come in: every reader yields `SourceRow`s, one collector turns them into `problems`."""
