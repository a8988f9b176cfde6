"""Children are restarted, stopped in order, and never outlive a killed supervisor."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from orr.embedded.failure import CannotStart
from orr.supervise.child import LONGEST_PAUSE, Child, Spec
from orr.supervise.crew import Crew

SUPERVISOR = """
import sys
from pathlib import Path
from orr.supervise.child import Spec
from orr.supervise.crew import Crew, Stopped
import os
crew = Crew()
crew.listen()
loop = "import time, sys; print(sys.argv[1], 'up', flush=True); time.sleep(60)"
for name in ("first", "second"):
    crew.start(Spec(name, [sys.executable, "-c", loop, name], dict(os.environ), Path(".")))
print(*(child.process.pid for child in crew.children.values()), flush=True)
try:
    while True:
        crew.pump(1)
except Stopped:
    crew.stop(["second", "first"])
    print("stopped", flush=True)
"""


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def supervisor() -> tuple[subprocess.Popen[str], list[int]]:
    process = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    pids = [int(pid) for pid in process.stdout.readline().split()]
    for _ in range(2):
        assert "up" in process.stdout.readline()
    return process, pids


def test_a_killed_supervisor_leaves_nothing_running() -> None:
    process, pids = supervisor()
    assert all(alive(pid) for pid in pids)
    process.kill()
    process.communicate()
    until(lambda: not any(alive(pid) for pid in pids))


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_way_to_end_it_ends_all_children(wish: signal.Signals) -> None:
    process, pids = supervisor()
    process.send_signal(wish)
    said, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert said.endswith("stopped\n")
    assert not any(alive(pid) for pid in pids)


def test_ctrl_c_of_the_terminal_reaches_the_supervisor_only() -> None:
    process, pids = supervisor()
    assert {os.getsid(pid) for pid in pids}.isdisjoint({os.getsid(process.pid)})
    process.terminate()
    process.communicate(timeout=20)


def test_a_killed_child_is_started_again() -> None:
    process, pids = supervisor()
    assert process.stdout is not None
    os.kill(pids[0], signal.SIGKILL)
    assert "starting it again in 1 s" in process.stdout.readline()
    assert "first up" in process.stdout.readline()
    process.terminate()
    process.communicate(timeout=20)


def test_pauses_grow_to_a_bound(tmp_path: Path) -> None:
    child = Child(Spec("never", ["true"], {}, tmp_path), started=time.monotonic())
    assert [child.schedule() for _ in range(7)] == [1, 2, 4, 8, 16, LONGEST_PAUSE, LONGEST_PAUSE]


def test_a_child_that_was_well_begins_with_the_shortest_pause(tmp_path: Path) -> None:
    child = Child(Spec("well", ["true"], {}, tmp_path), deaths=5, started=time.monotonic() - 61)
    assert child.schedule() == 1


def test_a_child_that_dies_while_it_is_waited_for_stops_the_start(stack: ExitStack, tmp_path: Path) -> None:
    crew = stack.enter_context(closing(Crew()))
    crew.start(Spec("broken", [sys.executable, "-c", "raise SystemExit(3)"], dict(os.environ), tmp_path))

    def died() -> bool:
        crew.pump(0.1)
        return crew.children["broken"].deaths > 0

    until(died)
    with pytest.raises(CannotStart, match="broken does not start"):
        crew.alive("broken")


def test_the_lines_of_a_child_are_told_whole_and_with_their_origin(
    capsys: pytest.CaptureFixture[str], stack: ExitStack, tmp_path: Path
) -> None:
    crew = stack.enter_context(closing(Crew()))
    program = "import sys; sys.stdout.write('one\\nhidden\\ntw'); sys.stdout.flush(); sys.stdout.write('o')"
    crew.start(Spec("child", [sys.executable, "-c", program], dict(os.environ), tmp_path, hidden="^hidden$"))

    def died() -> bool:
        crew.pump(0.1)
        return crew.children["child"].deaths > 0

    until(died)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("child")]
    assert lines == ["child    | one", "child    | two"]
