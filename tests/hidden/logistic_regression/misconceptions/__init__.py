"""Wrong answers."""
from autograder.catalogue import Misconception
MISCONCEPTIONS: tuple[Misconception, ...] = ()
