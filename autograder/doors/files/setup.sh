#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image of the assignment: Ubuntu, with the internet at hand.
# Python and the packages are the versions that graded where this archive was made.
set -euo pipefail

ours=/autograder/source
home=@HOME@
export DEBIAN_FRONTEND=noninteractive
export UV_PYTHON_INSTALL_DIR=$home/python UV_NO_CACHE=1 UV_LINK_MODE=copy UV_NO_PROGRESS=1
# PyTorch for processors alone: a tenth of the one with CUDA. uv knows where it is.
export UV_TORCH_BACKEND="${UV_TORCH_BACKEND:-cpu}"
umask 022

apt-get update -qq
apt-get install -y -qq --no-install-recommends ca-certificates libseccomp2 python3 python3-venv >/dev/null
# Ubuntu 22.04 has Python 3.10, and the grader needs @PYTHON@: uv installs it where other users may read it.
python3 -m venv "$home/uv"
"$home/uv/bin/pip" install --quiet --disable-pip-version-check uv==@UV@
uv=$home/uv/bin/uv
"$uv" venv --quiet --python @PYTHON@ "$home/venv"
"$uv" pip install --quiet --compile-bytecode --python "$home/venv/bin/python" --constraints "$ours/constraints.txt" \
    --requirements "$ours/requirements.txt"
rm -rf "$home/uv" /var/lib/apt/lists/*

# The hidden checks are for the grader alone, and nothing in this image can be written by all (docs/security.md#containers).
chmod 700 "$ours"
find / -xdev \( -type d -o -type f \) -perm -0002 -exec chmod o-w {} +
# Once through the grader with the instructor's own notebook: this warms caches, and shows here what would go wrong.
XDG_CACHE_HOME=$home/cache "$home/venv/bin/python" -I -m autograder.doors.run gradescope --rehearse
chmod -R a+rX "$home"
