"""There and back with commands: what they are given, what is refused, what is left out and told."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import pytest

from data.transcripts import Role, Turn
from finetune.augment.back_translation import BackTranslation, stages
from finetune.errors import TrainingError
from tests.test_finetune.augment.augment_desk import asked, learnt

THERE_AND_BACK = "sed -e s/parcel/paquete/ | sed -e s/paquete/packet/"


def said(how: str, *moments, seconds: float = 60.0) -> tuple[list[str | None], list[str]]:
    technique = BackTranslation(stages(how, seconds=seconds), "en")
    made = technique([learnt(each, "evidence") for each in moments], 0)
    return [new and new.moment.context[-1].text for new in made], technique.notes()


def test_the_last_question_comes_back_in_other_words_line_by_line():
    moment = asked(1, "My parcel\n\nis late", "Sorry.", Turn(Role.CUSTOMER, "A parcel"), Turn(Role.AGENT, "Yes?"))
    technique = BackTranslation(stages(THERE_AND_BACK), "en")
    (made,) = technique([learnt(moment, "evidence")], 0)
    assert made is not None
    assert [turn.text for turn in made.moment.context] == ["A parcel", "Yes?", "My packet\n\nis late"]
    assert (made.moment.answer, made.evidence) == ("Sorry.", ("evidence",))


@pytest.mark.parametrize(
    ("how", "question"),
    [
        ("cat | cat", "My parcel is late"),  # comes back the same
        ("sed -e s/4711/4712/ | cat", "Is 4711 late?"),
        ("sed -e s/ORDER/PEDIDO/ | cat", "Is [ORDER] late?"),
        ("sed -e s/not/now/ | cat", "It has not come"),
        ("sed -e s/oslo/paris/ | cat", "Is oslo open"),  # a name, as the answer shows
        ("sed -e s/.*/x/ | cat", "My parcel is late"),
    ],
)
def test_what_loses_a_fact_or_nearly_all_is_left_out(how, question):
    assert said(how, asked(1, question, "Oslo is open.")) == ([None], [])


def test_moments_in_other_languages_are_not_sent_through():
    assert said(THERE_AND_BACK, asked(1, "Das parcel", "Ja.", language="de")) == ([None], [])


def test_a_command_that_fails_is_told_with_its_words():
    made, notes = said("sed --nonsense | cat", asked(1, "parcel", "Yes."), asked(2, "a parcel", "Yes."))
    assert made == [None, None]
    assert "2 questions were not back-translated" in notes[0]
    assert "sed" in notes[0]
    assert "nonsense" in notes[0]


def test_lines_that_get_lost_are_told():
    made, notes = said("head -n 1 | cat", asked(1, "one parcel", "Yes."), asked(2, "parcels", "Yes."))
    assert made == [None, None]
    assert "made 1 lines of 2" in notes[0]


def test_a_command_that_hangs_ends_with_all_it_started(tmp_path):
    note = tmp_path / "pid"
    made, notes = said(f"sh -c 'sleep 300 & echo $! > {note}; wait' | cat", asked(1, "parcel", "Yes."), seconds=4.0)
    assert made == [None]
    assert "took longer than 4 seconds" in notes[0]
    running = Path("/proc") / note.read_text().strip() / "stat"
    until = time.monotonic() + 60
    while running.exists() and running.read_text().split()[2] != "Z":
        assert time.monotonic() < until
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("cat", "there and back"),
        ("cat |", "there and back"),
        ("cat 'half | cat", "cannot be read"),
        ("cat > /tmp/x | cat", "'>' means nothing"),
        ("cat | cat && cat", "'&&' means nothing"),
        ("no-such-program | cat", "'no-such-program' is no program here"),
    ],
)
def test_what_cannot_be_run_is_refused_with_a_way_out(how, told):
    with pytest.raises(TrainingError, match=told) as refused:
        stages(how)
    assert "--back-translate 'COMMAND THERE | COMMAND BACK'" in str(refused.value)


def test_words_go_to_the_program_as_they_stand():
    how = "sed -e 's/parcel/$HOME `date` a|b/' | sed -e s/late/soon/"
    made, _ = said(how, asked(1, "my parcel came late", "Yes."))
    assert made == ["my $HOME `date` a|b came soon"]


def test_apertium_there_and_back():
    if shutil.which("apertium") is None or "spa-eng" not in subprocess.check_output(["apertium", "-l"], text=True):
        pytest.skip("needs apertium: apt-get install apertium apertium-eng-spa")
    made, notes = said(
        "apertium -u eng-spa | apertium -u spa-eng", asked(1, "Can you help me? My order 4711 is late.", "Sorry.")
    )
    assert notes == []
    assert made[0] is not None
    assert "4711" in made[0]
