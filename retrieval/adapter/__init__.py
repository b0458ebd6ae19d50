"""What the encoder learns of a desk."""
