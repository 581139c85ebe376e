"""Servers of the reference model on this machine: settings come in, URLs that answer go out.

vLLM lives in an environment of its own and is a program here, never an import; see README.md.
"""
