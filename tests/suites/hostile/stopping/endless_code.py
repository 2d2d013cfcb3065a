# Source code that is hard on the parser.
# points: double 4, mean_of 6, double_mean 10
# %%
exec("(" * 10_000 + ")" * 10_000)
# %%
eval("-" * 100_000 + "1")
# %%
exec("x = " + " + ".join(["1"] * 20_000))
# %%
compile("a." * 50_000 + "b", "x", "eval")
