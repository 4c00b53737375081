"""What MkDocs cannot do alone: put a recording, and the player for it, into the page that asks for it.

`<div data-cast="NAME">` on a page becomes the recording docs/assets/NAME with the player that `make docs`
has installed. Both are part of the page or beside it, so that it plays from disk and asks nobody.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.utils import get_relative_url

ROOT = Path(__file__).parents[1]
INSTALLED = ROOT / ".venv" / "site" / "node_modules"
_FOLDER = "assets/installed"
_PLAYER, _STYLE, _SHIM = "asciinema-player.min.js", "asciinema-player.css", "iframe-worker-shim.js"
_FILES = {
    f"asciinema-player/dist/bundle/{_PLAYER}": _PLAYER,
    f"asciinema-player/dist/bundle/{_STYLE}": _STYLE,
    "asciinema-player/LICENSE": "asciinema-player-LICENSE.txt",
    "iframe-worker/shim/index.js": _SHIM,
    "iframe-worker/LICENSE": "iframe-worker-LICENSE.txt",
}
# Where the theme fetches the shim from that lets the search work in a page opened from disk.
_ELSEWHERE = "https://unpkg.com/iframe-worker/shim"
_CAST = re.compile(r'(<div[^>]*) data-cast="([\w.-]+)"([^>]*>)')


def on_files(files: Files, config: Any) -> Files:
    """Add what was installed, with its licences, to the files of the site."""
    for source, name in _FILES.items():
        if not (INSTALLED / source).is_file():
            raise PluginError("The scripts of the site are not installed; build it by: make docs")
        files.append(File.generated(config, f"{_FOLDER}/{name}", abs_src_path=str(INSTALLED / source)))
    return files


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Let a page take the shim from the site itself."""
    return output.replace(_ELSEWHERE, get_relative_url(f"{_FOLDER}/{_SHIM}", page.url))


def on_post_template(output_content: str, **_: Any) -> str:
    """Do the same for the page of an address that is none."""
    return output_content.replace(_ELSEWHERE, f"{_FOLDER}/{_SHIM}")


def on_page_content(html: str, page: Any, config: Any, **_: Any) -> str:
    """Put recordings into a page, and the player behind them."""
    found = _CAST.search(html)
    if not found:
        return html
    cast = Path(config.docs_dir, "assets", found[2]).read_text("utf-8")
    # A page that is opened from disk may not fetch anything, so the recording is part of it.
    data = json.dumps(cast).replace("<", "\\u003c")
    style, script = (get_relative_url(f"{_FOLDER}/{name}", page.url) for name in (_STYLE, _PLAYER))
    play = (
        f'<link rel="stylesheet" href="{style}">\n<script src="{script}"></script>\n<script>\n'
        f"const place = document.querySelector('.cast');\nplace.replaceChildren();\n"
        f"AsciinemaPlayer.create({{data: {data}}}, place, {json.dumps(_OPTIONS)});\n</script>\n"
    )
    return _CAST.sub(r"\1\3", html) + play


_OPTIONS = {"fit": "width", "poster": "npt:0:11", "idleTimeLimit": 3, "theme": "auto/asciinema"}
