# Puts codes for terminals, markup and texts that turn around into errors and outputs.
# points: double 0, mean_of 0, double_mean 10
# %%
print("\x1b[2J\x1b]0;title\x07\x1b]8;;http://example.org\x1b\\link\x1b]8;;\x1b\\ \x9b31m \r\b\x00")
# %% double
def double(x):
    raise ValueError("\x1b[2J\x1b]0;owned\x07 [bold red]markup[/] [link=http://example.org]x[/link] \u202egnp \x9b31m \r\n\x00")
# %% mean_of
def mean_of(x):
    raise type("[/]\x1b[31m\u2066", (Exception,), {})("=HYPERLINK(\"http://example.org\") \ud800 \u2028")
