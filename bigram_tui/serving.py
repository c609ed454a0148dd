"""`bigram-tui serve`: the app in browsers."""

from __future__ import annotations

import sys
from urllib.parse import urlsplit

from bigram_tui.arguments import (
    HelpFormatter,
    Parser,
    add_app_options,
    at_least_one,
    check_smoother,
    check_split,
    reading_options,
    typed,
)
from bigram_tui.lm.errors import SettingError
from bigram_tui.lm.settings import whole_number
from bigram_tui.texts import language_of_locale, speak

IN_A_BROWSER = """\
in the browser:
  Browsers keep ctrl+w, ctrl+t and ctrl+n for themselves, and Firefox on Linux
  ctrl+q: delete a word with alt+backspace, and leave with q. On a phone or
  tablet tap what you would click, and the text to get a keyboard. ?fontsize=20
  at the end of the address (&fontsize=20 after a token) makes letters larger."""


def serve(arguments: list[str]) -> int:
    """Serve the app to browsers; options that the server does not know are passed to the app."""
    where = where_to_serve()
    parser = Parser(
        prog="bigram-tui serve",
        description="Serve the app to browsers, with a separate session for each visitor.",
        epilog=IN_A_BROWSER,
        formatter_class=HelpFormatter,
        parents=[where],
    )
    add_app_options(parser)
    options = parser.parse_args(arguments)
    check_smoother(options, parser)
    check_split(options, parser)
    if options.dataset == "-":
        parser.error("standard input cannot be read once per visitor: save the list to a file")
    from bigram_tui.web import ServingError
    from bigram_tui.words.sources import check

    check(options.dataset, reading_options(options))
    try:
        from bigram_tui.web.server import Service, WebServer
    except ImportError:
        raise ServingError("this needs an extra: pip install 'bigram-tui[web]'") from None
    import asyncio

    places, for_the_app = where.parse_known_args(arguments)
    command = [sys.executable, "-m", "bigram_tui", *for_the_app]
    language = options.language or language_of_locale()
    speak(language)
    server = WebServer(Service(command, **vars(places), language=language))
    asyncio.run(server.run(lambda address: print(f"Open {address} (ctrl+c ends it)", flush=True)))
    return 0


def where_to_serve() -> Parser:
    parser = Parser(add_help=False, allow_abbrev=False)
    group = parser.add_argument_group("the server")
    group.add_argument(
        "--host", default="127.0.0.1", help="the address to listen on; 0.0.0.0 admits other machines"
    )
    group.add_argument("--port", type=typed(_port), default=8000, help="0 picks a free port")
    group.add_argument(
        "--public-url",
        type=typed(_public_url),
        metavar="URL",
        help="the public URL, if it is behind a proxy",
    )
    group.add_argument(
        "--max-sessions",
        type=typed(at_least_one),
        default=30,
        metavar="COUNT",
        help="the most visitors at the same time",
    )
    return parser


def _port(text: str) -> int:
    if not 0 <= (port := whole_number(text)) < 65_536:
        raise SettingError("it must be between 0 and 65,535")
    return port


def _public_url(text: str) -> str:
    url = urlsplit(text)
    if url.scheme not in ("http", "https") or not url.netloc or url.path.strip("/") or url.query:
        raise SettingError("it must be like https://names.example.org, without a path")
    return f"{url.scheme}://{url.netloc}"
