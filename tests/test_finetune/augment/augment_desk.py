"""A small desk whose questions are varied: moments, and a WordNet of four words in the files' own format."""

from __future__ import annotations

from data.moments import Moment
from data.transcripts import Role, Turn
from finetune.augment.variant import Learnt


def asked(number: int, question: str, answer: str, *before: Turn, language: str | None = "en") -> Moment:
    return Moment(
        id=f"c{number}:1",
        conversation_id=f"c{number}",
        turn_index=1,
        context=(*before, Turn(Role.CUSTOMER, question)),
        answer=answer,
        language=language,
    )


def learnt(moment: Moment, *evidence: str) -> Learnt:
    return Learnt(moment, evidence)


def small_wordnet(folder):
    """``buy`` is purchase, and seldom steal; ``gift`` is present; ``glum`` was never seen in a text."""
    folder.mkdir(exist_ok=True)
    for pos in ("adj", "adv"):
        (folder / f"index.{pos}").write_text("  1 licence\n")
        (folder / f"data.{pos}").write_text("  1 licence\n")
    licence = "  1 licence\n"
    lines = {"buy": "40 v 03 buy 0 purchase 0 vend 0 001 @ 001 v 0000 | obtain\n"}
    verb = f"{len(licence):08d} " + lines["buy"]
    (folder / "data.verb").write_text(licence + verb)
    (folder / "index.verb").write_text(
        f"{licence}buy v 1 1 @ 1 1 {len(licence):08d}  \npurchase v 1 1 @ 1 1 {len(licence):08d}  \n"
        f"vend v 1 1 @ 1 0 {len(licence):08d}  \n"
    )
    bargain = f"{len(licence):08d} 04 n 02 buy 0 steal 0 001 @ 001 n 0000 | a bargain\n"
    present = (
        f"{len(licence) + len(bargain):08d} 04 n 03 gift 0 birthday_present 0 present 1 001 @ 001 n 0000 | given\n"
    )
    (folder / "data.noun").write_text(licence + bargain + present)
    two = len(licence) + len(bargain)
    (folder / "index.noun").write_text(
        f"{licence}buy n 1 1 @ 1 1 {len(licence):08d}  \nsteal n 1 1 @ 1 1 {len(licence):08d}  \n"
        f"gift n 1 1 @ 1 1 {two:08d}  \npresent n 1 1 @ 1 1 {two:08d}  \nglum n 1 1 @ 1 0 {two:08d}  \n"
    )
    (folder / "cntlist.rev").write_text(
        "buy%2:40:00:: 1 60\nbuy%1:04:00:: 1 2\npurchase%2:40:00:: 1 9\nsteal%1:04:00:: 1 1\n"
        "gift%1:04:00:: 1 7\npresent%1:04:00:: 1 3\n"
    )
    return folder
