# What several attacks share: a cell `# %% tools` stands for this text.
import ctypes, gc, json, os, signal, socket, stat, struct, sys, threading, time

libc = ctypes.CDLL(None, use_errno=True)


def attempt(what, function):
    """Tries what must be refused; what came back all the same is loot, which the suite looks for."""
    try:
        got = function()
    except BaseException:
        return
    print("LOOT:", what, repr(got)[:3000])


def call(number, *arguments):
    """A system call by its number on x86-64, past all wrappers."""
    result = libc.syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), f"system call {number}")
    return result


def wire():
    """The number of the one socket that leads out: to the grader."""
    for number in range(64):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                return number
        except OSError:
            pass


def say(text, blob=b""):
    """Puts a whole frame on the wire."""
    frame = memoryview(struct.pack("<II", len(text), len(blob)) + text + blob)
    while frame:
        frame = frame[os.write(wire(), frame) :]


requests = []


def remember_requests():
    """Has the guest note each request that comes in from here on."""
    from autograder.sandbox import wire as protocol

    genuine = protocol.receive

    def receive(*arguments):
        message, tensors = genuine(*arguments)
        requests.append(message)
        return message, tensors

    protocol.receive = receive


remember_requests()


def answer(text, blob=b""):
    """Answers the present request in place of the guest, whose own answer is swallowed. SEQ is the request's number."""
    from autograder.sandbox import wire as protocol

    say(text.replace("SEQ", str(requests[-1]["sequence"])).encode(), blob)
    genuine = protocol.send
    protocol.send = lambda *_: setattr(protocol, "send", genuine)
