"""Real servers on the loopback device that play the parts tests cannot have: providers, models."""
