"""Instructions that code can check (IFEval's 25): each is a question to a text with a yes or no."""
