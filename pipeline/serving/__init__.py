"""The OpenAI-compatible door of the router."""
