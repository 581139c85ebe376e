"""The outcome bank: what each model of the pool answers to each problem, graded and paid once."""
