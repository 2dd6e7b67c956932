"""One or two threads that read the parts of a history ahead of landing, each with a connector of its own."""

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from regulars_agent._fetching import STOPPING, End, Fetched, offer, without_repeats
from regulars_agent._leases import Visit
from regulars_agent._months import Stretch
from regulars_agent._parts import Parts, Walk
from regulars_agent._places import Places
from regulars_agent._pull import of_kind
from regulars_agent._second_process import Job, pays, read_beside
from regulars_agent._second_reader import SecondReader, Verdict
from regulars_connectors import Connector, Cursor, Page, Pause, Scan, connector_class
from regulars_mapping import Kind


class Readers:
    """Reads ahead until its block ends; ``waiting`` holds what was fetched, never more than ``pages_ahead``.

    The first reader begins at once. A second one is never more than what the platform gains by and the
    setting ``pull.readers`` allows. When the shop tells one of them to wait, both wait. Whoever else asks the
    shop meanwhile does so as a ``guest``: no more than there are readers ask at once.
    """

    def __init__(self, at: Visit, kind: Kind, stretches: Sequence[Stretch], *, pages_ahead: int) -> None:
        self.waiting: queue.Queue[Fetched | End] = queue.Queue(maxsize=pages_ahead)
        self.parts = Parts(stretches, page_size=at.connector.limits.page_size, now=at.now())
        self.most = 0
        """How many readers there ever were at once."""
        self._at = at
        self._kind = kind
        self._pause = _HeededPause(self._refused)
        config = at.workspace.connector_config(at.shop)
        self._config = replace(config, http=replace(config.http, pause=self._pause))
        self._stopped = threading.Event()
        self._surplus = threading.Event()
        self._beside = False
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._active = 0
        self._wanted = at.workspace.settings.pull.readers if at.connector.readers > 1 else 1
        self._guest = self._connector()
        self._second = SecondReader(page_size=at.connector.limits.page_size)
        self._places = Places(2 if self._wanted == 2 else 1)
        self._left = sum(stretch.count for stretch in stretches)

    def start(self) -> None:
        """Begin to read."""
        for _ in range(2 if self._wanted == 2 else 1):
            self._add()

    def landed(self, records: int, seconds: float) -> None:
        """The other side of the measure: so many records were landed in so many seconds."""
        with self._lock:
            self._second.landed(records, seconds)

    @contextmanager
    def guest(self) -> Iterator[Visit]:
        """The visit of somebody who asks the shop in the place of a reader, and waits when they wait."""
        with self._places.one():
            yield replace(self._at, connector=self._guest)

    def stop(self) -> None:
        """End the reading. A request underway is waited for a moment only; its answer is of no use."""
        self._stopped.set()
        self._pause.end()
        self.parts.end()
        deadline = time.monotonic() + STOPPING
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._guest.close()

    def _connector(self) -> Connector:
        return connector_class(self._at.shop.platform).open(self._config)

    def _add(self) -> None:
        with self._lock:
            self._active += 1
            self.most = max(self.most, self._active)
            thread = threading.Thread(
                target=self._run, name=f"regulars-read-{len(self._threads) + 1}", daemon=True
            )
            self._threads.append(thread)
        thread.start()

    def _run(self) -> None:
        try:
            self._read_parts()
            while not self._leave():
                self._read_parts()
        except BaseException as error:  # noqa: BLE001 - carried over to the thread that lands
            self._offer(End(error))

    def _leave(self) -> bool:
        """End this reader; not where it is the last one and another has left it something."""
        with self._lock:
            if self._active == 1 and self.parts.is_waiting and not self._stopped.is_set():
                return False
            self._active -= 1
            last = self._active == 0
        if last:
            self._offer(End())
        return True

    def _read_parts(self) -> None:
        with self._connector() as connector:
            while (walk := self.parts.take()) is not None:
                if not self._read(connector, walk):
                    return

    def _read(self, connector: Connector, walk: Walk) -> bool:
        """Read a part to its end; False where this reader has to end too."""
        asking = _Asking(connector, self._kind, walk, self._places)
        for page in without_repeats(self._at.shop.name, self._kind, asking.pages()):
            records = len(of_kind(self._kind, page.records))
            ended = self.parts.advance(walk, page, records=records, window=asking.window)
            told = Fetched.of(page, part=walk.number)
            if not self._offer(replace(told, cursor=None) if ended else told):
                return False
            self._judge(records, asking.seconds)
            if ended:
                return True
            if self._is_surplus():
                self.parts.give_back(walk)
                return False
            if self._is_for_two_processes(len(page.records), asking.seconds):
                return self._read_beside(walk)
        return True

    def _judge(self, records: int, seconds: float) -> None:
        with self._lock:
            self._left -= records
            if self._wanted != "auto":
                return
            verdict = self._second.fetched(records, seconds, now=time.monotonic(), left=self._left)
        self._heed(verdict)

    def _refused(self) -> None:
        """The shop told one of the readers to wait."""
        if self._wanted == "auto":
            with self._lock:
                verdict = self._second.refused()
            self._heed(verdict)

    def _heed(self, verdict: Verdict) -> None:
        if verdict is Verdict.STOP:
            self._surplus.set()
            self._places.add(-1)
        elif verdict is Verdict.START and not self._stopped.is_set():
            self._places.add(1)
            with self._lock:
                # Whoever was to leave may not have come to it yet.
                stays = self._surplus.is_set() and self._active > 1
                self._surplus.clear()
            if not stays:
                self._add()

    def _is_surplus(self) -> bool:
        """Whether this reader is to leave what it reads to the other one."""
        if not self._surplus.is_set():
            return False
        with self._lock:
            if self._active < 2:
                return False
            self._surplus.clear()
            return True

    def _is_for_two_processes(self, records: int, seconds: float) -> bool:
        """Whether this reader is to hand over to a second process: one of them does, once."""
        processes = self._at.workspace.settings.pull.processes
        with self._lock:
            if self._beside or not pays(
                processes=processes, records=records, seconds=seconds, remaining=self._left
            ):
                return False
            self._beside = True
            return True

    def _read_beside(self, walk: Walk) -> bool:
        """The rest of this part and all that nobody reads, by a second process."""
        with self.parts.lock:
            walk.shared = False
        walks = [walk, *self.parts.take_all()]
        jobs = [self._job(each) for each in walks]
        pages = (replace(told, part=walks[told.part].number) for told in read_beside(*jobs))
        return all(map(self._offer, pages))

    def _job(self, walk: Walk) -> Job:
        # A pause cannot be shared with another process; there is one reader then.
        config = self._at.workspace.connector_config(self._at.shop)
        return Job(self._at.shop, config, self._kind, Scan.HISTORY, walk.position, walk.part.window)

    def _offer(self, item: Fetched | End) -> bool:
        return offer(self.waiting, item, self._stopped)


