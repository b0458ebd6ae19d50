from __future__ import annotations

from data.blocks import BlockKind, blocks_of

PAGE = """Delivery

We send on working days.

Where to | Time | Price
Ireland | 3 to 6 working days | £7.50
Norway |  | not offered

You can:

- pause for
  12 weeks, as often as you like and from any day on, in your account or by a word to us, at no cost
- cancel, also at any time and also in your account, without a fee and without a reason, up to the Sunday before

How to return:

1. Open Orders.
2. Press Return."""


def test_paragraphs_rows_items_and_steps_stand_apart():
    found = blocks_of(PAGE)
    assert [block.kind.value for block in found] == ["text", "row", "row", "item", "item", "steps"]
    assert {block.heading for block in found} == {"Delivery"}


def test_a_row_names_its_columns_and_leaves_empty_cells_out():
    ireland, norway = (block for block in blocks_of(PAGE) if block.kind is BlockKind.ROW)
    assert ireland.text == "Where to: Ireland; Time: 3 to 6 working days; Price: £7.50"
    assert norway.cells == (("Where to", "Norway"), ("Price", "not offered"))


def test_a_row_with_more_cells_than_columns_keeps_them():
    (row,) = blocks_of("A | B\n1 | 2 | 3")
    assert row.cells == (("A", "1"), ("B", "2"), ("", "3"))


def test_the_line_that_leads_to_a_list_stays_with_each_item_and_ends_with_it():
    found = blocks_of(PAGE)
    items = [block for block in found if block.kind is BlockKind.ITEM]
    assert [(block.lead, block.text.partition(",")[0]) for block in items] == [
        ("You can:", "pause for\n12 weeks"),
        ("You can:", "cancel"),
    ]
    assert found[-1].lead == "How to return:"
    assert found[-1].whole == "Delivery\nHow to return:\n1. Open Orders.\n2. Press Return."


def test_a_new_heading_ends_the_one_before():
    first, second = blocks_of("One\n\nOf one thing.\n\nTwo\n\nOf another thing.")
    assert (first.heading, second.heading) == ("One", "Two")


def test_nothing_is_made_of_nothing():
    assert blocks_of(" \n\n ") == []


def test_a_short_list_is_read_together():
    (hours,) = blocks_of("Open:\n\n- Tuesday to Friday 10:00 to 18:00\n- Saturday 9:00 to 17:00")
    assert (hours.kind, hours.lead) == (BlockKind.LIST, "Open:")
    assert hours.text == "- Tuesday to Friday 10:00 to 18:00\n- Saturday 9:00 to 17:00"
