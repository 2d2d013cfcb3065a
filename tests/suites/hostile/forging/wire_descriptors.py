# Sends descriptors along with an answer, and bytes out of band.
# points: double 4, mean_of 6, double_mean 10
# %% tools
# %%
import array
mine = socket.socket(fileno=os.dup(wire()))
rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0] * 200))]
genuine, os.write = os.write, lambda number, data: mine.sendmsg([data], rights)
answer('{"sequence": SEQ, "outputs": [], "raised": null}')
os.write = genuine
# %%
try:
    mine.send(b"x", socket.MSG_OOB)
except OSError as error:
    print(error)
