"""Prices over time: what price lists said of each model, and which of it the gate lets hold."""
