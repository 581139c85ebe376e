"""What runs inside the sandbox: standard library and relative imports only, nothing else of ours.

The folder is mounted read-only into the sandbox and started there by `runner`.
"""
