#!/usr/bin/env python3
"""Draws docs/terminal.svg from what three commands really print, in a repository that is made for it.

Usage: build/terminal-picture.py FOLDER   (the folder of the built dotnet-worktree, as src/Worktree.Hooks.Runner/bin/…)
"""
import html, os, pathlib, sqlite3, subprocess, sys, tempfile

COMMANDS = ["git worktree add ../feature-x", "cd ../feature-x && dotnet worktree start", "dotnet worktree status"]
CONFIGURATION = """{
  "ports": { "APP_PORT": {}, "POSTGRES_PORT": {} },
  "databases": [{ "type": "sqlite", "path": "data/shop.db" }],
  "services": {
    "app": {
      "command": "exec python3 -m http.server $APP_PORT",
      "ports": ["APP_PORT"],
      "ready": { "tcp": "${APP_PORT}" }
    }
  }
}
"""
CHARACTER, LINE, MARGIN, BAR = 8.4, 20, 16, 32


def make_repository(root, run):
    (root / "data").mkdir(parents=True)
    with sqlite3.connect(root / "data/shop.db") as database:
        database.execute("create table orders (id integer primary key, note text)")
        database.executemany("insert into orders (note) values (?)", [("x" * 200,)] * 100_000)
    (root / "worktree.json").write_text(CONFIGURATION)
    (root / ".gitignore").write_text("data/\n")
    run("git init -q -b main && git add . && git -c user.name=me -c user.email=me@example.org commit -qm first")
    run("dotnet worktree hooks install && dotnet worktree start")


def record(tool):
    """The lines of the session: what is typed starts with '$ '."""
    with tempfile.TemporaryDirectory() as home:
        root = pathlib.Path(home).resolve() / "webserver"
        environment = os.environ | {
            "HOME": home,
            "PATH": f"{tool}:{os.environ['PATH']}",
            "WORKTREE_HOOKS_STATE": f"{home}/state",
            "CI": "",
        }

        def run(command, folder=root):
            done = subprocess.run(
                ["sh", "-ec", command], cwd=folder, env=environment, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )
            if done.returncode:
                sys.exit(f"{command}: {done.stdout}")
            return done.stdout.rstrip("\n").split("\n")

        try:
            make_repository(root, run)
            lines, folder = [], root
            for command in COMMANDS:
                lines += [f"$ {command}", *run(command, folder), ""]
                if command.startswith("cd "):
                    folder = root.parent / "feature-x"
            return lines[:-1]
        finally:
            run("dotnet worktree stop --all")


def draw(lines):
    width = round(2 * MARGIN + CHARACTER * max(map(len, lines)))
    height = BAR + 2 * MARGIN + LINE * len(lines)
    dots = "".join(
        f'<circle cx="{20 + 18 * i}" cy="16" r="6" fill="{color}"/>' for i, color in enumerate(["#ff5f57", "#febc2e", "#28c840"])
    )
    texts = "\n".join(
        f'<text x="{MARGIN}" y="{BAR + MARGIN + LINE * i + 10}"{" fill=%s" % chr(34) + "#7ee787" + chr(34) if line.startswith("$ ") else ""}>'
        f"{html.escape(line)}</text>"
        for i, line in enumerate(lines)
    )
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img">
<title>A worktree is added and started beside main</title>
<!-- Made by build/terminal-picture.py from what the commands printed. -->
<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>
{dots}
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#e6edf3" xml:space="preserve">
{texts}
</g>
</svg>
"""


if len(sys.argv) != 2:
    sys.exit(__doc__)
picture = pathlib.Path(__file__).parent.parent / "docs/terminal.svg"
picture.write_text(draw(record(pathlib.Path(sys.argv[1]).resolve())))
