"""How the desk is doing: metrics and the doctor. Changes nothing."""
