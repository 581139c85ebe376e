"""What is right: a registry of graders. A fault of ours is `ungraded`, never `wrong`."""
