"""Tries the set-ups of docs/editors.md in the editors that are installed: `make editors`.

Each is started without a screen, reads the lines that the page gives for it, opens a file with an error,
waits for the finding, makes all safe fixes and prints what it then has. Exit status 1 when one of them does
not show the finding or does not mend it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).resolve().parent.parent / "docs" / "editors.md"
BAD = 'import wandb\n\nrun = wandb.init(project="texts", name="my_run")\nrun.finish()\n'
FOUND, MENDED = "run-name-underscore", "my-run"
PATIENCE = 120
"""Seconds for an editor that hangs."""

NEOVIM = """
vim.cmd("edit a.py")
vim.wait(60000, function() return #vim.diagnostic.get(0) > 0 end, 50)
for _, found in ipairs(vim.diagnostic.get(0)) do io.stdout:write(found.message .. "\\n") end
"""
NEW_NEOVIM = 'vim.cmd("write")\n'
OLD_NEOVIM = """
local asked = vim.lsp.util.make_range_params()
asked.context = { only = { "source.fixAll.wbcheck" }, diagnostics = {} }
for _, answer in pairs(vim.lsp.buf_request_sync(0, "textDocument/codeAction", asked, 60000)) do
  for _, action in ipairs(answer.result) do vim.lsp.util.apply_workspace_edit(action.edit, "utf-16") end
end
"""
END_NEOVIM = """
io.stdout:write(table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\\n") .. "\\n")
vim.cmd("qall!")
"""
EGLOT = """
(setq eglot-sync-connect t eglot-connect-timeout 60)
(find-file "a.py")
(apply #'eglot--connect (eglot--guess-contact))
(let ((tries 0))
  (while (and (< tries 600) (null (flymake-diagnostics)))
    (accept-process-output nil 0.1)
    (flymake-start)
    (setq tries (1+ tries))))
(dolist (found (flymake-diagnostics)) (princ (flymake-diagnostic-text found)) (terpri))
(eglot-code-actions (point-min) (point-max) "source.fixAll.wbcheck" t)
(princ (buffer-string))
(kill-emacs)
"""
LSP_MODE = """
(setq lsp-auto-guess-root t lsp-enable-snippet nil lsp-diagnostics-provider :none lsp-restart 'ignore
      lsp-session-file (expand-file-name "session"))
(find-file "a.py")
(lsp)
(let ((tries 0))
  (while (and (< tries 600) (= 0 (hash-table-count (lsp-diagnostics))))
    (accept-process-output nil 0.1)
    (setq tries (1+ tries))))
(maphash (lambda (_ all) (dolist (found all) (princ (lsp:diagnostic-message found)) (terpri)))
         (lsp-diagnostics))
(lsp-execute-code-action-by-kind "source.fixAll.wbcheck")
(princ (buffer-string))
(kill-emacs)
"""


class Trial(NamedTuple):
    """One editor with one set-up: its name, its files, and the command that reads them."""

    name: str
    files: dict[str, str]
    command: tuple[str, ...]


def main() -> int:
    """Try what is here, and say what came of it."""
    trials = [*neovim(), *emacs()]
    if not trials:
        print("none of these editors is here: Neovim, Emacs with Eglot or lsp-mode")
    failed = [trial.name for trial in trials if not works(trial)]
    return 1 if failed else 0


def fences(language: str) -> list[str]:
    """The fenced blocks of the page in one language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def neovim() -> list[Trial]:
    """The set-up for the Neovim that is here."""
    if shutil.which("nvim") is None:
        return []
    said = subprocess.run(["nvim", "--version"], capture_output=True, text=True, check=True).stdout
    version = re.findall(r"\d+", said)[:2]
    new, old, on_save = fences("lua")
    if [int(part) for part in version] >= [0, 11]:
        script = new + on_save + NEOVIM + NEW_NEOVIM + END_NEOVIM
    else:
        script = old + NEOVIM + OLD_NEOVIM + END_NEOVIM
    command = (
        "nvim",
        "--headless",
        "-n",
        "-i",
        "NONE",
        "-u",
        "NONE",
        "--cmd",
        "filetype on",
        "-S",
        "all.lua",
    )
    return [Trial(said.partition("\n")[0], {"all.lua": script}, command)]


def emacs() -> list[Trial]:
    """The set-ups for the Emacs that is here, as far as it has the packages."""
    if shutil.which("emacs") is None:
        return []
    found = []
    for package, lines, drive in zip(("eglot", "lsp-mode"), fences("elisp"), (EGLOT, LSP_MODE), strict=True):
        asked = f"(package-initialize)(princ emacs-version)(require '{package})"
        said = subprocess.run(
            ["emacs", "--batch", "--eval", f"(progn {asked})"], capture_output=True, text=True, check=False
        )
        if said.returncode == 0:
            script = f"(package-initialize)\n{lines}(require '{package})\n{drive}"
            command = ("emacs", "--batch", "-l", "all.el")
            found.append(Trial(f"Emacs {said.stdout} with {package}", {"all.el": script}, command))
    return found


def works(trial: Trial) -> bool:
    """Whether the editor shows the finding and makes the fix."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in {"a.py": BAD, "wbcheck.toml": "", **trial.files}.items():
            Path(folder, name).write_text(text, "utf-8")
        own = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
        done = subprocess.run(
            trial.command,
            cwd=folder,
            env={**os.environ, "PATH": own},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    shows, mends = FOUND in done.stdout, MENDED in done.stdout
    verdict = f"{'shows' if shows else 'DOES NOT SHOW'} it, {'mends' if mends else 'DOES NOT MEND'} it"
    print(f"{trial.name}: {verdict}")
    if not (shows and mends):
        print(done.stdout, done.stderr, sep="\n")
    return shows and mends


if __name__ == "__main__":
    sys.exit(main())
