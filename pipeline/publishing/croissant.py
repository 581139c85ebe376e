"""Croissant 1.1 with RAI 1.0: the files of a dataset repository as JSON-LD that programs read.

Arrow schemas, counts and hashes come in, `croissant.json` goes out; `check` reads it with
mlcroissant. Specifications: mlcommons.org/croissant/1.1 and mlcommons.org/croissant/RAI/1.0.
"""

import datetime
import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.errors import IntegrityError
from pipeline.publishing.card import Story, limits, title
from pipeline.publishing.parts import WHAT
from pipeline.publishing.rai import responsible

NAME = "croissant.json"
SPECIFICATIONS = ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"]
PARQUET = "application/x-parquet"
_OWN = (
    "annotation arrayShape citeAs column containedIn equivalentProperty excludes extract field "
    "fileProperty fileObject fileSet format includes isArray isLiveDataset jsonPath key md5 "
    "parentField path recordSet references regex readLines repeated replace samplingRate sdVersion "
    "separator source subField transform unArchive value"
)
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
} | {name: f"cr:{name}" for name in _OWN.split()}


def write_croissant(
    story: Story,
    schemas: Mapping[str, pa.Schema],
    keys: Mapping[str, tuple[str, ...]],
    published: datetime.date,
    page: str | None,
) -> str:
    """Text of `croissant.json`.

    Args:
        story: What the card tells.
        schemas: Of each configuration with rows.
        keys: What names a row of each.
        published: Date to give; not today's, so that equal data have equal bytes.
        page: Where the dataset is.
    """
    owner = story.repo.partition("/")[0] if story.repo else "xRouter"
    build = story.manifest.content_hash[:12]
    document = {
        "@context": dict(sorted(CONTEXT.items())),
        "@type": "sc:Dataset",
        "name": title(story.repo),
        "description": _description(story),
        "conformsTo": SPECIFICATIONS,
        "license": [row["terms"].url for row in story.facts.licences],
        "creator": {"@type": "sc:Organization", "name": owner},
        "datePublished": published.isoformat(),
        "inLanguage": story.facts.languages,
        "keywords": ["language models", "routing", "reinforcement learning", "prices"],
        "version": f"{story.manifest.version}+{build}",
        "url": page,
        "citeAs": f"@misc{{xrouter, title={{{title(story.repo)}}}, note={{build {build}}}}}",
        "isLiveDataset": False,
        **responsible(story, limits(story)),
        "distribution": [*_objects(story), *map(_file_set, schemas)],
        "recordSet": [_record_set(name, schemas[name], keys[name]) for name in schemas],
    }
    kept = {name: value for name, value in document.items() if value is not None}
    return json.dumps(kept, ensure_ascii=False, indent=2) + "\n"


def _description(story: Story) -> str:
    marked = f" Simulated, not measured: {'; '.join(story.facts.simulated)}."
    return "Queries with catalogues of models at varying prices, to train cost-aware routers." + (
        marked if story.facts.simulated else ""
    )


def _objects(story: Story) -> list[dict[str, Any]]:
    return [
        {
            "@type": "cr:FileObject",
            "@id": file.path,
            "name": Path(file.path).name,
            "contentUrl": file.path,
            "contentSize": f"{file.bytes} B",
            "encodingFormat": PARQUET,
            "sha256": file.sha256,
        }
        for file in story.files
    ]


def _file_set(config: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": f"files-{config}",
        "name": f"files-{config}",
        "encodingFormat": PARQUET,
        "includes": f"data/{config}/*.parquet",
    }


def _record_set(config: str, schema: pa.Schema, key: tuple[str, ...]) -> dict[str, Any]:
    split = {
        "@type": "cr:Field",
        "@id": f"{config}/split",
        "name": "split",
        "description": "the split, out of the file's name",
        "dataType": "sc:Text",
        "source": {
            "fileSet": {"@id": f"files-{config}"},
            "extract": {"fileProperty": "filename"},
            "transform": {"regex": "^(.+)-[0-9]{5}-of-[0-9]{5}[.]parquet$"},
        },
    }
    return {
        "@type": "cr:RecordSet",
        "@id": config,
        "name": config,
        "description": WHAT[config],
        "key": [{"@id": f"{config}/{name.replace('.', '/')}"} for name in key],
        "field": [split, *(_field(config, field.name, field.type, ()) for field in schema)],
    }


def _field(
    config: str, name: str, kind: pa.DataType, above: tuple[str, ...], array: bool = False
) -> dict[str, Any]:
    """A column, or a part of one: structs have sub-fields, lists are arrays of one dimension."""
    if pa.types.is_list(kind):
        return _field(config, name, kind.value_type, above, array=True)
    path = (*above, name)
    made: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": "/".join((config, *path)),
        "name": name,
        **({"isArray": True, "arrayShape": "-1"} if array else {}),
    }
    if pa.types.is_struct(kind):
        inner = [kind.field(i) for i in range(kind.num_fields)]
        return made | {"subField": [_field(config, f.name, f.type, path) for f in inner]}
    steps = [{"jsonPath": step} for step in path[1:]]
    source = {"fileSet": {"@id": f"files-{config}"}, "extract": {"column": path[0]}}
    return made | {
        "dataType": _type(kind),
        "source": source | ({"transform": steps} if steps else {}),
    }


def _type(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "sc:Boolean"
    if pa.types.is_integer(kind):
        return "sc:Integer"
    if pa.types.is_floating(kind):
        return "sc:Float"
    if pa.types.is_date(kind):
        return "sc:Date"
    return "sc:DateTime" if pa.types.is_timestamp(kind) else "sc:Text"


def check(path: Path) -> bool:
    """Whether mlcroissant is there and takes the file.

    Raises:
        IntegrityError: It does not.
    """
    try:
        import mlcroissant
    except ModuleNotFoundError:
        return False
    try:
        with warnings.catch_warnings():
            # Of rdflib, about itself.
            warnings.simplefilter("ignore", DeprecationWarning)
            mlcroissant.Dataset(jsonld=str(path))
    except mlcroissant.ValidationError as error:
        raise IntegrityError(f"{path}: not Croissant 1.1 ({error}); report this bug") from error
    return True
