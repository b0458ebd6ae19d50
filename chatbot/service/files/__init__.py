"""Pictures and PDFs that customers and agents attach: taken in, kept by hash, opened by a signed address, forgotten."""
