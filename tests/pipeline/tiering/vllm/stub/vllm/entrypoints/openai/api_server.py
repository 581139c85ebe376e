"""A server that behaves like vLLM's towards a launcher, of the standard library alone.

The folder in STUB_DIR is how a test talks with it: `started` gets a line of process ids at every
start; if there is a file `crash-PORT`, its text is said and the server ends; while there is a file
`frozen`, it answers nothing, and with `strange` it is healthy but no vLLM.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ["STUB_DIR"])
# Like the engine of vLLM it is left behind by a server that is killed.
ENGINE = "import time; time.sleep(600)"
STUBBORN_ENGINE = "import os, signal; os.setsid(); signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"


class Server(ThreadingHTTPServer):
    allow_reuse_address = True

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        super().server_bind()


class Handler(BaseHTTPRequestHandler):
    model = ""

    def do_GET(self) -> None:
        while (FOLDER / "frozen").exists():
            time.sleep(0.05)
        answers: dict[str, Any] = {
            "/health": {},
            "/version": {"version": os.environ.get("STUB_VERSION", "0.32.0")},
            "/v1/models": {"data": [{"id": self.model}]},
        }
        if self.path in answers and not (FOLDER / "strange").exists():
            self.answer(answers[self.path])
        else:
            self.send_error(200 if self.path == "/health" else 404)

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path == "/die":
            os._exit(asked["code"])
        message = {"role": "assistant", "content": asked["messages"][-1]["content"].upper()}
        self.answer({"choices": [{"message": message, "finish_reason": "stop"}]})

    def answer(self, body: Any) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: Any) -> None:
        pass


def main() -> None:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--port", type=int)
    parser.add_argument("--served-model-name")
    parser.add_argument("--seed")
    known, _ = parser.parse_known_args()
    crash = FOLDER / f"crash-{known.port}"
    if crash.exists():
        sys.exit(f"HF_TOKEN is {os.environ.get('HF_TOKEN')}\n{crash.read_text()}")
    code = (STUBBORN_ENGINE if os.environ.get("STUB_STUBBORN") else "") + ENGINE
    engine = subprocess.Popen([sys.executable, "-c", code])
    line = {"port": known.port, "pids": [os.getpid(), engine.pid], "seed": known.seed}
    with (FOLDER / "started").open("a") as handle:
        handle.write(json.dumps(line | {"gpus": os.environ.get("CUDA_VISIBLE_DEVICES")}) + "\n")
    time.sleep(float(os.environ.get("STUB_SLOW", "0")))
    Handler.model = os.environ.get("STUB_NAME", known.served_model_name)
    with Server(("127.0.0.1", known.port), Handler) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
