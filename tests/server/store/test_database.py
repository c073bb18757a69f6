"""Opening a data base, and what is said when that does not work."""

import concurrent.futures
import sqlite3
import time

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import exc

from twinbed.server.errors import Busy, StoreError
from twinbed.server.problems import as_refused
from twinbed.server.store import Database, embedded, open_store
from twinbed.server.store.tables import Base
from twinbed.ward.log import Asked


def test_the_migrations_make_the_tables_that_the_code_declares(store):
    with store.database.reading() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_many_may_open_a_new_data_base_at_once(url):
    def open_and_close(_):
        with open_store(url) as store:
            return store.beds.beds()

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert list(pool.map(open_and_close, range(4))) == [()] * 4


def test_a_transaction_that_fails_leaves_nothing(store):
    def half():
        with store.database.writing() as session:
            session.execute(sa.text("INSERT INTO branches (bed, id, from_page) VALUES ('none', 0, 0)"))

    with pytest.raises(
        exc.DBAPIError, match="(?i)foreign key"
    ):  # SQLite would not mind, were foreign keys not switched on
        half()
    with store.database.reading() as session:
        assert session.scalar(sa.text("SELECT count(*) FROM branches")) == 0


def test_sqlite_writes_are_flushed_to_the_disk(tmp_path):
    with open_store(embedded(tmp_path / "a.db")) as store, store.database.reading() as session:
        settings = {
            name: session.scalar(sa.text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_postgresql_answers_after_the_disk_even_if_its_default_is_otherwise(postgresql):
    with open_store(postgresql + "postgres") as store:
        with store.database.writing() as session:
            session.execute(sa.text("ALTER ROLE twinbed SET synchronous_commit TO off"))
        again = Database(postgresql + "postgres")
        with again.reading() as session:
            assert session.scalar(sa.text("SHOW synchronous_commit")) == "on"
        again.close()
        with store.database.writing() as session:
            session.execute(sa.text("ALTER ROLE twinbed RESET synchronous_commit"))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "an example: postgresql://"),
        ("mysql://somewhere/x", "use sqlite or postgresql"),
        ("sqlite://", "needs a file"),
        ("sqlite:////nowhere/at/all.db", "may the folder be written"),
        ("postgresql://ada:secret@127.0.0.1:1/x", "Is the server up"),
        ("postgresql+nothing://ada:secret@127.0.0.1/x", "not installed"),
    ],
)
def test_a_data_base_that_cannot_be_opened_is_said_without_its_password(url, said):
    with pytest.raises(StoreError, match=said) as caught:
        open_store(url)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_data_base_is_said(tmp_path):
    (tmp_path / "a.db").write_text("hello, I am a letter\n" * 100)
    with pytest.raises(StoreError, match="one of twinbed's"):
        open_store(embedded(tmp_path / "a.db"))


def test_a_data_base_of_a_newer_twinbed_is_left_alone(tmp_path):
    open_store(embedded(tmp_path / "a.db")).close()
    with sqlite3.connect(tmp_path / "a.db") as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    with pytest.raises(StoreError, match="newer twinbed"):
        open_store(embedded(tmp_path / "a.db"))


def test_paths_with_odd_letters_are_files(tmp_path):
    path = tmp_path / "한 글%20?x=1#.db"
    open_store(embedded(path)).close()
    assert path.is_file()


def test_an_sqlite_file_is_served_by_one_under_whatever_name(tmp_path):
    (tmp_path / "other").symlink_to(tmp_path)
    with open_store(embedded(tmp_path / "twinbed.db")) as one, one.database.alone():
        with open_store(embedded(tmp_path / "other" / "twinbed.db")) as two:
            with pytest.raises(StoreError, match="another twinbed serves"), two.database.alone():
                pytest.fail("it was let in")
        with open_store(embedded(tmp_path / "second.db")) as third, third.database.alone():
            pass
    with open_store(embedded(tmp_path / "twinbed.db")) as again, again.database.alone():
        pass


def test_what_a_bed_writes_waits_a_second_for_others_and_no_longer(store):
    bed = store.beds.add_bed(title="A", kind="acute", definition={}, seed=1, version="0", made_by="kim").id
    asked = Asked(0, 0, 0.0, "kim", "request", {})
    with store.database.writing() as other:
        other.execute(sa.text("UPDATE beds SET title = 'B'"))
        begun = time.monotonic()
        with pytest.raises(Busy, match="is busy: nothing was written"):
            store.beds.append(bed, asked)
        assert 0.9 < time.monotonic() - begun < 10.0
    assert store.beds.append(bed, asked).seq == 1


def test_a_data_base_that_is_busy_is_told_as_such():
    told = as_refused(Busy("x is busy"))
    assert (told.status, told.code, told.wait_s) == (503, "busy", 1)
    assert "데이터베이스가 사용 중입니다" in told.korean[0]
