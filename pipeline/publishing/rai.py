"""Properties of Croissant's RAI vocabulary 1.0: how the data came about, and what they are not for.

Facts come in, JSON-LD properties go out. Everything said follows from the files.
"""

from collections.abc import Sequence
from typing import Any

from pipeline.publishing.card import Story, decontamination


def responsible(story: Story, limits: Sequence[str]) -> dict[str, Any]:
    """The `rai:` properties of a dataset."""
    facts, manifest = story.facts, story.manifest
    graders = sorted({f"{r['grader']} {r['grader_version']}" for r in facts.samplers})
    references = sorted({f"{r['reference']} ({r['method']})" for r in facts.rates})
    sources = sorted({row["dataset"] for row in facts.sources})
    return {
        "rai:dataCollection": (
            "Problems and everyday queries of public sets; catalogues of models whose prices are "
            f"drawn by the law {manifest.law} with seed {manifest.seed}."
        ),
        "rai:dataCollectionType": ["Secondary Data analysis", "Software Collection"],
        "rai:dataCollectionRawData": f"Sources: {'; '.join(sources)}.",
        "rai:dataCollectionMissingData": (
            "Rows that were dropped, with stage and reason, are the configuration `rejected`."
        ),
        "rai:dataPreprocessingProtocol": _steps(story),
        "rai:dataManipulationProtocol": (
            "Prices shown in a row are list prices times a drawn factor; the list price is kept "
            "beside them."
        ),
        "rai:dataAnnotationProtocol": (
            "Difficulty is the share of right answers of reference models "
            f"({', '.join(references) or 'none'}), judged by programs; no people annotated."
        ),
        "rai:machineAnnotationTools": [f"xrouter {manifest.version}", *graders],
        "rai:dataUseCases": [
            "Training: routers that weigh the quality of an answer against its cost.",
            "Validation and testing of such routers on held-out rows, models and prices.",
        ],
        "rai:dataLimitations": list(limits),
        "rai:dataBiases": [
            f"Languages: {', '.join(facts.languages)}; domains are those of the sources, not of "
            "what people ask.",
            "Tiers favour the abilities of the reference models that measured them.",
        ],
        "rai:personalSensitiveInformation": [
            "Every text was searched for keys, e-mail addresses, telephone numbers, IP addresses, "
            f"card, account and social security numbers; {story.accepted} findings were looked at "
            "and accepted, all others kept the data from going out."
        ],
        "rai:dataSocialImpact": (
            "Cheaper use of language models. A router trained for cost alone may send people in "
            "need of a good answer to a poor model."
        ),
        "rai:dataReleaseMaintenancePlan": (
            "A release is a tag; a release is never changed, and new data have a new tag."
        ),
    }


def _steps(story: Story) -> list[str]:
    known = decontamination(story.manifest)
    compared = f"compared with {len(known['suites'])} evaluation suites" if known else "not done"
    return [
        "Equal prompts of one source are one problem.",
        "Rows whose licence does not let them be passed on are left out: "
        f"{sum(row.rows for row in story.left)}.",
        f"Decontamination: {compared}.",
    ]
