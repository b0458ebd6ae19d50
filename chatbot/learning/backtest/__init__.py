"""Past questions asked again as they were asked then: cases, verdicts, and whether one version loses to another."""
