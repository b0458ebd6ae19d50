"""What serves: index, model and contract loaded, followed and swapped. Makes no version but an index's."""
