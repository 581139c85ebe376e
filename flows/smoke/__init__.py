"""Whether a machine runs the deployed flows: a server and a worker of its own, everything once.

    python -m flows.smoke

It needs the extra `flows`, no GPU, no key, no network and no Prefect of yours: all of it is in a
temporary folder, on a loopback port, and ends with the command.
"""
