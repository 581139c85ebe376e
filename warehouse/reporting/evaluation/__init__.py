"""The evaluation page: suites, their policies, what those have to beat, and what is published."""
