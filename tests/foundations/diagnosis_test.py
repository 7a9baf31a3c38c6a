"""Tasks against what they mean, the model against a future it must not see."""

import datetime
import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from set_contrastive.base.errors import UserError
from set_contrastive.configs.optimizer_config import OptimizerConfig
from set_contrastive.foundations.sequences import encoder_decoder
from set_contrastive.foundations.sequences import parallel_text
from set_contrastive.foundations.sequences import tasks
from set_contrastive.foundations.sequences import training
from set_contrastive.foundations.sequences.sizes import Sizes

SMALL = Sizes(d_model=16, d_ff=32)


def drawn(name, count=300):
    rng = np.random.default_rng(0)
    return [tasks.TASKS[name].draw(rng) for _ in range(count)]


def test_letters_are_copied_and_reversed():
    assert all(source == target for source, target in drawn("copying"))
    for source, target in drawn("reversing"):
        assert "".join(target) == "".join(reversed("".join(source)))


def test_blocks_are_copied_as_their_signs_say():
    for source, target in drawn("structured_copying"):
        blocks = re.findall(r"([=<])(\w{3})", "".join(source))
        assert 4 * len(blocks) == len(source)
        parts = [word if sign == "=" else word[::-1] for sign, word in blocks]
        assert "".join(target) == "".join(parts)


def test_sums_are_of_a_number_and_the_one_before():
    for source, target in drawn("running_sums"):
        numbers = [0, *map(int, source)]
        assert [int(y) for y in target] == [
            numbers[k] + numbers[k + 1] for k in range(len(source))
        ]


@pytest.mark.parametrize("x", [-3, 0, 2, 10])
def test_polynomials_have_the_same_values_when_expanded(x):
    def value(text):
        text = re.sub(r"(\d)x", r"\1*x", text).replace("^", "**").replace(")(", ")*(")
        return eval(text, {"x": x})

    for source, target in drawn("polynomial"):
        assert value("".join(source)) == value("".join(target))


def test_dates_are_those_of_the_calendar():
    for source, target in drawn("dates"):
        read = datetime.datetime.strptime("".join(source).title(), "%B %d %Y")
        assert read.date().isoformat() == "".join(target)


@pytest.mark.parametrize("name", tasks.TASKS)
def test_examples_are_numbers_of_tokens_and_splits_share_no_source(name):
    task = tasks.TASKS[name]
    rng = np.random.default_rng(0)
    texts = {}
    for held_out in (False, True):
        source, target = task.examples(rng, 400, held_out)
        assert source.shape == (400, task.source_length + 1)
        assert target.shape == (400, task.target_length + 2)
        assert (target[:, 0] == tasks.START).all()
        assert ((source == tasks.END).sum(axis=1) == 1).all()
        assert ((target == tasks.END).sum(axis=1) == 1).all()
        words = np.array(task.vocabulary)[source[0]]
        tokens = list(words[: list(words).index("<end>")])
        assert tasks.is_held_out(tokens) == held_out
        texts[held_out] = {row.tobytes() for row in source}
    assert not texts[True] & texts[False]
    assert len(set(task.vocabulary)) == len(task.vocabulary)


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return encoder_decoder.build(12, 6, 5, SMALL)


def scores(model, source, target):
    inputs = {"source": np.array([source]), "target": np.array([target])}
    return np.array(model(inputs))[0]


def test_a_symbol_sees_what_was_before_it_and_nothing_after(model):
    source = [3, 4, 5, 2, 0, 0]
    one = scores(model, source, [1, 6, 7, 8, 9])
    other = scores(model, source, [1, 6, 7, 10, 11])
    np.testing.assert_allclose(one[:3], other[:3], atol=1e-6)
    assert np.abs(one[3:] - other[3:]).max() > 1e-3


def test_padding_of_the_source_is_not_seen_and_all_else_is(model):
    wider = encoder_decoder.build(12, 8, 5, SMALL)
    weights = model.get_weights()
    place = next(n for n, w in enumerate(weights) if w.shape == (6, 16))
    weights[place] = np.concatenate([weights[place], np.full((2, 16), 9.0)])
    wider.set_weights(weights)
    target = [1, 6, 7, 8, 9]
    padded = scores(wider, [3, 4, 5, 2, 0, 0, 0, 0], target)
    expected = scores(model, [3, 4, 5, 2, 0, 0], target)
    np.testing.assert_allclose(padded, expected, atol=1e-5)
    assert np.abs(scores(model, [3, 4, 6, 2, 0, 0], target) - expected).max() > 1e-3


