"""The engine that makes a routing decision, and the log it leaves."""
