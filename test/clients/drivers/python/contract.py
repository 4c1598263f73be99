"""The drivers' contract (../README.md) for clients of Python: reads commands, answers them in order."""
import json
import os
import sys
import threading
import time
import traceback

bootstrap = sys.argv[1]


def serve(commands):
    """Answers commands until the input ends; clients print what they like, standard output is for answers."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in open(0, encoding="utf-8"):
        fields = json.loads(line)
        answer = {"id": fields.pop("id")}
        try:
            answer["ok"] = commands[fields.pop("command")](**fields) or {}
        except Exception as fault:  # the harness judges it
            traceback.print_exc()
            answer["error"] = f"{type(fault).__name__}: {fault}"
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    os._exit(0)


def gather(poll, count, wait_ms):
    """Polls for records until there are `count` or the time is over; answers them and the offsets to commit."""
    records, positions = [], {}
    end = time.monotonic() + wait_ms / 1000
    while len(records) < count and time.monotonic() < end:
        for record in poll():
            if len(records) < count:
                records.append(record)
                positions[record["topic"], record["partition"]] = record["offset"] + 1
    return records, positions


class Member:
    """A consumer that polls on a thread of its own until it is told to leave."""

    def __init__(self, poll, close):
        self.partitions = set()
        self._leaving = threading.Event()
        self._poll, self._close = poll, close
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self._thread.start()

    def _run(self):
        while not self._leaving.is_set():
            self._poll()
        self._close()

    def leave(self):
        self._leaving.set()
        self._thread.join()


def text(data):
    return None if data is None else data.decode()
