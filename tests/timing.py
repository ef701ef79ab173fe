"""How long something takes, so that two measurements can be put beside each other."""

import gc
import time
from collections.abc import Callable


def seconds(run: Callable[[], object], *, times: int = 3) -> float:
    """Processor seconds of this thread that *run* takes: the best of so many times.

    Without the garbage collector, which looks at all that other tests have left.
    """
    taken = []
    gc.collect()
    gc.disable()
    try:
        for _ in range(times):
            begun = time.thread_time()
            run()
            taken.append(time.thread_time() - begun)
    finally:
        gc.enable()
    return min(taken)
