#!/usr/bin/env bash
# The entrypoint of PrairieLearn's grading container. There is a results.json whatever happens: first one that says that
# nothing was graded, which the grader replaces when it is done.
set -u

# Student code runs as another user, who may enter none of these. Without being root that can't be had, and the grader
# then asks for more of the kernel.
mkdir -p /grade/results
chmod 700 /grade/tests /grade/data /grade/results 2>/dev/null
# Nor may anything of theirs be left where later code of theirs could find it, if the kernel has no Landlock.
chmod o-w /tmp /var/tmp /dev/shm /dev/mqueue /run/lock 2>/dev/null
rm -rf /grade/results/results.json
cp /grade/tests/not_graded.json /grade/results/results.json

cd /grade/tests || exit 0
timeout --kill-after=5 @SECONDS@ "${AUTOGRADER_PYTHON:-python3}" -I -m autograder.doors.run prairielearn
code=$?
# Whoever took the submission here may be another user of the host.
chmod 755 /grade/results
chmod 644 /grade/results/results.json
[ "$code" -eq 0 ] || echo "The grader ended with $code (124: not done after @SECONDS@ s; 137: killed)."
exit 0
