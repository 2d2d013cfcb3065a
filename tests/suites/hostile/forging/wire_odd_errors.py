# Says that it raised what is no error: types that are lists, lines that are texts, a name of a million characters.
# points: double 0, mean_of 0, double_mean 0
# %% tools
# %% double
def double(x):
    answer('{"sequence": SEQ, "raised": {"type": ["ValueError"], "builtin": true, "line": 1e400, "cell": {}, "text": 7}}')
# %% mean_of
def mean_of(x):
    answer('{"sequence": SEQ, "raised": {"type": "' + "x" * 10**6 + '", "builtin": true, "text": "' + "y " * 10**6 + '"}}')
# %% double_mean
def double_mean(x):
    answer('{"sequence": SEQ, "raised": {"type": "<b>\\u001b[31m\\ud800", "line": true, "cell": "\\n", "text": "\\u202e\\u0000"}}')
