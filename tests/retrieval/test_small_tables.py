"""Small databases beside the library: files of the data directory that several programs open."""

import threading

from retrieval.tables import tables


def test_a_new_file_is_opened_by_several_at_once(tmp_path):
    """Each opener for itself, as a server and a command line do; without a wait about one round in nine failed."""
    failed = []

    def write(one, gate):
        gate.wait()
        try:
            with one.write() as db:
                db.execute("INSERT INTO t VALUES (1)")
        except Exception as error:
            failed.append(error)

    for number in range(60):
        openers = [tables(tmp_path / str(number), "a.db", ("CREATE TABLE IF NOT EXISTS t (x)",), what="It") for _ in range(4)]
        gate = threading.Barrier(4)
        threads = [threading.Thread(target=write, args=(one, gate)) for one in openers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failed
        assert openers[0].rows("SELECT count(*) FROM t")[0][0] == 4
        for one in openers:
            one.close()
