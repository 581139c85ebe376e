"""What is good: finished episodes come in, what each one earned and why goes out."""
