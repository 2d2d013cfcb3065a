# Does all manner of harm beside answers that are right, which keep their points.
# points: double 4, mean_of 6, double_mean 10
# %%
import builtins, gc, os, random, signal, sys, threading, time, warnings
gc.disable()
sys.setrecursionlimit(10**6)
sys.stdout = sys.stderr = None
random.seed = torch.manual_seed = None
warnings.warn = None
torch.set_grad_enabled(False)
torch.set_default_dtype(torch.float64)
os.environ.clear()
os.chdir("/")
signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
signal.signal(signal.SIGALRM, lambda *_: None)
threading.Thread(target=lambda: time.sleep(100)).start()
del builtins.print
