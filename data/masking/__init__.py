"""Personal data is masked before anything is stored."""
