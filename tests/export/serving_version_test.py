"""The documented image's TensorFlow, older than ours, answers with the same bits.

So it does where there is AVX-512. On an AMD processor without it the kernels of the two
versions were seen to round otherwise, by 7e-7 at most, with oneDNN and without.
"""

import pathlib
import re
import subprocess
import sys

import numpy as np
import pytest

from set_contrastive.games import registry
from tests.export import answers

_ROOT = pathlib.Path(__file__).parents[2]
_SAME_BITS = "avx512f" in pathlib.Path("/proc/cpuinfo").read_text()
_COMPOSE = _ROOT / "export" / "serving" / "docker-compose.yml"


@pytest.fixture(scope="module")
def older_python(tmp_path_factory):
    """Python of an environment with the image's TensorFlow and nothing of ours."""
    (version,) = re.findall(r"tensorflow/serving:([\d.]+)", _COMPOSE.read_text())
    folder = tmp_path_factory.mktemp("older") / "venv"
    uv = str(pathlib.Path(sys.executable).parent / "uv")
    python = str(folder / "bin" / "python")
    package = f"tensorflow-cpu=={version}"
    for command in (
        [uv, "venv", "--quiet", f"--python={sys.executable}", str(folder)],
        [uv, "pip", "install", "--quiet", f"--python={python}", package],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:  # Without a network, or a Python that it does not know.
            pytest.skip(f"{package} cannot be installed: {done.stderr.strip()[-200:]}")
    return python, version


def _assert_same(older, ours):
    if _SAME_BITS:
        np.testing.assert_array_equal(older, ours)
    else:
        np.testing.assert_allclose(older, ours, rtol=0, atol=1e-6)


@pytest.mark.parametrize("family", ["two_tower", "cross_encoder"])
def test_the_servers_tensorflow_answers_as_ours(
    older_python, exported, tmp_path, family
):
    python, version = older_python
    game = registry.get("union_27")
    symbols = game.sample(np.random.default_rng(0), 64)
    texts = np.array([game.format(query) for query in symbols])
    model = str(exported[family])
    np.savez(tmp_path / "queries.npz", symbols=symbols, texts=texts)
    files = [str(tmp_path / "queries.npz"), str(tmp_path / "answers.npz")]
    subprocess.run([python, answers.__file__, model, *files], cwd=tmp_path, check=True)
    ours = answers.answers(model, symbols, texts)
    with np.load(files[1]) as older:
        assert older["version"] == version != ours["version"]
        _assert_same(older["scores"], ours["scores"])
        _assert_same(older["probabilities"], ours["probabilities"])
        # Ranked by its own scores, from texts.
        best = np.argsort(-older["scores"], axis=1, kind="stable")
        names = np.array(game.spec.keys)[best]
        np.testing.assert_array_equal(older["names"], names)
