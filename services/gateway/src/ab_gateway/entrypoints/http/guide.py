"""The page for app developers: the Markdown file beside the package, as browsers show it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ab_shared.errors import NotFound
from markdown_it import MarkdownIt

from ab_gateway.entrypoints.http.fixed_body import FixedBody

# Beside the package, where people read it; images hold the service's whole folder.
GUIDE = Path(__file__).parents[4] / "docs/app-developers.md"
POLICY = "default-src 'none'; style-src 'self'; frame-ancestors 'none'"
HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>For app developers</title>
<link rel="stylesheet" href="guide.css">
</head>
<body>
<main>
"""
FOOT = "</main>\n</body>\n</html>\n"
STYLE = """:root { color-scheme: light dark; }
body { margin: 0; font: 16px/1.6 system-ui, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 1rem 1.25rem 4rem; }
h1, h2 { line-height: 1.2; }
h2 { margin-top: 2.5rem; padding-bottom: .3rem; border-bottom: 1px solid #8886; }
code { font: 0.875em ui-monospace, monospace; overflow-wrap: anywhere; }
pre { padding: .8rem 1rem; border-radius: 8px; background: #8882; overflow-x: auto; }
pre code { overflow-wrap: normal; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { padding: .35rem .7rem; border: 1px solid #8886; text-align: left; vertical-align: top; }
"""


@cache
def guide_page() -> FixedBody:
    """The page as HTML.

    Raises:
        NotFound: the file is not part of this installation.
    """
    try:
        written = GUIDE.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFound("The page is not part of this installation") from None
    # HTML in the file stays text: the page holds none.
    shown = MarkdownIt("commonmark", {"html": False}).enable("table").render(written)
    page = f"{HEAD}{shown}{FOOT}".encode()
    return FixedBody(page, "text/html", {"Content-Security-Policy": POLICY})


@cache
def guide_style() -> FixedBody:
    """Its style sheet."""
    return FixedBody(STYLE.encode(), "text/css")
