"""``python -m ab_operator watch``: the operator's commands where the rest of ``ab`` is not."""

from ab_operator.main import app

if __name__ == "__main__":
    app(prog_name="ab operator")
