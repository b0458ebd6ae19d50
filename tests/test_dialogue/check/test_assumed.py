"""What one customer was told of themselves is not told to another; what holds for whoever it concerns is."""

from __future__ import annotations

import pytest

from chatbot.dialogue.check.assumed import check_assumed
from chatbot.dialogue.check.evidence import Sources


def rows(block):
    return [tuple(line.split(" => ")) for line in block.strip().splitlines()]


@pytest.mark.parametrize(
    ("asked", "answer"),
    rows("""
I want to return my grinder => It is more than 60 days since delivery, so we cannot take it back.
I want to return my grinder => Since it is more than 60 days, we offer store credit.
I want to return my grinder => As it is more than 60 days since delivery, we can't take it back.
I want to return my grinder => As your order is already dispatched, please refuse it at the door.
I want to cancel => Since your order has already been packed, we cannot stop it.
I want to cancel => Because the parcel is already on its way, it cannot be cancelled.
I want to cancel => Your order is already dispatched, so please refuse the parcel.
I want to cancel => Your parcel has been delivered.
how do I descale => I'm sorry about the trouble with your tablets.
how do I descale => Sorry to hear about the problems with your tablets.
how do I descale => Sorry about the broken lid.
how do I descale => I'm sorry that your parcel arrived late.
how do I descale => Sorry to hear that you lost the invoice.
how do I descale => I am glad you like the Wren.
how do I descale => Congratulations on your new grinder! Use citric acid.
how do I descale => Enjoy your new kettle.
how do I descale => Thank you for the photos. Use citric acid.
how do I descale => Thanks for the screenshot. Use citric acid.
can I get a refund => You paid by card, so it goes back to the card.
can I get a refund => You bought it in the shop, so please bring it there.
can I get a refund => You ordered the Heron on the 3rd.
can I get a refund => You have already opened the bag.
can I get a refund => You've used the kettle, so we cannot.
can I get a refund => Unfortunately you have opened the box.
can I get a refund => Yes, you have paid for Express.
can I get a refund => Since you have already used it, no.
can I get a refund => Since you bought it as a gift, it goes to the giver.
can I get a refund => As you paid with a gift card, it goes back to it.
can I get a refund => Because you ordered two of them, you get 10 %.
can I get a refund => Given that you are in Ireland, it takes longer.
can I get a refund => Since you are still within the 30 days, yes.
can I get a refund => As you are a business customer, there is an invoice.
can I get a refund => You are past the 30 days.
can I get a refund => You are using Windows 11, so press the key.
can I get a refund => Now that you have received the parcel, open it.
can I get a refund => Now that your refund is processed, please wait.
can I get a refund => More than 60 days have passed.
can I get a refund => Your 30 days are over.
can I get a refund => The return period has expired.
can I get a refund => The return window is over.
can I get a refund => Your warranty has expired.
can I get a refund => Then it is a matter for the warranty, which is still open.
how do I descale => You have a Heron, so use the sachet.
how do I descale => It looks like you have hard water at home.
how do I descale => It seems your filter is blocked.
how do I descale => It seems that you signed in with another address.
how do I descale => That is probably because you used vinegar.
how do I descale => Seeing as you have lost the receipt, we need a bank statement.
how do I descale => It has been less than 30 days, so you can return it.
how do I descale => It's over 2 years, so the warranty does not apply.
Wie entkalke ich? => Da Sie den Kessel vor mehr als 60 Tagen gekauft haben, geht das nicht.
Wie entkalke ich? => Sie haben den Kessel im Laden gekauft.
I want to return my grinder => It has been 75 days since you received it.
I want to return my grinder => Your order was placed last Tuesday.
I want to return my grinder => You live outside the UK, so it is £8.90.
I want to return my grinder => Since you don't have an account, use Find my order.
I want to return my grinder => As you don't have the receipt, a bank statement will do.
I want to return my grinder => You don't have an account, so use Find my order.
I want to return my grinder => Because you opened the bag we cannot take it back.
I want to return my grinder => You bought it more than two years ago.
I want to return my grinder => Unfortunately your 30 days ended last week.
I want to return my grinder => You mentioned a crack in the lid.
I want to return my grinder => You already have a discount on this order.
I want to return my grinder => Since this is your second complaint, we refund it in full.
I want to return my grinder => Since your kettle is from before 2023, it is H1.
I want to return my grinder => Given that it was a gift, you get a gift card.
I want to return my grinder => With your three bags you reach free delivery.
I want to return my grinder => With a total of £95 your delivery is free.
I want to return my grinder => Your Wren is still under warranty.
I want to return my grinder => Your basket is over £40, so delivery is free.
I want to return my grinder => Your account is locked.
I want to return my grinder => It was delivered on time.
I want to return my grinder => The carrier delivered it to your neighbour.
I want to return my grinder => You were charged twice.
I want to return my grinder => You've been charged twice.
I want to return my grinder => Both of your parcels are on the way.
"""),
)
def test_what_this_customer_has_not_said(asked, answer):
    assert not check_assumed(answer, Sources((answer,), asked)).passed


