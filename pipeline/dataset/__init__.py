"""Rows are assembled: mixed, split, given a catalogue and a prompt, exported for verl."""
