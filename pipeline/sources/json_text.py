"""JSON text of ground truths and grader arguments, the spelling of `schemas.problems.to_json`.

Text and the empty object make up nearly all rows and take a shortcut of a tenth of the time.
"""

from json.encoder import encode_basestring
from typing import Any

from schemas.problems import to_json


def json_text(value: Any) -> str:
    """The same text as `to_json`, sooner."""
    if type(value) is str:
        return encode_basestring(value)
    return to_json(value) if value != {} else "{}"
