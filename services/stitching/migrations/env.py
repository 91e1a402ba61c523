from ab_shared.database import alembic_env
from ab_stitching.adapters.tables import METADATA

alembic_env.run(METADATA)
