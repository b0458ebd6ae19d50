from __future__ import annotations

import pytest

from chatbot.dialogue.check.reversal import check_reversal, reversed_acts

CANCEL = (
    "In the first 60 minutes you can cancel yourself under Orders, Cancel order. Later we can stop an order as long as "
    "it's Received; once it says Packed it's sealed."
)
RETURN = (
    "You can return anything within 30 days. Open Orders, choose the order and press Return items. Print the label."
)
REFUND = "We refund within 5 working days of the parcel reaching us. The money goes back the way you paid."
DAMAGED = "Send a photo within 7 days. Then you choose between a replacement and a full refund."
DELETE = "Settings, Privacy, Delete account. After 30 days all is gone but the invoices."
DELETE_UNDO = "Settings, Privacy, Delete account. You have 14 days to think again; after 30 days all is gone."
PAUSE = "Under Bean Post you can pause for up to 12 weeks or skip a parcel."
PAUSE_ENDS = "Pause for up to 12 weeks. It starts again by itself; we remind you 5 days before."
CHANGE = "Open Orders and choose Change order to alter the delivery address, the colour or the quantity."
DELIVERY = "Standard delivery takes 2 to 4 working days after dispatch and costs £3.95, free from £40."
WRONG = "The wrong item came. Keep it unused. We send the right one at once and a free label for the wrong one."
LOGIN = "Press Sign in, then Forgot password. After 5 wrong passwords the account is locked for 30 minutes."
SUBSCRIBE = "Sign up for the newsletter at the foot of every page; subscribe and get a free recipe card."
UNSUBSCRIBE = "Unsubscribe with the link at the foot of each newsletter. It can take 48 hours."
REPAIR = "Book the repair under Repairs on our site. Pack it well and write the R- number on the box."
EXCHANGE = "We do not exchange by post: return the item and order the other one."
STORNO = "In den ersten 60 Minuten können Sie unter Orders selbst stornieren."
ANNULER = "Pendant 60 minutes vous pouvez annuler vous-même sous Orders."
CANCELAR = "Durante 60 minutos puede cancelar el pedido usted mismo en Orders."
QUXIAO = "下单后60分钟内，您可以在 Orders 里自己取消订单。"

