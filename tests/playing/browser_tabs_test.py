"""The tabs for own judgements and for a study, in a real browser."""

import re
import shutil

import pytest

pytestmark = pytest.mark.skipif(
    not shutil.which("chromium"), reason="no chromium on this machine to look at it"
)


def test_files_that_are_no_judgements_get_a_clear_message(new_page, server, tmp_path):
    page = new_page()
    page.click("role=tab[name='Your own vectors']")
    page.click("#sc-advise")
    page.wait_for_selector("#sc-advice-state >> text=Choose a file of judgements first")
    wrong = tmp_path / "holiday.jsonl"
    wrong.write_bytes(b"\xff\xd8\xff\xe0 this is a picture")
    page.set_input_files("#sc-judgements input[type=file]", wrong)
    page.wait_for_selector("#sc-judgements >> text=holiday")
    page.click("#sc-advise")
    page.wait_for_selector("#sc-advice-state .sc-wrong >> text=holiday.jsonl")
    message = page.inner_text("#sc-advice-state")
    assert "\n" not in message.strip() and "Traceback" not in message
    assert str(server.folder) not in message  # Folders there mean nothing to others.


def test_files_of_one_name_are_refused_and_the_same_file_is_taken_once(
    new_page, tmp_path
):
    judgements = tmp_path / "mine.tsv"
    judgements.write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\n")
    files = [tmp_path / folder / "v.npz" for folder in ("one", "same", "other")]
    for file, content in zip(
        files, (b"no vectors", b"no vectors", b"else"), strict=True
    ):
        file.parent.mkdir()
        file.write_bytes(content)
    for chosen, said in (
        ((0, 2), "query_vectors: .* two files are called v.npz"),
        ((0, 1), "must be given together, got one"),  # What `advise` says.
    ):
        page = new_page()
        page.click("role=tab[name='Your own vectors']")
        page.set_input_files("#sc-judgements input[type=file]", judgements)
        page.wait_for_selector("#sc-judgements >> text=mine")
        page.set_input_files(
            "#sc-queries input[type=file]", [files[number] for number in chosen]
        )
        page.wait_for_selector("#sc-queries >> text=v >> nth=0")
        page.click("#sc-advise")
        page.wait_for_selector("#sc-advice-state .sc-wrong")
        told = page.inner_text("#sc-advice-state")
        assert re.search(said, told), told


def test_a_file_that_is_too_large_is_refused(new_page, tmp_path, server):
    large = tmp_path / "large.jsonl"
    with large.open("wb") as file:
        file.truncate(201 * 10**6 + 2**20 * 9)
    page = new_page()
    page.click("role=tab[name='Your own vectors']")
    page.set_input_files("#sc-judgements input[type=file]", large)
    page.wait_for_selector("text=/maximum allowed size/")
    stored = sum(
        path.stat().st_size
        for path in (server.folder / "tmp").rglob("*")
        if path.is_file()
    )
    assert stored < 10**6


def test_own_judgements_are_advised_inline(new_page, tmp_path):
    path = tmp_path / "mine.tsv"
    path.write_text(
        "query-id\tcorpus-id\tscore\n"
        + "".join(f"q{q}\td{d}\t1\n" for q in range(6) for d in (q, (q + 1) % 6))
    )
    page = new_page()
    page.click("role=tab[name='Your own vectors']")
    page.set_input_files("#sc-judgements input[type=file]", path)
    page.wait_for_selector("#sc-judgements >> text=mine")
    page.fill(
        "[aria-label='Dimensions to look at (optional)'], [placeholder='2,4,8,16']", "2"
    )
    page.click("#sc-advise")
    page.wait_for_selector("#sc-advice-state >> text=Answered in")
    frame = page.locator("#sc-advice iframe")
    frame.wait_for()
    text = frame.get_attribute("srcdoc")  # A frame without scripts can be seen alone.
    assert "These judgements cannot tell what limits vectors</h1>" in text
    assert frame.get_attribute("sandbox") == ""
    assert frame.bounding_box()["height"] > 500


def test_the_studys_figures_are_shown(new_page):
    page = new_page()
    page.click("role=tab[name='The study']")
    page.wait_for_selector("#sc-report img")
    widths = page.locator("#sc-report img").evaluate_all(
        "all => all.map(e => e.naturalWidth)"
    )
    assert len(widths) >= 5 and min(widths) > 300
