"""Reports a sweep that W&B cannot run as it is written: its method, metric, parameters or keys.

Why it matters: W&B takes nearly every sweep and only prints a warning. Then no run is ever proposed, a
parameter is never varied, or a limit that YAML takes for a text (`1e-5`) is none. The agents' time is lost,
and what was to be searched is not. Checked are the YAML files that hold a sweep, and the dicts given to
`wandb.sweep`.

When to ignore: for keys that a scheduler of your own reads.
"""

from collections.abc import Iterator

from wbcheck.rule import (
    Applicability,
    Bad,
    Dict,
    Edits,
    File,
    Finding,
    Good,
    Piece,
    Preset,
    Rule,
    SweepMade,
    Unproven,
    options,
    replace,
    set_text,
)

from ._schema import Fault, faults

RULE = Rule(
    code="WB806",
    name="sweep-invalid",
    preset=Preset.ESSENTIAL,
    since="0.1.0",
    why="W&B only warns of it, and the sweep then searches something else or nothing at all.",
    how="Write it as the schema of sweeps has it.",
    fix=Applicability.SAFE,
)


def check(file: File) -> Iterator[Finding]:
    for made in file.model.each(SweepMade):
        for sweep in options(made.get("sweep")):
            if isinstance(sweep, Dict):
                for fault in faults(sweep):
                    yield _finding(file, made, fault)


def _finding(file: File, made: SweepMade, fault: Fault) -> Finding:
    fix = None
    if fault.piece is not None:
        fix = file.fix(f"Write `{fault.instead}`", _respelled, made.file, fault.piece, fault.instead)
    return Finding(fault.span or made.callee, fault.message, how=fault.how, fix=fix)


def _respelled(text: str, is_yaml: bool, piece: Piece, new: str) -> Edits | None:
    if not is_yaml or piece.span is None:
        return set_text(text, piece, new)
    return replace(text, piece.span, new)


EXAMPLES = (
    Bad(
        """
        program: train.py
        method: Bayes
                ^^^^^
        metric:
          name: val/f1
          goal: Maximize
                ^^^^^^^^
        parameters:
          params:
            parameters:
              learning_rate:
                distribution: log_uniform_values
                min: 1e-5  # W&B reads this as a text
                     ^^^^
                max: 0.01
        """,
        message=(
            "`Bayes` is no method of a sweep",
            "`Maximize` is no goal of a sweep",
            "`1e-5` is a text in YAML, not a number",
        ),
        path="sweep.yaml",
        fixed="""
        program: train.py
        method: bayes
        metric:
          name: val/f1
          goal: maximize
        parameters:
          params:
            parameters:
              learning_rate:
                distribution: log_uniform_values
                min: 1.0e-5  # W&B reads this as a text
                max: 0.01
        """,
    ),
    Bad(
        """
        import wandb

        sweep = {
            "method": "Random",
                       ^^^^^^
            "Metric": {"name": "val/f1", "goal": "maximize"},
            ^^^^^^^^
            "parameters": {"batch_size": {"values": [16, 32]}},
        }
        sweep_id = wandb.sweep(sweep, project="texts")
        """,
        message=("`Random` is no method of a sweep", "a sweep has no key `Metric`"),
        fixed="""
        import wandb

        sweep = {
            "method": "random",
            "metric": {"name": "val/f1", "goal": "maximize"},
            "parameters": {"batch_size": {"values": [16, 32]}},
        }
        sweep_id = wandb.sweep(sweep, project="texts")
        """,
    ),
    Bad(
        """
        import wandb

        sweep_id = wandb.sweep(
            {
                "method": "random",
                "metric": {"name": "val/f1", "goal": "max"},
                                                      ^^^
                "parameters": {
                    "epochs": 3,
                              ^
                    "batch_size": {"value": 16, "values": [16, 32]},
                                   ^^^^^^^
                    "optimizer": {"options": ["adam", "sgd"]},
                                  ^^^^^^^^^
                },
            },
            project="texts",
        )
        """,
        message=(
            "`max` is no goal of a sweep",
            "the parameter `epochs` has no `value` key",
            "beside `values` there is no `value` (that of `batch_size`)",
            "a parameter has no key `options` (that of `optimizer`)",
        ),
    ),
    Bad(
        """
        method: grid
        program: train.py
        early_stop: true
        ^^^^^^^^^^
        early_terminate:
        ^^^^^^^^^^^^^^^
          type: hyperband
          max_iter: 27
        parameters:
          dropout:
          ^^^^^^^
            min: 0.1
            max: 0.5
          layers:
            distribution: int_uniform
            min: 8
                 ^
            max: 2
          hidden:
          ^^^^^^
            min: 64
          noise: {mu: 0, sigma: 1}
          ^^^^^
        """,
        message=(
            "a sweep has no key `early_stop`",
            "`early_terminate` needs `min_iter`, or `max_iter` and `s`",
            "a `grid` sweep cannot go through `dropout`: it has no list of values",
            "`min` of `layers` is not less than its `max`",
            "the parameter `hidden` has no `max`",
            "the parameter `noise` has no `distribution`",
        ),
        path="sweeps/grid.yml",
    ),
    Bad(
        """
        import wandb

        search = {"parameters": {"lr": {"distribution": "log_uniform", "min": 0.0001, "max": 0.1}}}
                                                         ^^^^^^^^^^^
        search["method"] = "bayes"
                            ^^^^^
        wandb.agent(wandb.sweep(search), count=20)
        """,
        message=(
            "`log_uniform` takes exponents: `lr` gets values from 1 to 2.7",
            "a `bayes` sweep has to have a `metric`",
        ),
    ),
    Bad(
        """
        program: train.py
        command: ["${env}", "${interpreter}", "${program}", "${arg}", "--data=${envvar:DATA}", "${HOME}"]
                                                            ^^^^^^^^
                                                                                               ^^^^^^^^^
        method: grid
        parameters:
          lr: {values: [0.1, 0.01]}
        """,
        message=(
            "`${arg}` is left out of the sweep's command",
            "`${HOME}` is left out of the sweep's command",
        ),
        path="sweep.yaml",
    ),
    Good(
        """
        program: train.py
        method: bayes
        metric:
          name: val/f1
          goal: maximize
        early_terminate:
          type: hyperband
          min_iter: 3
        parameters:
          params:
            parameters:
              learning_rate: {distribution: log_uniform_values, min: 1.0e-5, max: 1.0e-2}
              dropout: {min: 0.1, max: 0.5}
              epochs: {value: 3}
        command:
          - ${env}
          - python
          - ${program}
          - ${args}
        """,
        path="sweep.yaml",
    ),
    Good(
        """
        # No sweep: a request to a web service.
        method: POST
        parameters:
          texts: {type: string}
        """,
        path="service.yaml",
    ),
    Good(
        """
        import wandb
        from settings import METHOD, SPACE

        wandb.sweep({"method": METHOD, "parameters": SPACE}, project="texts")
        wandb.sweep({**SPACE, "name": "texts"}, project="texts")
        exponents = {"distribution": "log_uniform", "min": -9, "max": -2}
        wandb.sweep({"method": "random", "parameters": {"lr": exponents}})
        """
    ),
    Good(
        """
        from optuna import sweep

        sweep({"method": "Bayes", "parameters": {"lr": 0.1}})
        """
    ),
)

PROOF = Unproven("wandb.sweep asks the server, and raises without a key before it looks at the sweep")