FAILS = [
    ("please do NOT cancel my order, i only asked how long it takes", CANCEL),
    ("cancel my cancellation please!! i pressed it by accident on KO-134512", CANCEL),
    ("Please don't cancel it", CANCEL),
    ("Hi, don't cancel my order please", CANCEL),
    ("do not cancel!", CANCEL),
    ("I don't want to cancel my order", CANCEL),
    ("I didn't want my order cancelled", CANCEL),
    ("I no longer want to cancel", CANCEL),
    ("I didn't mean to cancel, can you put it through again", CANCEL),
    ("I cancelled my order by mistake, can you bring it back?", CANCEL),
    ("can you undo my cancellation", CANCEL),
    ("how do I reverse the cancellation", CANCEL),
    ("please un-cancel KO-123456", CANCEL),
    ("I never cancelled my order but it says cancelled", CANCEL),
    ("I did not cancel anything!", CANCEL),
    ("stop the return please, I'm keeping it", RETURN),
    ("I'd like to cancel my return", RETURN),
    ("can I withdraw my return", RETURN),
    ("I don't want to return it anymore", RETURN),
    ("please don't send it back to me", RETURN.replace("return anything", "send it back")),
    ("I don't want a refund, I want a replacement", REFUND),
    ("a replacement, not a refund", REFUND),
    ("a replacement instead of a refund", REFUND),
    ("No refund please, send a new one", REFUND.replace("goes", "comes")),
    ("I did not want to be refunded", REFUND),
    ("I deleted my account by accident", DELETE),
    ("please don't delete my account", DELETE),
    ("Can I undo the deletion of my account?", DELETE),
    ("I want to stop the pause of my bean post", PAUSE),
    ("please un-pause my subscription", PAUSE),
    ("I never paused my Bean Post", PAUSE),
    ("please do not change my address", CHANGE),
    ("I did not order this", "You can order again at any time under Orders."),
    ("I never subscribed to anything", SUBSCRIBE),
    ("how do I unsubscribe", SUBSCRIBE),
    ("How can I subscribe to your newsletter?", UNSUBSCRIBE),
    ("how do I deactivate two-step sign-in", "Activate it under Security with any authenticator app."),
    ("I don't want it repaired", REPAIR.replace("Book the repair", "You can repair")),
    ("Please don’t cancel my order", CANCEL),
    ("Bitte stornieren Sie meine Bestellung nicht!", STORNO),
    ("Bitte nicht stornieren", STORNO),
    ("Ich habe versehentlich storniert", STORNO),
    ("Ich möchte die Stornierung rückgängig machen", STORNO),
    ("Ich habe meine Bestellung nicht storniert", STORNO),
    ("N'annulez pas ma commande s'il vous plaît", ANNULER),
    ("je voudrais annuler mon annulation", ANNULER),
    ("j'ai annulé par erreur", ANNULER),
    ("Por favor, no cancele mi pedido", CANCELAR),
    ("quiero anular la cancelación", CANCELAR),
    ("请不要取消我的订单", QUXIAO),
    ("我想撤销取消", QUXIAO),
    ("Bitte stornieren Sie meine Bestellung nicht!", CANCEL + " (stornieren)"),
]
PASSES = [
    ("how do I cancel my order", CANCEL),
    ("I can't cancel my order, it says Packed", CANCEL),
    ("why can I not cancel", CANCEL),
    ("it does not let me cancel", CANCEL),
    ("the cancel button does not work", CANCEL),
    ("can I cancel if I don't like it", CANCEL),
    ("I don't want it anymore, how do I cancel", CANCEL),
    ("I ordered by mistake, can I cancel?", CANCEL),
    ("I ordered the UK plug by mistake", "Choose the EU plug when you order. We send the other cord for £6."),
    ("hab aus versehen den englischen stecker bestellt", "Bitte wählen Sie beim Bestellen den EU-Stecker."),
    ("what happens if I do not cancel in time", CANCEL),
    ("I haven't cancelled yet, how does it work", CANCEL),
    ("please do NOT cancel my order, i only asked how long it takes", DELIVERY),
    ("can I return it if I don't like it", RETURN),
    ("I don't want it, can I return it?", RETURN),
    ("I don't like the colour, how do I send it back", RETURN),
    ("I didn't return it in time, what now", RETURN),
    ("I did not return it yet, how long do I have", RETURN),
    ("there is no return label in my parcel", RETURN),
    ("I can't return it to the shop, can I post it", RETURN),
    ("I changed my mind, can I return it?", RETURN),
    ("I never used it, can I return it", RETURN),
    ("I did not get my refund", REFUND),
    ("I still haven't been refunded", REFUND),
    ("no refund yet", REFUND),
    ("you did not refund me", REFUND),
    ("I don't want a refund, I want a replacement", DAMAGED),
    ("I don't want to return it, just exchange it", EXCHANGE),
    ("I deleted my account yesterday in a temper. Can I undo that? Don't want it gone after all", DELETE_UNDO),
    ("please un-pause my subscription", PAUSE_ENDS),
    ("I can't log in", LOGIN),
    ("it does not turn on", "If the kettle does not turn on, try another socket and look at the coloured ring."),
    ("my kettle won't switch off", "It may not switch off with limescale in it. Descale it."),
    ("I did not order this", WRONG),
    ("I never ordered a second one, you sent two", WRONG),
    ("I don't want gift wrap. I just don't want her to see what it cost, is there a bill in the box?", DELIVERY),
    ("how do I unsubscribe", UNSUBSCRIBE),
    ("how do I subscribe", SUBSCRIBE),
    ("I can't unsubscribe", UNSUBSCRIBE),
    ("Don't wait for the pre-order please, send the filters now", DELIVERY),
    ("What should I NOT do with the Kingfisher", "Do not leave the machine in frost. Empty the tank."),
    ("can I change the address, not the name", CHANGE),
    ("It stopped working though I haven't changed anything", CHANGE),
    ("cancel my order pls, ordered the Sandpiper twice by accident", CANCEL),
    ("I don't want to cancel. " + "It all began a long time ago, as you will see. " * 7 + "How do I do it?", CANCEL),
    ("I don't know how to change my address", CHANGE),
    ("Why don't you deliver to Norway", DELIVERY),
    ("I don't understand how to return", RETURN),
    ("don't you take returns?", RETURN),
    ("cancel my subscription", "In your account you can cancel at any time. No fee, no minimum term."),
    ("stop my subscription", "In your account you can cancel at any time. No fee, no minimum term."),
    ("Wie storniere ich?", STORNO),
    ("Ich kann nicht stornieren", STORNO),
    ("Je ne peux pas annuler", ANNULER),
    ("no puedo cancelar", CANCELAR),
    ("怎么取消订单", QUXIAO),
    ("无法取消订单", QUXIAO),
    ("", CANCEL),
]


@pytest.mark.parametrize(("asked", "text"), FAILS)
def test_what_is_reversed_is_not_answered_with_how_to_do_it(asked, text):
    result = check_reversal(text, asked)
    assert (result.name, result.passed) == ("reversal", False)
    assert result.detail


@pytest.mark.parametrize(("asked", "text"), PASSES)
def test_what_does_not_work_or_is_only_not_liked_is_answered(asked, text):
    assert check_reversal(text, asked).passed


def test_the_acts_that_are_reversed():
    assert reversed_acts("please don't cancel or change it") == {"cancel"}
    assert reversed_acts("How do I cancel and return it?") == set()
