"""README.md of the suites: the table of `suites.toml` and what a reader of it should know.

`python -m pipeline.evaluation.suites.page` writes the page anew after the file changed.
"""

from pathlib import Path

from pipeline.evaluation.suites.registry import Suite, suites

PAGE = Path(__file__).with_name("README.md")
HUB = "https://huggingface.co/datasets"
COLUMNS = "name|suite|source|revision|licence|problems|times|grader|metric, of|local file"
KINDS = {"static": "Static benchmarks", "system": "System benchmarks", "extra": "Besides"}
HEAD = """\
# Suites

What the published evaluations of routers ask, and some suites besides. Everything about a suite is
data in `suites.toml`: where it lies, its licence, its prompt, its grader, how often each problem is
asked. This page is made of that file by `python -m pipeline.evaluation.suites.page`.

    from pipeline.evaluation.suites.load import load_suite

    suite = load_suite("aime24", None)            # from the Hub, at one commit, which is recorded
    suite = load_suite("aime24", Path("data"))    # data/aime24.jsonl, or one folder below
    suite.problems, suite.revision, suite.skipped

`problems` is the table of `schemas/problems.py`. Of local files the revision is a hash. Nothing is
left out in silence: an item that cannot be asked or graded is counted in `skipped` under its
reason, and its text still counts as evaluation data (`texts.reference_texts`).

*Problems* counts what is asked, *times* how often each; *of* is what a quality of 1 is shown as.
The metric says how answers become one number: accuracy is the share of right ones, score the mean
quality, rating the mean over turns of what a judge says, average the mean over categories of the
mean over their tasks. Intervals resample problems, those of one task among each other; turns of one
conversation stay together.
"""
TAIL = """\
## Checked

    python tests/benchmarks/suites.py FOLDER

loads every suite of a folder and grades its own answers, which must be right, and other answers,
which must be wrong:

| suite | problems | own answers right | worked solutions right | other answers wrong |
|---|---:|---:|---:|---:|
{checked}

Worked solutions are graded as they came where they mark their final answer. The one other answer
that counts as right is `N = n + 1` for `N = n`: math-verify takes the two letters for one. The last
five rows are of copies in public repositories: MATH-500 and AIME 2025 without their other fields,
LiveBench without coding and language, GPQA whole, HumanEval+ whole in the form it has on the Hub.
In that of upstream's own files, with inputs instead of tests, HumanEval+ gives the same.

Of CodeContests one row of the test split was read, of LiveCodeBench two, one of them with its
pickle; right programs are right, wrong ones wrong. Of RouterArena the fields of 704 questions were
read, taken out of the prompts of recorded results. Of Codeforces no row was found: its columns are
those of its card, its rows are made here.

`tests/benchmarks/humaneval_plus_agreement.py` changes the solutions of HumanEval+ in one place at a
time and runs its own tests besides, under numpy, which the sandbox has not. Of 328 such programs,
two a problem (`--each 2`), 84 pass and 244 fail, the same ones here and there. None of the 164 has
to be left out; the test of `HumanEval/32`, which no program survives as it is on the Hub, is
repaired.

`tests/benchmarks/livebench_agreement.py` compares our verdicts on recorded answers to LiveBench
with upstream's. Of 446 answers to tasks that need no box 442 get the same verdict. Upstream is
wrong about two of the others, we about one ("tetrahedra and a square pyramid" for "tetrahedra"),
and one stands in no box. Lists stand in none either, so that the 100 answers to `web_of_lies_v2`
and `zebra_puzzle` are no comparison: our questions ask for one.

`tests/benchmarks/ifeval_agreement.py` compares our checks of instructions with upstream's, on
answers of GPT-4 to 540 of the prompts that came with upstream's results. Of 832 instructions 826
get the same verdict by the strict reading, 824 by the loose one:

| | upstream | ours |
|---|---:|---:|
| prompts, strict | 0.7722 | 0.7833 |
| prompts, loose | 0.7963 | 0.8093 |
| instructions, strict | 0.8377 | 0.8450 |
| instructions, loose | 0.8558 | 0.8654 |

Where they differ ours is the milder one: upstream takes "YES", "etchings" and a list of names for
no English, counts the sentences of two texts otherwise, and does not take `#` for a letter.

## The judge of MT-Bench

`grading.judge_url` names an OpenAI-compatible endpoint, `grading.judge_model` its model,
`grading.judge_key_env` the variable that holds its key. The judge sees the conversation so far, for
mathematics, reasoning and coding reference answers too, and gives the last answer 1 to 10. Without
a judge every answer is `ungraded`, and the message says what to set. What it costs follows from
`grading.judge_input_per_million` and `grading.judge_output_per_million`, by default those of its
model in the price list.

## Pickles

LiveCodeBench and LiveBench keep private tests as compressed pickles. Only text is read out of them:
a pickle that names a class or a function is refused, and its problem counted as `unreadable_tests`.
"""
CHECKED = """\
| minerva_math | 272 | 272 of 272 | 272 of 272 | 272 of 272 |
| olympiadbench | 675 | 675 of 675 | - | 674 of 675 |
| aime24 | 30 | 30 of 30 | 29 of 29 | 30 of 30 |
| amc23 | 40 | 40 of 40 | - | 40 of 40 |
| mt_bench | 80 | - | - | - |
| ifeval | 541 | - | - | - |
| gsm8k | 1,319 | 1,319 of 1,319 | 1,319 of 1,319 | 1,319 of 1,319 |
| humaneval | 164 | 164 of 164 | - | 164 of 164 |
| mbpp | 500 | 500 of 500 | - | 500 of 500 |
| math500 | 500 | 500 of 500 | - | 500 of 500 |
| aime25 | 30 | 30 of 30 | - | 30 of 30 |
| livebench | 595 | 395 of 395 | - | 395 of 395 |
| gpqa_diamond | 198 | 198 of 198 | - | 198 of 198 |
| humaneval_plus | 164 | 164 of 164 | - | 164 of 164 |"""


