"""One run of Hugging Face's Trainer under a time budget. Knows no desk."""
