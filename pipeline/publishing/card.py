"""The dataset card: counted facts and the manifest come in, the text of `README.md` goes out.

The words are in `card.md.jinja`; every number is handed to it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.publishing.facts import Facts
from pipeline.publishing.hub import card_yaml
from pipeline.publishing.parts import RL, WHAT
from pipeline.publishing.rights import Left
from schemas.manifests import FileRecord, Manifest

TEMPLATE = "card.md.jinja"
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
TASKS = ["reinforcement-learning", "text-generation", "question-answering"]
TAGS = ["croissant", "llm-routing", "cost-aware", "verl", "xrouter"]


class Story(NamedTuple):
    """What a card tells.

    Attributes:
        repo: Name on the Hub; None for a directory.
        manifest: Of the build.
        facts: Counts of the files that go out.
        files: The data files.
        left: Rows that stay behind.
        empty: Splits without rows.
        accepted: Findings that somebody looked at and let pass.
    """

    repo: str | None
    manifest: Manifest
    facts: Facts
    files: Sequence[FileRecord]
    left: Sequence[Left]
    empty: Sequence[str]
    accepted: int


def write_card(story: Story) -> str:
    """Text of the card."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
    )
    facts, known = story.facts, decontamination(story.manifest)
    return environment.get_template(TEMPLATE).render(
        story._asdict()
        | {
            "metadata": metadata(story),
            "title": title(story.repo),
            "simulated": facts.simulated,
            "what": WHAT,
            "first_split": next(iter(facts.splits[RL])),
            "most": max((row["problems"] for row in facts.histogram), default=1),
            "tiering": story.manifest.settings["tiering"],
            "decontamination": known,
            "kept_copies": kept_copies(known),
            "limits": limits(story),
        }
    )


def decontamination(manifest: Manifest) -> dict[str, Any] | None:
    """What was compared with evaluation suites; None where nothing was."""
    found: dict[str, Any] | None = manifest.model_dump().get("decontamination")
    return found


def kept_copies(known: dict[str, Any] | None) -> bool:
    """Whether problems that are in evaluation suites, too, were found and left where they are."""
    return bool(known and known.get("action") == "keep" and known.get("flagged"))


def title(repo: str | None) -> str:
    """Name of the dataset for people."""
    return repo.partition("/")[2] if repo else "xRouter training data"


def metadata(story: Story) -> str:
    """The card's YAML, as the Hub reads it."""
    facts = story.facts
    names = sorted({row["terms"].hub for row in facts.licences})
    values: dict[str, Any] = {
        "license": names[0] if len(names) == 1 else names,
        "language": facts.languages,
        "pretty_name": title(story.repo),
        "size_categories": [size(sum(facts.splits[RL].values()))],
        "task_categories": TASKS,
        "tags": TAGS + (["simulated"] if facts.simulated else []),
        "configs": [
            _config(name, splits) | ({"default": True} if name == RL else {})
            for name, splits in facts.splits.items()
            if splits
        ],
    }
    return card_yaml(values)


def size(rows: int) -> str:
    """The Hub's word for a number of rows."""
    return next((word for limit, word in SIZES if rows < limit), "1M<n<10M")


def _config(name: str, splits: dict[str, int]) -> dict[str, Any]:
    files = [{"split": split, "path": f"data/{name}/{split}-*.parquet"} for split in splits]
    return {"config_name": name, "data_files": files}


def limits(story: Story) -> list[str]:
    """What the rows cannot tell, by what is in them."""
    facts = story.facts
    found = [
        "A pass rate is that of one reference with one grader; another model finds other problems "
        "hard.",
        "Prices are list prices and laws over them, not bills; they are wrong as soon as a "
        "provider changes its list.",
        "Sources are public sets that models may have seen in training.",
    ]
    if facts.simulated:
        named = "; ".join(facts.simulated)
        found.insert(0, f"Simulated, so without any worth as a measurement: {named}.")
    if any(row["proxy_for"] for row in facts.rates):
        found.append("Some rates are those of a proxy, not of the reference model.")
    if any(row["pooled"] for row in facts.rates):
        found.append("Some rates are pooled over several references.")
    if story.left:
        rows = sum(row.rows for row in story.left)
        found.append(f"{rows:,} rows of the build stayed behind; counts are of the rest.")
    if kept_copies(decontamination(story.manifest)):
        found.append("Some problems are those of evaluation suites: see Decontamination.")
    if not decontamination(story.manifest):
        found.append("Overlap with evaluation suites was not looked for.")
    if languages := [name for name in facts.languages if name != "en"]:
        found.append(f"Small talk in {', '.join(languages)} only; all else is in English.")
    return found
