"""What `understudy demo` prints before the server's log: where to look, what is promised, what is wrong."""

from __future__ import annotations

from chatbot.cli.demo import print_addresses
from chatbot.home import Home
from chatbot.learning.sample_shop import Laid
from chatbot.service.serving import contract_versions
from chatbot.settings import Settings
from tests.test_learning.test_sample_shop import SHIPPED, a_contract


def printed(capsys, tmp_path, laid: Laid) -> str:
    print_addresses(Settings(home=tmp_path, port=8123), laid)
    return capsys.readouterr().out


def test_the_pages_of_what_the_shop_has_learnt_can_be_opened(capsys, tmp_path):
    home = Home(tmp_path).create()
    contract_versions.save(home.contracts / SHIPPED, a_contract(SHIPPED))
    home.promote(contract=SHIPPED)
    page = home.reports / "replay-a.html"
    text = printed(capsys, tmp_path, Laid({"replay": page}))
    assert "http://127.0.0.1:8123/demo/" in text
    assert "Promised: at most 5% wrong, 90% sure of the automatic answers." in text
    assert page.as_uri() in text


def test_without_a_contract_nothing_is_promised(capsys, tmp_path):
    text = printed(capsys, tmp_path, Laid({"exam": tmp_path / "exam-a.html"}))
    assert "no contract" in text
    assert "Promised" not in text


def test_what_is_not_used_is_told(capsys, tmp_path):
    text = printed(capsys, tmp_path, Laid({}, "Nothing of what the shop has learnt is used: why."))
    assert "Nothing of what the shop has learnt is used: why." in text
    assert "It has learnt" not in text
