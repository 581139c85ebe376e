"""Instruction following: IFEval's instructions on texts that are bent to follow them or not."""

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from agreement.pairs import Pair
from agreement.real import instructions, replies

# NLTK counts sentences with a model that has to be downloaded.
NOT_COMPARED = ("length_constraints:number_sentences",)
_PLAIN = (
    "The harbour lies north of the old town. Boats leave every hour, and most of them return by "
    "dusk.\n\nVisitors like the market; they buy fish, bread and flowers. Is it open on Sundays? "
    "It is, from nine to noon.\n\nA tram goes up the hill. The view there is worth the ride!"
)


def ifeval(number: int, rng: random.Random, data: Path | None) -> Iterator[Pair]:
    """Every instruction of the benchmark in turn, each with several texts."""
    known = [pair for pair in instructions(data) if pair[0] not in NOT_COMPARED]
    texts = [*replies(data), _PLAIN]
    made = 0
    while made < number and known:
        rng.shuffle(known)
        for name, kwargs in known:
            made += 1
            text = rng.choice(texts)
            bend = _BENT.get(name)
            if bend and rng.random() < 0.6:
                text = bend(text, kwargs, rng)
            extra = {"instruction_id_list": [name], "prompt": "Do it."}
            fine = not name.startswith(("language:", "change_case:english"))
            yield Pair(
                "ifeval", name, text, [kwargs], None, fine,
                "ifeval", [{"id": name, "kwargs": kwargs}], {}, extra,
            )  # fmt: skip


Bend = Callable[[str, dict[str, Any], random.Random], str]


def _near(kwargs: dict[str, Any], name: str, rng: random.Random) -> int:
    return max(0, int(kwargs[name]) + rng.randint(-1, 1))


def _repeated(word: str, relation: str = "") -> Bend:
    def bend(text: str, kwargs: dict[str, Any], rng: random.Random) -> str:
        return f"{text} " + f"{kwargs[word]} " * rng.randint(0, 6)

    return bend


def _lines(mark: str, name: str) -> Bend:
    def bend(text: str, kwargs: dict[str, Any], rng: random.Random) -> str:
        lines = [mark.format(i + 1) for i in range(_near(kwargs, name, rng))]
        return f"{text[:200]}\n" + "\n".join(lines) + "\nThe end"

    return bend


def _paragraphs(text: str, kwargs: dict[str, Any], rng: random.Random) -> str:
    count = max(1, _near(kwargs, "num_paragraphs", rng))
    mark = rng.choice(["\n***\n", " *** ", "\n\n***\n\n"])
    return mark.join(f"Part {i}, text" for i in range(count)) + rng.choice(["", mark])


def _first_word(text: str, kwargs: dict[str, Any], rng: random.Random) -> str:
    parts = [f"Part {i} of it" for i in range(_near(kwargs, "num_paragraphs", rng))]
    nth = int(kwargs["nth_paragraph"])
    if nth <= len(parts):
        parts[nth - 1] = (
            rng.choice(["", '"', "'"]) + str(kwargs["first_word"]).title() + ", so it is"
        )
    return "\n\n".join(parts)


_BENT: dict[str, Bend] = {
    "change_case:capital_word_frequency": lambda t, k, r: f"{t} {'STOP ' * r.randint(0, 9)}",
    "change_case:english_capital": lambda t, k, r: t.upper(),
    "change_case:english_lowercase": lambda t, k, r: t.lower(),
    "combination:repeat_prompt": lambda t, k, r: f"{k['prompt_to_repeat']}\n{t}",
    "combination:two_responses": lambda t, k, r: r.choice(["", "******"]) + f"A {t}******{t} B",
    "detectable_content:number_placeholders": _lines("[item {}]", "num_placeholders"),
    "detectable_content:postscript": lambda t, k, r: f"{t}\n{r.choice(['P.S. ', 'P.P.S '])}Bye",
    "detectable_format:constrained_response": lambda t, k, r: "My answer is maybe.",
    "detectable_format:json_format": lambda t, k, r: f"```json\n{json.dumps({'a': t})}\n```",
    "detectable_format:multiple_sections": lambda t, k, r: "\n".join(
        f"{k['section_spliter']} {i}\nText" for i in range(_near(k, "num_sections", r))
    ),
    "detectable_format:number_bullet_lists": _lines("* point {}", "num_bullets"),
    "detectable_format:number_highlighted_sections": _lines("*part {}*", "num_highlights"),
    "detectable_format:title": lambda t, k, r: r.choice(["<<Title>>\n", "<< >>\n", "<<a"]) + t,
    "keywords:existence": lambda t, k, r: f"{t} {' '.join(k['keywords'][r.randint(0, 1) :])}",
    "keywords:forbidden_words": lambda t, k, r: (
        f"{t} {r.choice(k['forbidden_words'])}{r.choice(['', 'x'])}"
    ),
    "keywords:frequency": _repeated("keyword"),
    "keywords:letter_frequency": _repeated("letter"),
    "length_constraints:nth_paragraph_first_word": _first_word,
    "length_constraints:number_paragraphs": _paragraphs,
    "length_constraints:number_words": lambda t, k, r: "word " * _near(k, "num_words", r),
    "punctuation:no_comma": lambda t, k, r: t.replace(",", ""),
    "startend:end_checker": lambda t, k, r: f"{t} {k['end_phrase']}{r.choice(['', '.', ' '])}",
    "startend:quotation": lambda t, k, r: f'"{t}"',
}
