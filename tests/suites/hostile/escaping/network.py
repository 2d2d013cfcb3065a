# Connects to, listens on and asks for the network, as programs do.
# points: double 4, mean_of 6, double_mean 10
# %% tools
# %%
import asyncio, urllib.request
attempt("tcp", lambda: socket.create_connection(("127.0.0.1", @PORT@), 1))
attempt("udp", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"@MARK@", ("127.0.0.1", @PORT@)))
attempt("listen", lambda: socket.create_server(("", 0)))
attempt("http", lambda: urllib.request.urlopen("http://127.0.0.1:@PORT@", timeout=1))
attempt("names", lambda: socket.getaddrinfo("example.org", 80))
attempt("asyncio", lambda: asyncio.new_event_loop().run_until_complete(asyncio.open_connection("127.0.0.1", @PORT@)))
attempt("distributed", lambda: torch.distributed.TCPStore("127.0.0.1", 0, 1, True))
