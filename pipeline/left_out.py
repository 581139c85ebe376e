"""Problems that decontamination dropped: they stay in `problems`, and nothing is made of them."""

from pipeline.io import read_parquet
from pipeline.layout import Layout

STAGE = "decontamination"


def left_out(layout: Layout) -> frozenset[str]:
    """Ids of the dropped problems; none where the build was not decontaminated.

    Raises:
        InputError: The rejects file is damaged.
    """
    path = layout.rejects(STAGE)
    if not path.exists():
        return frozenset()
    return frozenset(read_parquet(path, ["key"])["key"].to_list())
