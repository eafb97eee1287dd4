"""Parts of a run's set-up that the guide asks of every run, and that a run starts without."""

from collections.abc import Iterator

from wbcheck.rule import File, Finding, RunStart, Starter, Tri

from ._setup import is_given, is_trial, needs_nothing, stands_in


def without(file: File, word: str, *, by_sweep: bool) -> Iterator[Finding]:
    """A finding for each run that starts without a part of its set-up.

    ``by_sweep`` where a sweep makes up for it.
    """
    for start in file.model.each(RunStart):
        if start.forwards or needs_nothing(start) or stands_in(file.model, start):
            continue
        if is_given(file, start, word) is Tri.NO and not (by_sweep and is_trial(file, start)):
            yield Finding(start.callee, f"run starts without `{word}`", how=_how(start, word))


def _how(start: RunStart, word: str) -> str:
    """How to mend it where the rule's own sentence does not do."""
    if start.starter is Starter.ACCELERATE:
        return f'Pass it in `init_kwargs={{"wandb": {{"{word}": …}}}}`.'
    return ""
