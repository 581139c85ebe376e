"""What holds for every test of the project."""

from hypothesis import settings

# A busy machine is no failure: what a property holds does not depend on how long it took.
settings.register_profile("xrouter", deadline=None)
settings.load_profile("xrouter")
