"""Models that ship, and those of runs and exports."""

import numpy as np
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.games import registry
from set_contrastive.playing import measured
from set_contrastive.playing import pack
from set_contrastive.playing import shelf
from set_contrastive.playing import shipped
from set_contrastive.playing.play_config import PlayConfig
from tests.explaining import planted as runs
from tests.playing import exported


def test_six_models_ship_in_less_than_5_mb():
    files = [path for path in shipped.FOLDER.iterdir() if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 5 * 10**6
    models = shelf.find(PlayConfig())
    told = {(m.series, m.vector_dim) for m in models}
    two_towers = {("two-tower", d) for d in (4, 8, 16, 27)}
    assert told == two_towers | {("late interaction 8 x 2", 4), ("cross-encoder", None)}
    assert {m.game.spec.name for m in models} == {"union_27"}
    for found in shipped.read():
        with np.load(found.weights) as arrays:
            assert {arrays[name].dtype for name in arrays} == {np.dtype("float16")}
        assert found.spec == registry.get("union_27").spec
    floors = {m.vector_dim: m.floor for m in models if m.series == "two-tower"}
    assert floors[4] == pytest.approx(0.327, abs=5e-4) and floors[27] < 1e-5


def test_what_ships_predicts_as_well_as_its_file_says():
    for model in shelf.find(PlayConfig()):
        if model.name not in ("two_tower_d4", "cross_encoder"):
            continue
        queries = model.game.sample(np.random.default_rng(11), 256)
        kl = [measured.measure(model, query).kl_nats for query in queries[:8]]
        assert np.mean(kl) < 4 * model.mean_kl
        scores = model.subject.score(queries)
        mask = model.game.answer(queries)
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        each = [
            np.log(1 / m.sum() / row[m]).mean() for row, m in zip(p, mask, strict=True)
        ]
        error = np.std(each) / 16
        assert abs(np.mean(each) - model.mean_kl) < 4 * error + 1e-5


def test_a_packed_run_differs_by_what_float16_loses(tmp_path):
    workdir = runs.run_of(tmp_path / "run", "late_interaction", "wildcard_27")
    line = pack.pack(workdir, tmp_path, 32)
    assert line.startswith("wildcard_27-late_interaction")
    (found,) = shipped.read(tmp_path)
    query = registry.get("wildcard_27").population()[:9]
    (run,) = shelf.find(PlayConfig(workdir=workdir))
    expected = run.subject.score(query)
    scores = found.build()({"query": query}).numpy()
    np.testing.assert_allclose(scores, expected, atol=2e-2)
    assert np.abs(scores - expected).max() > 0
    found.weights.write_bytes(b"PK")
    with pytest.raises(UserError, match="holds no weights of this model"):
        found.build()


def test_runs_of_a_folder_are_found_by_game(tmp_path):
    for name, family, game in (
        ("union_27/a/seed_0", "two_tower", "union_27"),
        ("set_27/b/seed_0", "classifier", "set_27"),
    ):
        runs.run_of(tmp_path / name, family, game)
    models = shelf.find(PlayConfig(workdir=str(tmp_path)))
    assert [m.name for m in models] == ["set_27/b/seed_0", "union_27/a/seed_0"]
    assert [m.name for m in shelf.of_game(models, registry.get("union_27"))] == [
        "union_27/a/seed_0"
    ]
    assert models[0].mean_kl is None
    found = measured.measure(models[0], models[0].game.population()[0])
    assert found.probabilities.sum() == pytest.approx(1)


def test_an_export_scores_as_the_model_that_it_is_of(tmp_path):
    folder = exported.export("cross_encoder", tmp_path)
    (model,) = shelf.find(PlayConfig(saved_models=(str(folder),)))
    assert model.title == "cross-encoder" and model.vector_dim is None
    (same,) = [m for m in shelf.find(PlayConfig()) if m.name == "cross_encoder"]
    query = model.game.sample(np.random.default_rng(0), 1)[0]
    np.testing.assert_allclose(
        measured.measure(model, query).probabilities,
        measured.measure(same, query).probabilities,
        atol=1e-6,
    )


def test_what_is_not_there_is_a_users_error(tmp_path):
    with pytest.raises(UserError, match="workdir must hold a trained run"):
        shelf.find(PlayConfig(workdir=str(tmp_path)))
    with pytest.raises(UserError, match="no exported scorer that can be read"):
        shelf.find(PlayConfig(saved_models=(str(tmp_path),)))
    with pytest.raises(UserError, match="expected one of workdir and saved_models"):
        PlayConfig(workdir="a", saved_models=("b",))
    with pytest.raises(UserError, match="port must be"):
        PlayConfig(port=70_000)
