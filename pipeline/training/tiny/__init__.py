"""What training on any CPU needs beside a trainer: a simulated world, a tokenizer, tiny weights.

Problems, models, prices and outcomes of this world are invented and say so; what is learned in it
is real. Only here, and in functions, are torch and transformers imported.
"""
