"""A run that only keeps servers: `python parent.py SETTINGS LOGS`; tests end it in rude ways."""

import sys
import time
from pathlib import Path

from pipeline.settings import VllmSettings
from pipeline.tiering.vllm.serve import serve

if __name__ == "__main__":
    settings = VllmSettings.model_validate_json(sys.argv[1])
    with serve(settings, Path(sys.argv[2])):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        time.sleep(600)
