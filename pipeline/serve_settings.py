"""Settings of the server: where it listens, who may ask, and what one request may take."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from pipeline.section import Section


class ServeSettings(Section):
    """The OpenAI-compatible API. Nothing here changes a build."""

    host: str = Field("127.0.0.1", min_length=1, description="any but loopback needs `keys_file`")
    port: int = Field(8000, ge=0, le=65_535, description="0: a free one, which is printed")
    keys_file: Path | None = Field(None, description="file of `xrouter keys new`; None: no keys")
    store_text: bool = Field(False, description="keep questions and answers, not hashes alone")
    replies: bool = Field(False, description="give intermediate replies to whoever asks for them")
    body_bytes: int = Field(4 << 20, ge=1024, description="longest request")
    body_seconds: float = Field(30.0, gt=0, description="until a request has come in whole")
    in_flight: int = Field(1000, ge=1, description="requests at a time; more are told to wait")
    keep_alive_seconds: float = Field(
        5.0, gt=0, description="between comments on a stream that has no answer yet"
    )
    drain_seconds: float = Field(30.0, ge=0, description="for what is in flight when asked to stop")
    flush_seconds: float = Field(2.0, gt=0, description="an episode is in a file after at most")
    watch_seconds: float = Field(1.0, gt=0, description="between looks at models.toml and the keys")
    log: Literal["requests", "problems"] = Field(
        "requests", description="one line for every request, or only for those that fail"
    )
