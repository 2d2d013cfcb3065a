"""What a sketch of code is made of (`judge/sketch.py` makes them, `alike.py` compares them)."""

PIECE_WORDS = 8  # tokens; fewer are written alike by chance
MOST_HASHES = 32  # of an exercise
HASH_BYTES = 4
