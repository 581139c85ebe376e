"""Tables of the evaluation page: rows of the marts in, grids out. Reckons nothing itself."""

from typing import Any

from warehouse.reporting.evaluation.grid import (
    MISSING,
    Cell,
    Grid,
    Line,
    chance,
    dollars,
    money,
    percent,
    shown,
    utility,
    whole,
    words,
)
from warehouse.reporting.evaluation.roles import ORDER, ROUTER, baseline_label, label

Row = dict[str, Any]
NONE = Cell(MISSING)
POLICIES = [
    ("Policy", False),
    ("Value", True),
    ("USD per query", True),
    ("USD in all", True),
    ("Cost utility", True),
    ("Headroom", True),
    ("Items", True),
    ("Failed", True),
    ("Un\N{SOFT HYPHEN}graded", True),
    ("Answers", False),
]
PAIRS = [
    ("Policy", False),
    ("Against", False),
    ("Difference", True),
    ("Won, lost, equal", True),
    ("p", True),
    ("USD per query, difference", True),
    ("Items", True),
]
OVERVIEW = [
    ("Suite", False),
    ("Router", False),
    ("Value", True),
    ("Best single", True),
    ("At random", True),
    ("Oracle", True),
    ("Headroom", True),
    ("USD per query", True),
    ("Items", True),
]
# Where a column of ours is no value of a run, but of a part.
OF_PART = {("ifeval", "m2"): "instructions"}
MODES = {"direct": "own", "selected": "one reply", "synthesize": "synthesis"}
# Columns of the published table, as it has them.
PUBLISHED = {
    ("livecodebench", "accuracy"): "LiveCodeBench v5",
    ("gpqa_diamond", "accuracy"): "GPQA-Diamond",
    ("aime25", "accuracy"): "AIME-25",
    ("mt_bench", "rating"): "MT-Bench, of 10",
    ("ifeval", "m1"): "IFEval m1, prompts",
    ("ifeval", "m2"): "IFEval m2, instructions",
    ("livebench", "average"): "LiveBench, of 100",
}


def policies(name: str, runs: list[Row], baselines: list[Row]) -> Grid:
    """Runs and baselines of one suite: routers first, then what they have to beat."""
    pools = len({run["pool"] for run in runs}) > 1
    lines = [(_place(run), _run_line(run, pools)) for run in runs]
    lines += [(_place(row), _baseline_line(row)) for row in baselines]
    lines.sort(key=lambda pair: pair[0])
    caption = "Policies and baselines: value in the suite's scale, with 95 % intervals, and cost"
    return Grid(f"table-{name}", caption, POLICIES, [line for _, line in lines])


def _place(row: Row) -> tuple[int, float]:
    return ORDER.index(row["role"]), -(row["value"] if row["value"] is not None else -1)


def _run_line(run: Row, pools: bool) -> Line:
    where = f", {run['pool']}" if pools else ""
    cells = [
        words(label(run), run["role"] + where, run["is_simulated"]),
        shown(run["value"], run["metric_scale"], run["value_low"], run["value_high"]),
        money(run["cost_usd"], run["cost_low"], run["cost_high"]),
        money(float(run["total_cost_usd"])),
        utility(run["cost_utility"]),
        percent(run["captured"]),
        whole(run["problems"], run["items"], run["stopped"]),
        whole(run["failed"]),
        whole(run["ungraded"]),
        words(_modes(run)),
    ]
    return Line(cells, run["role"])


def _modes(run: Row) -> str:
    """How answers were made, as far as there is more than one way."""
    return ", ".join(f"{run[m]:.0%} {word}" for m, word in MODES.items() if run[m] >= 0.005)


def _baseline_line(row: Row) -> Line:
    name, role = baseline_label(row), row["role"]
    if row["source"] == "unknown":
        return Line([words(role)], role, f"Unknown: {row['note']}.")
    cells = [
        words(name, "by the bank" if name == role else f"{role}, by the bank"),
        shown(row["value"], row["metric_scale"]),
        money(row["mean_cost_usd"]),
        NONE,
        utility(row["cost_utility"]),
        NONE,
        whole(row["problems"], row["items"]),
        NONE,
        NONE,
        NONE,
    ]
    return Line(cells, role)


def by_part(name: str, found: list[Row], runs: list[Row]) -> Grid:
    """What runs reach on parts of one suite: a row a run, a column a part."""
    parts = sorted({row["part"] for row in found})
    values = {(row["run_id"], row["part"]): row for row in found}
    heads = [("Policy", False), *((part, True) for part in parts)]
    lines = []
    for run in sorted(runs, key=_place):
        cells = [
            shown(row["value"], row["metric_scale"], row["value_low"], row["value_high"])
            if (row := values.get((run["run_id"], part)))
            else NONE
            for part in parts
        ]
        lines.append(Line([words(label(run), None, run["is_simulated"]), *cells], run["role"]))
    return Grid(f"parts-{name}", "Parts of the suite, with 95 % intervals", heads, lines)


