from ab_shared.database import alembic_env
from ab_tts.adapters.tables import METADATA

alembic_env.run(METADATA)
