from ab_session.adapters.tables import METADATA
from ab_shared.database import alembic_env

alembic_env.run(METADATA)