@pytest.mark.parametrize(
    ("asked", "answer"),
    rows("""
I got it 70 days ago, can I return it => It is more than 60 days since delivery, so we cannot take it back.
I bought it on 3 March => Since it is more than 60 days, we offer store credit.
I want to cancel => If your order is already dispatched, please refuse it at the door.
I want to cancel => Once your order has been packed, we cannot stop it.
I want to cancel => When the parcel is already on its way, refuse it.
I want to cancel => As soon as your order is dispatched, you get an e-mail.
I want to cancel => As long as your order is not packed, we can stop it.
I want to cancel => After you have paid, you get an invoice.
I want to cancel => Once you have paid, the order is sent.
I want to cancel => If you have already paid, you get your money back.
I want to cancel => If you paid by card, it goes back to the card.
I want to cancel => If you bought it in the shop, bring it there.
I want to cancel => Whether you have opened it or not, you can return it.
I want to cancel => If it is more than 60 days, we cannot take it back.
I want to cancel => If more than 60 days have passed, we cannot.
I want to cancel => You have 30 days from delivery.
I want to cancel => You have to press Cancel order.
I want to cancel => You have the right to return it.
I want to cancel => You have two options.
I want to cancel => You are welcome to return it.
I want to cancel => You are in the right place.
I want to cancel => You can return anything you have not used.
I want to cancel => Anything you bought can be returned.
I want to cancel => The items you ordered come in one parcel.
I want to cancel => Choose the order you placed and press Cancel.
I want to cancel => We refund what you paid.
I want to cancel => The address you entered can be changed for 60 minutes.
I want to cancel => Use the card you paid with.
I want to cancel => I am sorry to hear that.
I want to cancel => I'm sorry about that.
I want to cancel => Sorry for the trouble.
I want to cancel => I am sorry, we do not deliver to Norway.
I want to cancel => Sorry, the rule is the same for everyone.
I want to cancel my order => I'm sorry that you want to cancel.
the lid is broken => Sorry about the broken lid.
my tablets don't dissolve => Sorry to hear about the problems with your tablets.
my parcel came late => I'm sorry that your parcel arrived late.
I paid by card => Since you paid by card, it goes back to the card.
I've opened the bag => Since you have already opened the bag, no.
It's already dispatched, can I cancel? => As your order is already dispatched, please refuse it.
I am in Ireland => Given that you are in Ireland, it takes longer.
I have a heron => You have a Heron, so use the sachet.
I'm on windows 11 => You are using Windows 11, so press the key.
here are the photos => Thank you for the photos. A new one leaves tomorrow.
how do I descale => Your order number is in the e-mail.
how do I descale => Your bank needs 3 to 5 days.
how do I descale => The bag is easy to open, since it has a zip.
how do I descale => That is easy with the Badger, since its cord is loose.
how do I descale => It is more than a kettle.
how do I descale => The warranty is 2 years from delivery.
how do I descale => The warranty does not cover limescale, since it is wear.
how do I descale => Use it as often as you like.
how do I descale => As you can see on the page, it is 54 mm.
how do I descale => As well as your order number we need the e-mail address.
how do I descale => It looks like limescale, but it is harmless.
how do I descale => Sign in with your e-mail address and your password.
how do I descale => Pay with your card or with PayPal.
how do I descale => Contact us with your order number.
how do I descale => Check with your bank first.
how do I descale => Your new password works at once.
Wie entkalke ich? => Wenn Sie den Kessel im Laden gekauft haben, kommen Sie vorbei.
Wie entkalke ich? => Sie haben 30 Tage Zeit.
I want to cancel => You do not have to sign in.
I want to cancel => You don't need an account.
I want to cancel => If you don't have an account, use Find my order.
I want to cancel => If it was delivered, you can return it.
I want to cancel => All your folders are kept.
I want to cancel => The goods are yours once your order is paid.
I want to cancel => Guests, who have no account, use Find my order.
I have no account => You don't have an account, so use Find my order.
"""),
)
def test_what_holds_for_this_customer_or_for_everyone(asked, answer):
    assert check_assumed(answer, Sources((answer,), asked)).passed
