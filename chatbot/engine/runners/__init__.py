"""What computes a model: numpy as the reference, OpenVINO where it says the same. Knows no requests."""
