# Writes as much and as many files as it can, everywhere.
# points: double 4, mean_of 6, double_mean 10
# %%
import os
for folder in (".", "/tmp", "/dev/shm", "/var/tmp", "@COURSE@"):
    for number in range(100):
        try:
            with open(f"{folder}/big-@MARK@-{number}", "wb") as file:
                file.write(bytes(1 << 22))
        except OSError as error:
            print(error.errno)
            break
# %%
for number in range(10**6):
    try:
        open(f"small-@MARK@-{number}", "w").close()
    except OSError as error:
        print(number < 10_000)
        break
# %%
try:
    with open("sparse-@MARK@", "wb") as file:
        file.truncate(1 << 50)
except OSError as error:
    print(error.errno)
