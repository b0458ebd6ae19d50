"""Who asks how long or how much is told that, not the exception to it."""

from __future__ import annotations

import pytest

from chatbot.dialogue.check.answer_type import check_answer_type


def rows(block):
    return [tuple(line.split(" => ")) for line in block.strip().splitlines()]


@pytest.mark.parametrize(
    ("asked", "answer"),
    rows("""
how long is the warranty on the heron kettle? => I am sorry, that is not covered: falls are no fault of the kettle.
How long does delivery to Leeds take => Delivery goes to the United Kingdom, Ireland and the European Union.
how long will my refund take?? => You get the money back to the card that you paid with.
how long until i get the new lid => Look under the cardboard insert first.
wie lange dauert die Lieferung? => Wir liefern nach Deutschland und Irland.
combien de temps pour la livraison => Nous livrons en France et en Irlande.
¿cuánto tarda el envío? => Enviamos a España e Irlanda.
quanto tempo ci vuole? => Spediamo in Italia e in Irlanda.
hoe lang duurt het? => We bezorgen in Nederland en Ierland.
保修多久？ => 摔坏不在保修范围内。
how much is delivery => Delivery goes to the United Kingdom and Ireland.
how much does a repair cost? => Book it under Repairs and write the number on the box.
what does express cost => Express is sent with Marrow Parcel.
was kostet der Versand? => Wir versenden mit Marrow Parcel.
"""),
)
def test_nothing_of_the_type_asked_for(asked, answer):
    assert not check_answer_type(answer, asked).passed


@pytest.mark.parametrize(
    ("asked", "answer"),
    rows("""
how long is the warranty on the heron kettle? => Two years from delivery.
how long is the warranty? => It is 2 years.
how long is the warranty? => The seal has a lifetime guarantee.
how long can I return it => Until the end of January.
how long does it take => It works at once.
how long does it take => That depends on your bank.
how long does it take => Could you tell me the order number?
how long is the cord => The cord is 80 cm.
wie lange habe ich Zeit? => 30 Tage ab Lieferung.
wie lange dauert das? => Einen Tag.
保修多久？ => 保修两年。
how much is delivery => It is £3.95.
how much is delivery => It is free from Monday on.
how much coffee do I take => Take one spoon a cup.
was kostet der Versand? => Der Versand ist kostenlos.
how do I return it? => Open Orders and press Return items.
where do you deliver => We deliver to Ireland.
"""),
)
def test_what_was_asked_for_or_something_else_was_asked(asked, answer):
    assert check_answer_type(answer, asked).passed
