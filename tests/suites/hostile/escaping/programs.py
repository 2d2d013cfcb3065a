# Starts programs by every call that can.
# points: double 4, mean_of 6, double_mean 10
# %% tools
# %%
import multiprocessing, pty, subprocess, webbrowser
attempt("execv", lambda: os.execv("/bin/true", ["true"]))
attempt("posix_spawn", lambda: os.posix_spawn("/bin/sh", ["sh", "-c", "touch /tmp/ran-@MARK@"], os.environ))
attempt("subprocess", lambda: subprocess.run([sys.executable, "-c", "print(1)"]))
attempt("shell", lambda: subprocess.check_output("id", shell=True))
attempt("system", lambda: libc.system(b"touch /tmp/ran-@MARK@") and 1 / 0)
attempt("popen", lambda: os.popen("id").read() or 1 / 0)
attempt("pty", lambda: pty.spawn(["/bin/sh"]))
attempt("execveat", lambda: call(322, -100, b"/bin/true", 0, 0, 0))
attempt("memory file", lambda: call(319, b"x", 0))
attempt("pool", lambda: multiprocessing.Pool(1).map(abs, [1]))
loader = torch.utils.data.DataLoader([1, 2], num_workers=1)
attempt("worker", lambda: loader.num_workers or 1 / 0)
vars(loader)["num_workers"] = 1
attempt("loader", loader._get_iterator)
webbrowser.open("file:///etc/passwd")
