"""A GPT-2 on disk and in memory: weights, prefix, versions, checksums."""