def test_sinusoids_are_those_of_the_paper_at_another_scale():
    found = encoder_decoder.sinusoids(7, 8)
    assert found[5, 0] == pytest.approx(np.sin(5) / 2)
    assert found[5, 4 + 1] == pytest.approx(np.cos(5 / 10_000 ** (2 / 8)) / 2)
    np.testing.assert_allclose((found**2).sum(axis=1), 1.0, rtol=1e-6)


def test_weights_start_as_asked():
    sizes = Sizes(d_model=64, equal_query_key=True, zero_output=True, positions="half")
    built = encoder_decoder.build(400, 300, 5, sizes)
    layer = built.get_layer("decoder_1")
    for attention in (layer.attention, layer.block.attention):
        query = np.asarray(attention.query.kernel)
        both = np.asarray(attention.key_value.kernel)
        np.testing.assert_array_equal(query, both[:, :64])
        assert np.abs(query - both[:, 64:]).max() > 0.1
        assert not np.asarray(attention.projection.kernel).any()
    embedding = built.get_layer("source_symbols")
    assert np.var(np.asarray(embedding.symbols)) == pytest.approx(1 / 64, rel=0.05)
    assert np.var(np.asarray(embedding.positions)) == pytest.approx(0.5 / 64, rel=0.05)
    other = encoder_decoder.build(400, 3, 5, Sizes(scaled_symbols=False))
    symbols = other.get_layer("source_symbols").symbols
    assert np.var(np.asarray(symbols)) == pytest.approx(1.0, rel=0.05)


def test_the_loss_leaves_padding_out():
    values = tf.constant([[[0.0, 2.0, 1.0, 0.0], [5.0, 0.0, 0.0, 0.0]]])
    p = np.exp([0.0, 2.0, 1.0, 0.0])
    found = training.loss(values, tf.constant([[2, 0]]))
    assert float(found) == pytest.approx(-np.log(p[2] / p.sum()), rel=1e-6)


def test_decoding_takes_the_best_symbol_and_stops_at_the_end():
    """A model that counts up from the source's first symbol, to END at 7."""
    source = keras.Input((2,), dtype="int32", name="source")
    target = keras.Input((6,), dtype="int32", name="target")
    is_first = keras.ops.equal(target, tasks.START)
    next_one = keras.ops.where(is_first, source[:, :1], target + 1)
    is_last = keras.ops.equal(next_one, 7)
    following = keras.ops.where(is_last, tasks.END, next_one)
    counting = keras.Model(
        {"source": source, "target": target}, keras.ops.one_hot(following, 12)
    )
    decode = training.decoder(counting)
    found = decode(np.array([[4, 2], [6, 2]], np.int32))
    np.testing.assert_array_equal(found, [[1, 4, 5, 6, 2, 0, 0], [1, 6, 2, 0, 0, 0, 0]])
    right = np.array([[1, 4, 5, 6, 2, 0, 0], [1, 6, 7, 0, 0, 0, 0]])
    examples = (np.array([[4, 2], [6, 2]], np.int32), right)
    assert training.exact_match(decode, examples) == 0.5


def test_a_few_examples_are_learned_by_heart():
    task = tasks.TASKS["copying"]
    examples = task.examples(np.random.default_rng(0), 16, held_out=False)
    how = training.Training(
        200, 50, OptimizerConfig("muon", learning_rate=0.02, warmup_steps=10), 0
    )
    curve = training.run(
        len(task.vocabulary),
        Sizes(d_model=32, d_ff=64),
        how,
        lambda: examples,
        lambda decode: training.exact_match(decode, examples),
        goal=1.0,
    )
    assert curve[-1][1] == 1.0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a b\tc\nno tab here\n", "line 2: expected a sentence, one tab"),
        ("a\tb\tc\n", "line 1: expected a sentence, one tab"),
        ("a\t\n", "line 1"),
        ("", "must have a line"),
    ],
)
def test_a_line_without_a_tab_is_told_of(tmp_path, text, told):
    path = tmp_path / "pairs.tsv"
    path.write_text(text)
    with pytest.raises(UserError, match=told):
        parallel_text.read(path, 10)
    with pytest.raises(UserError, match="cannot be read"):
        parallel_text.read(tmp_path / "none.tsv", 10)


def test_bleu_is_1_for_the_right_text_and_0_for_none():
    pairs = [
        ("one red circle is here", "hier ist ein roter Kreis"),
        ("two green circles are here", "hier sind zwei grüne Kreise"),
    ]
    text = parallel_text.encode(pairs, 40)
    assert text.vocabulary <= 80 and (text.target[:, 0] == tasks.START).all()
    assert (text.source == tasks.END).sum() == 2
    assert parallel_text.bleu(lambda source: text.target, text) == pytest.approx(1.0)
    assert parallel_text.bleu(lambda source: text.target[::-1], text) < 0.3
