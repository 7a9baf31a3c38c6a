"""Messages of the page, which Gradio takes for HTML."""

import gradio as gr
import pytest

from set_contrastive.base.errors import UserError
from set_contrastive.playing import messages


def test_what_a_user_typed_is_not_taken_as_html(monkeypatch):
    def refuse(text):
        raise UserError(f"no game\n {text}")

    with pytest.raises(gr.Error) as raised:
        messages.told(refuse)("<form action=//a.b>")
    assert raised.value.message == "no game &lt;form action=//a.b&gt;"
    shown = []
    monkeypatch.setattr(gr, "Warning", shown.append)
    messages.warn('<a href="x">')
    assert shown == ["&lt;a href=&quot;x&quot;&gt;"]
