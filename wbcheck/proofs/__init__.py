"""What the real SDK does with a rule's examples: offline, in a folder of its own, without a network.

A proof's two scripts run in processes of their own, and what they recorded is read once these have
ended (read at once, a record is sometimes still empty).
"""

from __future__ import annotations

import glob
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from wbcheck.examples import Bad, Good, Outcome, Proof, Raises, Ran, Shows, clean
from wbcheck.proofs.record import read
from wbcheck.proofs.runner import OUTCOME, OUTPUT, SCRIPT
from wbcheck.rule import LoadedRule

# Nothing answers here: whoever tries to reach a network fails at once.
_NOWHERE = "http://127.0.0.1:9"
_OFFLINE = {
    "WANDB_MODE": "offline",
    "WANDB_SILENT": "true",
    "WANDB_ERROR_REPORTING": "false",
    # The list of installed packages says nothing here and costs a third of a run's start.
    "WANDB_X_SAVE_REQUIREMENTS": "false",
    "WANDB_BASE_URL": _NOWHERE,
    "HTTP_PROXY": _NOWHERE,
    "HTTPS_PROXY": _NOWHERE,
    "NO_PROXY": "",
    "PYTHONDONTWRITEBYTECODE": "1",
}


class Script(msgspec.Struct, frozen=True):
    """Code to run, and the environment variables to set around it.

    ``aided``: with stand-ins for the server (``double``) and for what the code leaves out (``standins``).
    """

    code: str
    environment: Mapping[str, str] = {}
    aided: bool = False


class Trial(msgspec.Struct, frozen=True):
    """One half of a proof: the script, what is claimed of it, and which half it is."""

    code: str
    label: str
    script: Script
    claim: Outcome


def trials(loaded: LoadedRule) -> tuple[Trial, ...]:
    """Both halves of every proof of a rule. Raises ``ValueError`` where there is no script for one."""
    found = []
    for proof in loaded.proofs:
        if isinstance(proof, Proof):
            for label, claim, kind, own in (
                ("bad", proof.bad, Bad, proof.bad_script),
                ("good", proof.good, Good, proof.good_script),
            ):
                scripts = (each for each in loaded.examples if not each.path or each.path.endswith(".py"))
                code = clean(own) or next((each.code for each in scripts if isinstance(each, kind)), "")
                if not code:
                    raise ValueError(f"{loaded.rule.code} has no {label} example to prove")
                script = Script(clean(proof.setup) + code, proof.environment)
                found.append(Trial(loaded.rule.code, label, script, claim))
    return tuple(found)


def run(scripts: Sequence[Script]) -> tuple[Ran, ...]:
    """Run scripts under the installed wandb, two at a time, and say what came of each.

    Raises ``subprocess.CalledProcessError`` where the runner itself fails.
    """
    with tempfile.TemporaryDirectory(prefix="wbcheck-proof-") as root:
        jobs = [_job(os.path.join(root, str(number)), script) for number, script in enumerate(scripts)]
        subprocess.run(
            [sys.executable, "-m", "wbcheck.proofs.runner"],
            input=json.dumps(jobs),
            text=True,
            check=True,
            cwd=root,
            env=_environment(root),
            capture_output=True,
        )
        return tuple(_ran(str(job["folder"])) for job in jobs)


def failures(trial: Trial, ran: Ran) -> Iterator[str]:
    """What is claimed and not so."""
    claim = trial.claim
    if isinstance(claim, Raises):
        if claim.error not in ran.errors or claim.saying not in ran.text:
            yield f"raises {claim.error}({claim.saying!r}) is claimed, and it {_ended(ran)}"
    elif ran.errors:
        yield f"it is said to run, and it {_ended(ran)}"
    elif isinstance(claim, Shows) and not claim.that(ran):
        yield f"{claim.what}: this is claimed, and the record is {ran.runs!r}"


def _ended(ran: Ran) -> str:
    how = f"raised {ran.errors[0]}: {ran.text}" if ran.errors else "ran to its end"
    return f"{how}\n{ran.output[-2000:]}"


def _job(folder: str, script: Script) -> dict[str, object]:
    os.mkdir(folder)
    with open(os.path.join(folder, SCRIPT), "w", encoding="utf-8") as file:
        file.write(script.code)
    return {"folder": folder, "environment": dict(script.environment), "aided": script.aided}


def _environment(root: str) -> dict[str, str]:
    """This process's environment without any W&B settings, and with a home of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy", "ALL_PROXY", "NETRC"):
        kept.pop(name, None)
    home = os.path.join(root, "home")
    os.mkdir(home)
    homes = dict.fromkeys(
        ("HOME", "USERPROFILE", "WANDB_CONFIG_DIR", "WANDB_CACHE_DIR", "WANDB_DATA_DIR"), home
    )
    # The scripts run elsewhere, so what is importable here by a relative path must be so there.
    paths = os.pathsep.join(os.path.abspath(path) for path in sys.path if path)
    return {**kept, **homes, **_OFFLINE, "PYTHONPATH": paths}


def _ran(folder: str) -> Ran:
    errors: dict[str, Any] = {}
    if os.path.exists(os.path.join(folder, OUTCOME)):
        with open(os.path.join(folder, OUTCOME), encoding="utf-8") as file:
            errors = json.load(file)
    with open(os.path.join(folder, OUTPUT), encoding="utf-8", errors="replace") as file:
        output = file.read()
    # `wandb/latest-run` is a link to one of them.
    records = {
        os.path.realpath(path) for path in glob.glob(os.path.join(folder, "**", "*.wandb"), recursive=True)
    }
    runs = sorted((read(path) for path in records), key=lambda run: run.started)
    return Ran(
        errors=tuple(errors.get("errors", ())), text=errors.get("text", ""), output=output, runs=tuple(runs)
    )
