"""Files that users had, whole: private notes beside answers, and mail programs' residue beside its control."""

from __future__ import annotations

from data.importers.importer import Told
from data.intake import Accepted, Dropped, take

PRIVATE = """ticket_id,id,user_id,incoming,private,body_text,created_at
501,1,9001,true,false,"The hinge of my lamp Aurora came off, what can I do?",2025-03-01T09:00:00Z
501,2,77,false,true,"Internal: a known complainer, do not tell her about the recall.",2025-03-01T09:05:00Z
501,3,77,false,false,"We are sorry. We send a new hinge free of charge, it takes three days.",2025-03-01T09:10:00Z
502,4,9002,true,false,"Does the lamp Aurora work outdoors?",2025-03-02T09:00:00Z
502,5,78,false,true,"@lisa margin on this one is 62 percent, keep that inside.",2025-03-02T09:05:00Z
"""
CONTROL = """ticket_id,role,text,created_at\r
1,customer,How long does engraving a teapot take?,2025-03-01T09:00:00Z\r
1,agent,Engraving a teapot takes four working days.,2025-03-01T09:10:00Z\r
2,customer,Do you repair music boxes?,2025-03-01T09:00:00Z\r
2,agent,"Yes, we repair music boxes in our own workshop.",2025-03-01T09:10:00Z\r
3,customer,Can you deliver the piano stool to an island?,2025-03-01T09:00:00Z\r
3,agent,"Yes, delivery to an island takes two extra days.",2025-03-01T09:10:00Z\r
"""
RESIDUE = (
    """

On Thu, Dec 6, 2024 at 1:30 PM Wilhelmina van der Abbeele <
w.abbeele@example.com> wrote:

> How long does engraving a teapot take?
""",
    """

On Thu, Dec 6, 2024 at 1:30 PM Wilhelmina van der Abbeele
<w.abbeele@example.com> wrote:

Do you repair music boxes?
My neighbour Mr Okonkwo at 14 Rose Lane has one too.""",
    """

From: Wilhelmina van der Abbeele <w.abbeele@example.com>
Date: Wednesday, 12 March 2025 at 09:14
To: Shop Support <support@shop.example>
Subject: Re: Piano stool

Can you deliver the piano stool to an island?""",
)
ANSWERS = ("four working days.", "our own workshop.", "two extra days.")


def test_private_notes_of_freshdesk(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(PRIVATE)
    told, one, other = take([path])
    assert isinstance(told, Told)
    assert "private: 'true' is internal; 'false' is public." in told.message
    assert isinstance(one, Accepted)
    assert [(turn.role, turn.text.split(",")[0]) for turn in one.item.turns] == [
        ("customer", "The hinge of my lamp Aurora came off"),
        ("agent", "We are sorry. We send a new hinge free of charge"),
    ]
    assert one.turn_drops == {"internal note": 1}
    assert other == Dropped("502", "no agent answer", {"internal note": 1})


def test_residue_of_mail_programs_is_stored_like_its_control(tmp_path):
    control, residue = tmp_path / "control.csv", tmp_path / "residue.csv"
    control.write_text(CONTROL, newline="")
    text = CONTROL
    for answer, rest in zip(ANSWERS, RESIDUE, strict=True):
        text = text.replace(f'{answer}"', answer).replace(answer, f'{answer}{rest}"')
    text = text.replace("agent,Engraving", 'agent,"Engraving')
    residue.write_text(text, newline="")
    clean, cut = list(take([control])), list(take([residue]))
    assert [row.item for row in cut] == [row.item for row in clean]
    assert all(row.turn_drops == {"quoted mail cut": 1} for row in cut)


def test_a_customer_who_comes_again_is_the_same_and_not_named(tmp_path):
    table = tmp_path / "a.csv"
    rows = "".join(
        f"{at},customer,{who},Question {at}?,2025-03-0{at}\n{at},agent,Ann,Answer {at}.,2025-03-0{at}\n"
        for at, who in enumerate(("Wilma@example.com", "wilma@example.com ", "Otto"), 1)
    )
    table.write_text(f"ticket_id,role,author,text,created_at\n{rows}", encoding="utf-8")
    talks = [row.item for row in take([table]) if isinstance(row, Accepted)]
    first, second, third = [next(turn.author for turn in talk.turns if turn.role == "customer") for talk in talks]
    assert first == second != third
    assert "wilma" not in first.lower()
