"""How hard is it: reference engines, pass rates with intervals, tiers."""
