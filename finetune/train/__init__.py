"""Fine-tuning a base on a desk's examples, in one process or several."""
