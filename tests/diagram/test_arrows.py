"""A diagram's text: what it says, and each refusal with its place and what is allowed."""

from __future__ import annotations

from typing import Any

import pytest

from lowback.checked_yaml import ConfigurationError
from lowback.diagram import Diagram, Node, diagram_of, diagrams, identified_by, read_diagram, shipped_names
from lowback.sentences import identification
from lowback.study import Estimand, Study
from lowback.variables import Variable, dictionary


def of(*arrows: str, **more: Any) -> Diagram:
    return diagram_of({"title": "A diagram", "arrows": list(arrows), **more}, "mine", "mine.yml")


def test_chains_arrows_backwards_and_shared_causes_are_read() -> None:
    found = of(
        "sitting_hours -> hip_extension_deg -> pelvic_tilt_deg",
        "pain_nrs<-pelvic_tilt_deg",
        "bmi <-> pain_nrs",
    )
    said = [f"{one}>{other}" for one, other in found.arrows]
    assert said == [
        "sitting_hours>hip_extension_deg",
        "hip_extension_deg>pelvic_tilt_deg",
        "pelvic_tilt_deg>pain_nrs",
    ]
    assert found.shared == ((Node("bmi"), Node("pain_nrs")),)


def test_an_earlier_visit_is_a_node_of_its_own() -> None:
    found = of("pain_nrs[t-1] -> pain_nrs", "pain_nrs[t-1] -> pelvic_tilt_deg[t]")
    assert found.nodes == (Node("pain_nrs", 1), Node("pain_nrs"), Node("pelvic_tilt_deg"))
    assert found.label(Node("pain_nrs", 1)) == "back pain at the visit before"


@pytest.mark.parametrize(
    ("arrows", "said"),
    [
        (
            ["pain_nrs => bmi"],
            "mine.yml: arrows[0] = 'pain_nrs => bmi': 'pain_nrs => bmi' is no name of a column",
        ),
        (["pain_nrs"], "no arrow; allowed: 'sitting_hours -> hip_extension_deg'"),
        (["pain_nrs -> __import__('os')"], "is no name of a column"),
        (["pain_nrs -> pian_nrs"], "no column 'pian_nrs'; declare it under 'latent'"),
        (["pain_nrs -> pian_nrs"], "did you mean 'pain_nrs'?"),
        (["bmi -> pain_nrs", "pain_nrs <- bmi"], "'bmi -> pain_nrs' stands twice"),
        (["bmi <-> pain_nrs", "pain_nrs <-> bmi"], "'bmi <-> pain_nrs' stands twice"),
        (["bmi -> pain_nrs -> sitting_hours -> bmi"], "is a circle; write an earlier value as bmi[t-1]"),
        (["pain_nrs -> pain_nrs"], "nothing causes itself; its earlier value is pain_nrs[t-1]"),
        (["pain_nrs -> pelvic_tilt_deg[t-1]"], "leads into the past"),
        (["age_years[t-1] -> pain_nrs"], "'age_years' is recorded once a person"),
        ([], "arrows = []: expected one entry more at least"),
        ([3], "arrows[0] = 3: expected text"),
    ],
)
def test_what_is_no_diagram_is_refused_with_its_place(arrows: list[Any], said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        of(*arrows)
    assert said in str(refused.value)


def test_keys_that_fit_no_arrow_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="latent 'load' has no arrow"):
        of("bmi -> pain_nrs", latent={"load": "load"})
    with pytest.raises(ConfigurationError, match="'bmi' is a column, so it is not latent"):
        of("bmi -> pain_nrs", latent={"bmi": "load"})
    with pytest.raises(ConfigurationError, match="'arm' is by chance, so 'bmi -> arm' cannot be"):
        of("bmi -> arm -> pain_nrs", by_chance=["arm"])
    with pytest.raises(ConfigurationError, match="unknown key 'arows'"):
        diagram_of({"title": "A", "arows": []}, "mine", "mine.yml")


def test_a_file_names_itself_and_a_cohorts_own_columns_count(tmp_path) -> None:
    path = tmp_path / "mine.yml"
    path.write_text("title: Mine\narrows: [dose_mg -> relief]\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"mine\.yml: arrows\[0\] = 'dose_mg -> relief': no column"):
        read_diagram(path)
    own = {name: Variable(name=name, label=name) for name in ("dose_mg", "relief")}
    assert read_diagram(path, own).name == "mine"
    with pytest.raises(ConfigurationError, match="no such file"):
        read_diagram(tmp_path / "none.yml")


def test_three_diagrams_ship_and_ones_own_comes_first(tmp_path) -> None:
    assert tuple(one.name for one in diagrams()) == shipped_names()
    assert all(one.says and one.by_chance == ("arm",) for one in diagrams())
    path = tmp_path / "mine.yml"
    path.write_text("title: Mine\narrows: [bmi -> pain_nrs]\n", encoding="utf-8")
    assert diagrams(path)[0].name == "mine"


def test_the_rivals_deny_what_the_mechanism_claims() -> None:
    mechanism, guarding, activity = (one.graph for one in diagrams())
    hip, pain = Node("hip_extension_deg"), Node("pain_nrs")
    reach = [pain in _after(graph, hip) for graph in (mechanism, guarding, activity)]
    assert reach == [True, False, False]


def _after(graph: Any, node: Node) -> set[Any]:
    ahead, found = [node], set()
    while ahead:
        for one in graph[ahead.pop()]:
            found.add(one)
            ahead.append(one)
    return found


def test_a_cohorts_own_column_is_called_by_its_label() -> None:
    own = Variable(name="smk", label="cigarettes a day, counted", unit="cigarettes")
    known = {**dictionary(), "smk": own}
    diagram = diagram_of({"title": "t", "arrows": ["smk -> pain_nrs"]}, "t", "t.yml", known)
    assert [diagram.label(node) for node in diagram.nodes] == ["cigarettes a day", "back pain"]
    slope = Estimand(name="s", summary="slope", outcome="pain_nrs", exposure="smk", per=10)
    study = Study(title="s", design="cohort", estimands=(slope,))
    said = identification(identified_by([diagram], study, {"smk", "pain_nrs"}), [diagram]).media["text/plain"]
    assert "the effect of cigarettes a day on back pain can be estimated without adjustment" in said