def markdown() -> str:
    """The page."""
    parts = [HEAD]
    for kind, title in KINDS.items():
        chosen = [suite for suite in suites().values() if suite.kind == kind]
        parts.append(f"## {title}\n\n{_table(chosen)}\n\n{_remarks(chosen)}")
    return "\n".join([*parts, TAIL.format(checked=CHECKED)])


def _table(chosen: list[Suite]) -> str:
    head = f"| {COLUMNS.replace('|', ' | ')} |"
    rule = "|---|---|---|---|---|---:|---:|---|---|---|"
    return "\n".join([head, rule, *map(_row, chosen)])


def _row(suite: Suite) -> str:
    hub = suite.hub
    config = f", {hub.config}" if hub.config else ""
    gated = ", gated" if hub.gated else ""
    cells = [
        f"`{suite.name}`",
        f"[{suite.title}]({suite.homepage})",
        f"[{hub.dataset}]({HUB}/{hub.dataset}){config}, {hub.split}{gated}",
        f"`{hub.revision[:7]}`",
        suite.licence,
        "?" if suite.items is None else f"{suite.items:,}",
        str(suite.repetitions),
        f"`{suite.grader}`",
        f"{suite.metric}, {suite.metric_scale}",
        f"`{suite.files[0]}`",
    ]
    return f"| {' | '.join(cells)} |"


def _remarks(chosen: list[Suite]) -> str:
    """What suites need, what to know of their results, what was not looked up."""
    lines = []
    for suite in chosen:
        said = [
            f"Needs {suite.needs}." if suite.needs else "",
            "Evaluation only: never to be trained on." if suite.evaluation_only else "",
            suite.notes or "",
            f"Unverified: {suite.unverified}." if suite.unverified else "",
        ]
        text = " ".join(part for part in said if part)
        lines += [f"- `{suite.name}`: {text}"] if text else []
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(markdown(), encoding="utf-8")
