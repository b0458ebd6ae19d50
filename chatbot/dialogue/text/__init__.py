"""Words, sentences, numbers and places in a text; judges nothing."""
