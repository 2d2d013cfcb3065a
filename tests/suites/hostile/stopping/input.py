# Asks questions that nobody answers.
# points: double 4, mean_of 6, double_mean 10
# %%
input("Your name? ")
# %%
import getpass, sys
getpass.getpass()
# %%
print(repr(sys.stdin.read()), repr(open(0).read()))
# %%
breakpoint()
# %%
%debug
