# Answers each call twice.
# points: double 0, mean_of 6, double_mean 10
# %% tools
# %% double
def double(x):
    say(json.dumps({"sequence": requests[-1]["sequence"], "value": 1.0}).encode())
    return 2 * x
