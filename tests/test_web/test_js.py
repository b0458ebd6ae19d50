"""The widget's own unit tests, run by Node where there is one, and its size."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chatbot.api.site.bundling import Packer, _collected
from chatbot.dialogue.text.blank import is_blank
from data.sample import ARTICLES, SUGGESTED_QUESTIONS

REPOSITORY = Path(__file__).resolve().parents[2]
WIDGET = REPOSITORY / "web" / "widget"


@pytest.mark.skipif(not shutil.which("node") and not os.environ.get("CI"), reason="Node is not installed")
def test_the_widgets_modules():
    tests = sorted(str(path) for path in (REPOSITORY / "tests/test_web/js").glob("*.test.mjs"))
    done = subprocess.run(["node", "--test", *tests], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-4000:]


BLANKS = """
import { isBlank } from "./web/shared/blank.js";
const all = Array.from({ length: 0x110000 }, (_, code) => code);
console.log(JSON.stringify(all.filter((code) => isBlank(String.fromCodePoint(code)))));
"""


@pytest.mark.skipif(not shutil.which("node") and not os.environ.get("CI"), reason="Node is not installed")
def test_the_widget_and_the_server_find_the_same_texts_blank():
    done = subprocess.run(
        ["node", "--input-type=module", "-e", BLANKS], capture_output=True, text=True, cwd=REPOSITORY, check=True
    )
    assert json.loads(done.stdout) == [code for code in range(sys.maxunicode + 1) if is_blank(chr(code))]


def test_the_widget_is_small_and_made_of_small_files():
    files = sorted((REPOSITORY / "web").glob("[!n]*/**/*.js"))  # not node_modules
    assert {file.parent.name for file in files} >= {"widget", "shared", "demo", "docs", "gallery", "label"}
    written = [file for file in files if not file.name.startswith("strings")]  # these are tables, a line a sentence
    assert [file for file in written if len(file.read_text("utf-8").splitlines()) >= 250] == []
    # What one visitor loads, as it goes over the wire; the words of another language instead of English are the most.
    packer = Packer(WIDGET)
    sizes = {
        name: len(packed.zipped) for name in ("loader.js", "chat.js", "strings-zh.js") if (packed := packer.pack(name))
    }
    assert len(sizes) == 3
    assert sizes["loader.js"] <= 3 * 1000, sizes
    assert sum(sizes.values()) <= 25_200, sizes


def test_the_console_begins_with_few_bytes():
    """What a browser loads before the list is there, in the language that adds the most words."""
    folder = REPOSITORY / "web/console"
    packer = Packer(folder, "console.js")
    page = (folder / "index.html").read_text("utf-8")
    names = [*re.findall(r'(?:href|src)="([\w-]+\.(?:css|js))"', page), "strings-zh.js"]
    sizes = {name: len(packer.pack(name).zipped) for name in names}
    assert len(sizes) > 5
    assert sum(sizes.values()) <= 60_000, sizes


def test_what_the_console_begins_with_needs_no_words_of_pages_that_are_opened_later():
    folder = REPOSITORY / "web/console"
    later = set(re.findall(r"^  (\w+):", (folder / "strings-pages.js").read_text("utf-8"), flags=re.MULTILINE))
    begins = [module for module in _collected(folder / "console.js") if module.path.name != "strings.js"]
    used = {(module.path.name, word) for module in begins for word in re.findall(r"\bstrings\.(\w+)", module.body)}
    assert len(later) > 300
    assert len(used) > 100
    assert [(name, word) for name, word in used if word in later and name != "page-words.js"] == []


def test_nothing_is_fetched_from_elsewhere_and_nothing_becomes_markup():
    for file in (REPOSITORY / "web").glob("[!n]*/**/*.js"):
        code = re.sub(r"^\s*(//|\*|/\*).*$", "", file.read_text("utf-8"), flags=re.MULTILINE)
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|\.style\b", code), (
            file.name
        )
        assert not re.search(r"""(import|from|fetch)\s*\(?["']https?:""", code), file.name


def test_the_lock_file_names_no_host():
    assert "resolved" not in (REPOSITORY / "web/package-lock.json").read_text("utf-8")


def test_the_demo_page_asks_what_the_sample_desk_can_answer():
    page = html.unescape((REPOSITORY / "web/demo/index.html").read_text("utf-8"))
    attribute = re.search(r"questions='(.*?)'>", page)
    assert attribute is not None
    assert tuple(json.loads(attribute[1])) == SUGGESTED_QUESTIONS
    for slug in re.findall(r'href="#help/([\w-]+)"', page):
        assert (ARTICLES / f"{slug}.md").is_file(), slug
