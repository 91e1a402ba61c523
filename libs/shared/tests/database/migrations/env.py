from ab_shared.database import alembic_env
from sqlalchemy import MetaData

alembic_env.run(MetaData())
