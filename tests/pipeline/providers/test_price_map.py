"""The bundled price map is there and is read without LiteLLM's import."""

import subprocess
import sys

from pipeline.providers.price_map import bundled_map


def test_the_map_knows_models_and_its_version() -> None:
    known, release = bundled_map()
    assert len(known) > 500
    assert known["gpt-4o-mini"]["output_cost_per_token"] > 0
    assert release.count(".") >= 2


def test_the_library_is_not_imported() -> None:
    code = (
        "import sys; from pipeline.providers.price_map import bundled_map; bundled_map(); "
        "import pipeline.providers.litellm_api; print('litellm' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
