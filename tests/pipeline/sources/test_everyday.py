from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.accounting import Reject
from pipeline.errors import InputError
from pipeline.sources import everyday, qna
from pipeline.sources.mapping import EverydaySet, load_mapping
from pipeline.sources.qna import Wording
from pipeline.sources.rows import SourceRow

NAMES = {"language": "en", "data_source": "mine", "dataset": "me/mine", "licence": "CC0-1.0"}
FACTS: dict[str, Any] = {**NAMES, "domain": "factual", "question": "q", "answer": "a"}


def facts(files: str, kind: str, **more: Any) -> EverydaySet:
    return EverydaySet(files=files, format=kind, **(FACTS | more))


def chat(files: str = "*.qna", language: str = "en") -> EverydaySet:
    return EverydaySet(files=files, format="qna", domain="chat", **(NAMES | {"language": language}))


def read(path: Path, *sets: EverydaySet) -> list[Any]:
    return list(everyday.read(str(path), sets))


def put(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


QNA = """> # QnA pairs

> !# @qna.pair.source = x

# ? ¿Qué tal?
- ¿Cómo estás?
* ¿Todo bien?

**Filters:**
- editorial = chitchat

```markdown
Bien.
- gracias
```

# ? Hola
```
Buenas
```
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_variant_of_a_qna_file_is_a_query(tmp_path: Path, newline: str) -> None:
    path = put(tmp_path / "x.qna", "\ufeff" + QNA.replace("\n", newline))
    rows = read(path, chat(language="es"))
    texts = [r.messages[0]["content"] for r in rows]
    assert texts == ["¿Qué tal?", "¿Cómo estás?", "¿Todo bien?", "Hola"]
    assert [r.solution for r in rows] == ["Bien.\n- gracias"] * 3 + ["Buenas"]
    assert rows[1] == SourceRow(
        data_source="mine",
        domain="chat",
        messages=[{"role": "user", "content": "¿Cómo estás?"}],
        grader="chat",
        ground_truth=None,
        grader_args={"language": "es"},
        dataset="me/mine",
        licence="CC0-1.0",
        file="x.qna",
        row=1,
        solution="Bien.\n- gracias",
    )


@pytest.mark.parametrize("text", ["# ? a\n- b\n", "# ? a\n- b\n```markdown\nhalf an ans"])
def test_qna_questions_without_a_whole_reply_are_rejects(tmp_path: Path, text: str) -> None:
    items = read(put(tmp_path / "x.qna", text), chat())
    assert [(i.key, i.reason) for i in items] == [
        ("x.qna#0", "missing_answer"),
        ("x.qna#1", "missing_answer"),
    ]


def test_qna_file_without_a_question(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"x\.qna: no question.*'# \? text'"):
        read(put(tmp_path / "x.qna", "just words\n"), chat())


LINE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1)


@given(st.lists(st.tuples(LINE, st.lists(LINE, max_size=3), LINE), max_size=4))
def test_qna_gives_back_what_was_written(intents: list[tuple[str, list[str], str]]) -> None:
    clean = [
        (q.strip() or "q", [v.strip() or "v" for v in vs], r.strip("`~") or "r")
        for q, vs, r in intents
    ]
    text = "".join(
        f"# ? {q}\n" + "".join(f"- {v}\n" for v in vs) + f"\n```markdown\n{r}\n```\n\n"
        for q, vs, r in clean
    )
    expected = [Wording(w, r) for q, vs, r in clean for w in (q, *vs)]
    assert list(qna.parse(text.split("\n"))) == expected


def test_csv(tmp_path: Path) -> None:
    text = 'x,q,a\r\n1,"Two\r\nlines, ""quoted""?",Ja\r\n\r\n2,Größe?,  12 m \r\n'
    rows = read(put(tmp_path / "f.csv", text), facts("*.csv", "csv", answer_type="number"))
    assert [r.messages[0]["content"] for r in rows] == ['Two\r\nlines, "quoted"?', "Größe?"]
    assert [r.ground_truth for r in rows] == ["Ja", "12 m"]
    assert rows[0].grader == "short_answer"
    assert rows[0].grader_args == {"answer_type": "number"}
    assert [r.row for r in rows] == [0, 1]


def test_csv_rows_that_do_not_fit_the_header(tmp_path: Path) -> None:
    items = read(
        put(tmp_path / "f.csv", "q,a\nWho?\nWho,me,too\n?,\n,x\nWhy?,So\n"), facts("f*", "csv")
    )
    assert [(i.reason, i.key) for i in items[:4]] == [
        ("malformed_row", "f.csv#0"),
        ("malformed_row", "f.csv#1"),
        ("missing_answer", "f.csv#2"),
        ("missing_question", "f.csv#3"),
    ]
    assert items[4].ground_truth == "So"


def test_truncated_csv(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"f\.csv: broken CSV at line 3 .*truncated"):
        read(put(tmp_path / "f.csv", 'q,a\nWho?,me\n"Wh'), facts("f*", "csv"))


@pytest.mark.parametrize("text", ["", "question,a\n1,2\n"])
def test_csv_without_the_declared_column(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match=r"f\.csv: no column 'q', which the mapping declares"):
        read(put(tmp_path / "f.csv", text), facts("f*", "csv"))


def test_very_long_csv_field(tmp_path: Path) -> None:
    long = "x" * 300_000
    assert read(put(tmp_path / "f.csv", f"q,a\n{long},1\n"), facts("f*", "csv"))[0].row == 0


def test_answer_type_from_a_column(tmp_path: Path) -> None:
    kind = {"column": "m", "pattern": "type=(\\w+)", "types": {"Number": "number"}}
    known = facts("f*", "csv", answer_type_from=kind, answer_type="text")
    rows = read(put(tmp_path / "f.csv", "q,a,m\n1,1,type=Number\n2,2,type=X\n3,3,\n"), known)
    assert [r.grader_args["answer_type"] for r in rows] == ["number", "text", "text"]


def test_jsonl(tmp_path: Path) -> None:
    text = '{"q": "a\\u2028b", "a": ["x", " x", "", null, 7]}\r\n\r\n{"q": "c", "a": 1.5}\n'
    rows = read(put(tmp_path / "f.jsonl", text), facts("f*", "jsonl"))
    assert [r.ground_truth for r in rows] == [["x", "7"], "1.5"]
    assert [r.row for r in rows] == [0, 1]


def test_broken_jsonl_lines_are_rejects(tmp_path: Path) -> None:
    text = (
        '{"q": "a", "a": "b"}\n{"q": \n[1]\n{"q": 5, "a": "b"}\n{"a": "b"}\n{"q": "x", "a": []}\n'
    )
    items = read(put(tmp_path / "f.jsonl", text), facts("f*", "jsonl"))
    assert [i.reason for i in items if isinstance(i, Reject)] == [
        "malformed_row",
        "malformed_row",
        "missing_question",
        "missing_question",
        "missing_answer",
    ]


def test_jsonl_without_the_declared_column(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"no column 'a', which the mapping declares; found answer, q"
    ):
        read(put(tmp_path / "f.jsonl", '{"q": "x", "answer": "y"}\n'), facts("f*", "jsonl"))


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "f.parquet"
    pq.write_table(pa.table({"q": ["x", None], "a": [["1", "2"], ["3"]], "z": [0, 0]}), path)
    first, second = read(path, facts("*.parquet", "parquet"))
    assert first.ground_truth == ["1", "2"]
    assert second.reason == "missing_question"
    assert everyday.count(str(path), [facts("*.parquet", "parquet")]) == 2
    pq.write_table(pa.table({"q": [1], "a": ["1"]}), path)
    with pytest.raises(InputError, match="column 'q' is int64; it must be text"):
        read(path, facts("*.parquet", "parquet"))


def test_not_utf8(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"f\.csv: not UTF-8"):
        read(put(tmp_path / "f.csv", "q,a\ngröße,1\n".encode("latin-1")), facts("f*", "csv"))


def test_unmapped_files_of_a_directory_are_rejects(tmp_path: Path) -> None:
    put(tmp_path / "known.jsonl", '{"q": "x", "a": "y"}\n')
    put(tmp_path / "other.txt", "hello")
    first, second = read(tmp_path, facts("known.*", "jsonl"))
    assert (first.key, first.reason) == ("other.txt", "unmapped_file")
    assert second.ground_truth == "y"


def test_nothing_mapped_missing_and_empty(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no file"):
        read(tmp_path, chat())
    path = put(tmp_path / "other.txt", "hello")
    for spec in (tmp_path, path):
        with pytest.raises(
            InputError, match=r"names none of its files \(other\.txt\).*\[\[sets\]\]"
        ):
            read(spec, chat())
    with pytest.raises(InputError, match="no such file"):
        read(tmp_path / "gone.qna", chat())


def test_real_files(shared: Path) -> None:
    mapping = load_mapping()
    items = read(shared / "everyday", *mapping)
    counts: dict[str, int] = {}
    for item in items:
        assert isinstance(item, SourceRow), item
        counts[item.data_source] = counts.get(item.data_source, 0) + 1
    assert counts["simpleqa"] == 4326
    assert counts["nq_open"] == 3610
    # 90 intents a file: the question that heads each, and 9,703 further wordings
    assert counts["chitchat__english_friendly"] == 90 + 9703
    assert counts["chitchat__english_professional"] == 90 + 9703
    assert counts["chitchat__japanese_friendly"] == 15312
    assert counts["chitchat__spanish_friendly"] == 19313
    languages = {i.grader_args["language"] for i in items if i.domain == "chat"}
    assert languages == {"en", "es", "ja"}
    assert all(i.solution for i in items if i.domain == "chat")
    kinds = {i.grader_args.get("answer_type") for i in items if i.data_source == "simpleqa"}
    assert kinds == {None, "number", "date"}
    assert everyday.count(str(shared / "everyday"), mapping) == len(items)
