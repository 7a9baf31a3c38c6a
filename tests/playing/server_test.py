"""A page that is stopped while it still loads models."""

import time

from tests.playing import page_server

_S = 7  # TensorFlow is imported by then, and models are being built.


def test_it_ends_well_while_models_load(tmp_path):
    with page_server.serve(tmp_path) as served:
        time.sleep(_S)
        assert served.stop() == 0
        assert served.written() == []