class _Asking:
    """A part's pages, one request after the other, each in the window that the part has by then."""

    def __init__(self, connector: Connector, kind: Kind, walk: Walk, places: Places) -> None:
        self._connector = connector
        self._kind = kind
        self._walk = walk
        self._places = places
        self.window = walk.part.window
        """The window that the last page was asked for in."""
        self.seconds = 0.0
        """How long the shop took for it."""

    def pages(self) -> Iterator[Page]:
        """From where the part stands to its end."""
        cursor = self._walk.position
        while True:
            page = self._page(cursor)
            yield page
            cursor = page.cursor
            if cursor is None:
                return

    def _page(self, cursor: Cursor | None) -> Page:
        with self._places.one():
            asked, self.window = time.monotonic(), self._walk.part.window
            page = next(self._connector.pages(self._kind, Scan.HISTORY, cursor=cursor, window=self.window))
            self.seconds = time.monotonic() - asked
        return page


class _HeededPause(Pause):
    """A pause that says so when the shop asks for it."""

    def __init__(self, asked: Callable[[], None]) -> None:
        super().__init__()
        self._asked = asked

    def ask(self, seconds: float) -> None:
        super().ask(seconds)
        self._asked()


@contextmanager
def reading(at: Visit, kind: Kind, stretches: Sequence[Stretch], *, pages_ahead: int) -> Iterator[Readers]:
    """Readers at work until the block ends, however it ends."""
    readers = Readers(at, kind, stretches, pages_ahead=pages_ahead)
    readers.start()
    try:
        yield readers
    finally:
        readers.stop()
