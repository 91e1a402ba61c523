"""What the session service reads about the models that write for it and look at what is written."""

from __future__ import annotations

from ab_shared.runtime.settings import DatabaseSettings, Secret, setting


class VendorSettings(DatabaseSettings):
    """An OpenAI-shaped server; without a key everything is done here."""

    openai_api_key: Secret | None = setting(
        None,
        about="Key of an OpenAI-shaped server; unset uses the built-in writer and word list",
        example="change-me",
        where="production",
    )
    openai_base_url: str = setting(
        "https://api.openai.com/v1",
        about="Where that server is",
        example="https://api.openai.com/v1",
        where="production",
        pattern=r"^https?://",
    )
    openai_writer_model: str = setting(
        "gpt-4.1-mini",
        about="Model that writes affirmations; it must know structured output",
        example="gpt-4.1-mini",
        where="production",
    )
    openai_writer_seconds: float = setting(
        12.0,
        about="Longest that writing may take, its repair included; then the built-in writer does",
        example="12",
        where="production",
        gt=0,
        le=15,
    )
    openai_writer_daily_calls: int = setting(
        5000,
        about="Most calls of the writer in a day (UTC), over all processes",
        example="5000",
        where="production",
        ge=0,
    )
    openai_writer_daily_dollars: float = setting(
        10.0,
        about="Most that the writer may cost in a day (UTC), over all processes",
        example="10",
        where="production",
        ge=0,
    )
    openai_writer_input_price: float = setting(
        0.40,
        about="Dollars for a million tokens told",
        example="0.40",
        where="production",
        ge=0,
    )
    openai_writer_cached_price: float = setting(
        0.10,
        about="The same for tokens that the server had cached",
        example="0.10",
        where="production",
        ge=0,
    )
    openai_writer_output_price: float = setting(
        1.60,
        about="Dollars for a million tokens written",
        example="1.60",
        where="production",
        ge=0,
    )
