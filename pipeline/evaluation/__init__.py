"""Was it worth it: suites of problems, policies run over them, and what came out."""
