"""A training run from moments to a version that serves: division, evidence, figures, verdict, page."""
