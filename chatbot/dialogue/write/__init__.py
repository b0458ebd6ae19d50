"""Write: the candidates for a reply, from past answers and articles. Checks and ranks nothing."""
