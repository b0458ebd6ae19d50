"""Write: the candidates for a reply, from past answers and articles. Gives and orders no verdict on them."""
