"""What the desk knows: imports, edits, history and topics."""
