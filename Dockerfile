# The grader in a container, for processors without a GPU: docs/images.md.
#
#   docker build -t grader .                                the grader, as an ordinary user
#   docker build -t grader --target prairielearn .          the same for PrairieLearn, whose scripts are root
#
# To pin the base to its digest as well: docker buildx imagetools inspect python:3.11.14-slim-bookworm

FROM python:3.11.14-slim-bookworm AS packages
# uv knows where PyTorch's builds for processors are: a tenth of the size of those with CUDA.
ENV UV_TORCH_BACKEND=cpu UV_NO_CACHE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE course_config.py nbgrader_config.py ./
COPY autograder autograder
COPY source source
COPY tests/hidden tests/hidden
COPY docs/students.md docs/students.md
COPY doors doors
# The assignments that come with the package stay out: in some containers student code may read all that the world may.
RUN uv venv /usr/local/lib/autograder/venv \
    && uv pip install --python /usr/local/lib/autograder/venv/bin/python --compile-bytecode \
        --constraints constraints.txt '.[grader]' \
    && rm -rf /usr/local/lib/autograder/venv/share/autograder

FROM python:3.11.14-slim-bookworm AS runtime
# hadolint ignore=DL3008  # Debian keeps only the newest of a package, so a pinned version soon can't be had
RUN apt-get update \
    && apt-get install -y --no-install-recommends libseccomp2 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 grader
COPY --from=packages /usr/local/lib/autograder /usr/local/lib/autograder
ENV PATH="/usr/local/lib/autograder/venv/bin:$PATH"

FROM runtime AS prairielearn
# PrairieLearn's container starts run.sh as root; student code becomes another user. Nothing here can be written by all.
ENV AUTOGRADER_PYTHON=/usr/local/lib/autograder/venv/bin/python
RUN find / -xdev \( -type d -o -type f \) -perm -0002 -exec chmod o-w {} +
# hadolint ignore=DL3002
USER 0:0

FROM runtime AS grader
USER 1000:1000
WORKDIR /course
ENTRYPOINT ["autograder"]
CMD ["--help"]