def pairs(name: str, found: list[Row], runs: list[Row]) -> Grid:
    """Each pair of two runs, by role of the other."""
    by_run = {run["run_id"]: run for run in runs}

    def place(row: Row) -> tuple[str, int, str]:
        return row["policy_a"], ORDER.index(by_run[row["run_b"]]["role"]), row["policy_b"]

    lines = [
        _pair_line(row, by_run[row["run_a"]], by_run[row["run_b"]])
        for row in sorted(found, key=place)
    ]
    caption = "Two by two, on the items that both were graded on"
    return Grid(f"pairs-{name}", caption, PAIRS, lines)


def _pair_line(row: Row, one: Row, other: Row) -> Line:
    cells = [
        words(label(one)),
        words(label(other), other["role"] if other["role"] not in label(other) else None),
        shown(row["difference"], row["metric_scale"], row["low"], row["high"]),
        words(f"{row['wins']:,}, {row['losses']:,}, {row['ties']:,}"),
        chance(row["p_value"]),
        money(row["cost_difference"], row["cost_low"], row["cost_high"]),
        whole(row["problems"]),
    ]
    return Line(cells, other["role"])


def overview(lines: list[Line]) -> Grid:
    """One row a router, all suites together."""
    caption = "Routers beside the best single model, any model at random and the oracle"
    return Grid("table-overview", caption, OVERVIEW, lines)


def overview_lines(name: str, runs: list[Row], baselines: list[Row]) -> list[Line]:
    """Rows of one suite; the role of a row is the id of its section."""
    known = {row["baseline"]: row for row in baselines if row["baseline"] != "single"}
    routers = [run for run in runs if run["role"] == ROUTER]
    return [_overview_line(name, run, known) for run in routers] or [_no_router(name, runs, known)]


def _overview_line(name: str, run: Row, known: dict[str, Row]) -> Line:
    scale = run["metric_scale"]
    # Over the items that the headroom is over, where it has one.
    same = {"best_single": run["best_single"], "oracle": run["oracle"]}
    bounds = {b: same.get(b) if same.get(b) is not None else r["value"] for b, r in known.items()}
    single = run["best_single_model"] or known["best_single"]["model_id"]
    cells = [
        words(run["suite"], simulated=run["is_simulated"]),
        words(label(run)),
        shown(run["value"], scale, run["value_low"], run["value_high"]),
        shown(bounds["best_single"], scale)._replace(small=single),
        shown(bounds["random"], scale),
        shown(bounds["oracle"], scale),
        percent(run["captured"]),
        money(run["cost_usd"], run["cost_low"], run["cost_high"]),
        whole(run["problems"], run["items"], run["stopped"]),
    ]
    return Line(cells, name)


def _no_router(name: str, runs: list[Row], known: dict[str, Row]) -> Line:
    scale = runs[0]["metric_scale"]
    single = known["best_single"]
    cells = [
        words(runs[0]["suite"], simulated=runs[0]["is_simulated"]),
        words("no router was run"),
        NONE,
        shown(single["value"], scale)._replace(small=single["model_id"]),
        shown(known["random"]["value"], scale),
        shown(known["oracle"]["value"], scale),
        NONE,
        NONE,
        whole(single["items"]),
    ]
    return Line(cells, name)


def published(rows: list[Row], runs: list[Row], by_part: list[Row]) -> Grid:
    """The published table, and under it what we measured on the same suites."""
    heads = [("System", False), *((text, True) for text in PUBLISHED.values())]
    lines = []
    for system in dict.fromkeys(row["system"] for row in rows):
        mine = {(r["suite"], r["metric"]): r for r in rows if r["system"] == system}
        first = next(iter(mine.values()))
        cells = [_both(mine[key]) for key in PUBLISHED]
        lines.append(Line([words(system), *cells], ROUTER if first["is_router"] else ""))
    caption = "Published results: value, and USD per query (of LiveBench: of the whole run)"
    return Grid("table-published", caption, heads, [*lines, *_ours(runs, by_part)])


def _both(row: Row) -> Cell:
    """As published, with all digits."""
    digits = 2 if row["metric_scale"] == 100 else 4
    usd = format(row["cost_usd"].normalize(), "f")
    return Cell(f"{row['value']:.{digits}f}", repr(row["value"]), f"${usd}")


def _ours(runs: list[Row], by_part: list[Row]) -> list[Line]:
    """Ours on suites of the table, each under the metric that is alike; IFEval's are strict."""
    inside = {(row["run_id"], row["part"]): row["value"] for row in by_part}
    named: dict[tuple[str, bool], dict[tuple[str, str], Cell]] = {}
    for run in runs:
        for key in PUBLISHED:
            part = OF_PART.get(key)
            value = inside.get((run["run_id"], part)) if part else run["value"]
            if run["suite"] == key[0] and value is not None:
                cell = shown(value, run["metric_scale"])._replace(small=dollars(run["cost_usd"]))
                named.setdefault((label(run), run["is_simulated"]), {})[key] = cell
    return [
        Line(
            [
                words(f"ours: {name}", simulated=simulated),
                *(cells.get(key, NONE) for key in PUBLISHED),
            ],
            "ours",
        )
        for (name, simulated), cells in named.items()
    ]
