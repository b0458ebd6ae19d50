"""What computes a model: torch as the reference, OpenVINO where it says the same. Knows no requests."""
