"""The catalogue of realistic wrong answers; see `autograder.checks`.

What students do was gathered from questions in forums and issue threads; all wording and code is this project's own.
Two entries of one exercise never give the same values: `train` without `backward`, for example, gives what `train`
without `step` gives, and is the same entry.
"""

from autograder.checks import Misconception

from . import accuracy, classifier, hypotheses, losses, train, train_classifier

MISCONCEPTIONS: tuple[Misconception, ...] = (
    *hypotheses.MISCONCEPTIONS,
    *losses.MISCONCEPTIONS,
    *train.MISCONCEPTIONS,
    *accuracy.MISCONCEPTIONS,
    *classifier.MISCONCEPTIONS,
    *train_classifier.MISCONCEPTIONS,
)
