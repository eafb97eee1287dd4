"""Environment variables: who reads them besides the process that sets them."""

from __future__ import annotations

from wbcheck.rule import (
    AgentStarted,
    EnvironmentRead,
    EnvironmentSet,
    Event,
    File,
    Model,
    ShellRun,
    Span,
    Tri,
    constant,
    precedes,
)

# What starts other processes, which take over the environment.
_STARTERS = (
    "subprocess",
    "multiprocessing",
    "torch.multiprocessing",
    "mlflow",
    "ray",
    "submitit",
    "papermill",
    "pexpect",
    "sh",
    "invoke",
    "modal",
)


def hands_on(model: Model, event: Event) -> bool:
    """Whether what is set here may be meant for other programs: those that the file starts afterwards."""
    if model.imports_module(*_STARTERS):
        return True
    if any(agent.arguments.given("function") is Tri.NO for agent in model.each(AgentStarted)):
        return True
    return any(precedes(model, event, shell) is not Tri.NO for shell in model.each(ShellRun))


def place(event: EnvironmentSet) -> Span:
    """Where a variable is set: by its name alone, where one call sets several."""
    named = event.name.span
    return named if event.how == "update" and named and event.span.contains(named) else event.span


def is_read(model: Model, name: str) -> bool:
    """Whether the file itself reads a variable, or may."""
    return any(constant(read.name) in (name, None) for read in model.each(EnvironmentRead))


def depending(file: File, name: str) -> list[str]:
    """What of the project reads a variable or takes it back, in words that go on from a fix's message."""
    readers, takers = dict[str, None](), dict[str, None]()
    for model in file.project.models.values():
        if any(constant(read.name) == name for read in model.each(EnvironmentRead)):
            readers[model.path] = None
        deleted = (event for event in model.each(EnvironmentSet) if event.how == "delete")
        if any(constant(event.name) == name for event in deleted):
            takers[model.path] = None
    said = (("read in", readers), ("taken back in", takers))
    return [f"`{name}` is {verb} {', '.join(paths)}" for verb, paths in said if paths]
