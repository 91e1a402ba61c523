"""All that the session service owns, in Postgres."""

from __future__ import annotations

from ab_shared.database.transaction import Transaction
from ab_shared.database.unit import PostgresUnitOfWork, PostgresUnits

from ab_session.adapters.enrolment_rows import EnrolmentRows
from ab_session.adapters.erasing import ErasingRows
from ab_session.adapters.job_rows import JobRows
from ab_session.adapters.left_rows import LeftRows
from ab_session.adapters.library_rows import LibraryRows
from ab_session.adapters.listening_rows import ListeningRows, ZoneRows
from ab_session.adapters.mixdown_rows import MixdownRows
from ab_session.adapters.moderation_rows import ModerationRows
from ab_session.adapters.notice_rows import NoticeRows
from ab_session.adapters.offline_rows import OfflineRows
from ab_session.adapters.personal_rows import PersonalRows
from ab_session.adapters.self_rows import SelfRows
from ab_session.adapters.session_rows import SessionRows
from ab_session.adapters.shelf_rows import ShelfRows
from ab_session.adapters.sound_rows import SoundRows
from ab_session.adapters.writer_rows import PromptRows, WriterRows


class PostgresUnit(PostgresUnitOfWork):
    """Implements ``Unit`` on one open transaction."""

    def __init__(self, transaction: Transaction) -> None:
        super().__init__(transaction)
        self.sessions = SessionRows(transaction.connection)
        self.jobs = JobRows(transaction.connection)
        self.sounds = SoundRows(transaction.connection)
        self.mixdowns = MixdownRows(transaction.connection)
        self.offline = OfflineRows(transaction.connection)
        self.notices = NoticeRows(transaction.connection)
        self.personal = PersonalRows(transaction.connection)
        self.erasing = ErasingRows(transaction.connection)
        self.library = LibraryRows(transaction.connection)
        self.left = LeftRows(transaction.connection)
        self.selves = SelfRows(transaction.connection)
        self.prompts = PromptRows(transaction.connection)
        self.writing = WriterRows(transaction.connection)
        self.enrolments = EnrolmentRows(transaction.connection)
        self.zones = ZoneRows(transaction.connection)
        self.listening = ListeningRows(transaction.connection)
        self.shelves = ShelfRows(transaction.connection)
        self.moderation = ModerationRows(transaction.connection)


class PostgresStore(PostgresUnits[PostgresUnit]):
    """Implements ``Store``."""

    unit = PostgresUnit
