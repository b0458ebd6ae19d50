"""What the desk knows: imports, edits, history, passages and topics. Opens no index for customers."""
