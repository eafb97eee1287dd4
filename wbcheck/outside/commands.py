"""What commands tell W&B: artifacts that its own command line uploads and fetches, settings of runs.

``wandb artifact put`` starts a run of its own, makes an artifact, logs it and ends (``put`` and ``get`` of
``wandb/cli/cli.py``). A run's identity on the command line of a program (``wandb.name=…`` for hydra,
``--wandb_project …``, ``--run_name …`` beside ``--report_to wandb``) is given as in a configuration
file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest

from wbcheck.diagnostic import Span
from wbcheck.model.events import (
    AnyEvent,
    ApiCall,
    Argument,
    Arguments,
    ArtifactCall,
    ArtifactLogged,
    ArtifactMade,
    RunStart,
    SettingsGiven,
    Starter,
    TrainingArguments,
)
from wbcheck.model.values import AnyValue, Items, Piece, Text, Unknown, Why, constant
from wbcheck.outside.configs import MADE_OF, WORDS, is_block, open_arguments
from wbcheck.source.commands import Command, Options, Word, after, options_of, rest_of

_SWITCHES = frozenset({"--resume", "--skip_cache", "--help"})
_UPLOADS, _FETCHES = ("artifact", "put"), ("artifact", "get")
# What of a run its own commands are told, by option.
_TOLD: dict[str, dict[str, tuple[str, ...]]] = {
    "sync": {"project": ("--project", "-p"), "entity": ("--entity", "-e")},
    "launch": {
        "project": ("--project", "-p"),
        "entity": ("--entity", "-e"),
        "name": ("--name",),
    },
    "sweep": {"project": ("--project", "-p"), "entity": ("--entity", "-e")},
    "init": {"project": ("--project", "-p"), "entity": ("--entity", "-e")},
}
_SYNC_SWITCHES = frozenset(
    "--view --verbose --include-online --no-include-online --include-offline --no-include-offline"
    " --include-synced --no-include-synced --mark-synced --no-mark-synced --sync-all --clean --clean-force"
    " --append --skip-console --replace-tags --controller --stop --cancel --pause --resume --build -b"
    " --reset".split()
)


def events_of(command: Command, started: int) -> Iterator[AnyEvent]:
    """What a command does, as events that are not numbered yet; ``started`` runs have been before it."""
    if command.name != "wandb":
        yield from _arguments(command)
        return
    verb = tuple(word.text for word in command.words[:2])
    if verb == _UPLOADS:
        yield from _uploaded(command, started)
    elif verb == _FETCHES:
        yield from _fetched(command)
    elif verb and verb[0] in _TOLD:
        yield from _told(command, _TOLD[verb[0]])


# Artifacts


def _uploaded(command: Command, number: int) -> Iterator[AnyEvent]:
    options = options_of(command.words[2:], _SWITCHES)
    if options is None or len(options.beside) != 1:
        return
    path, callee, whole = options.beside[0], _callee(command), _whole(command)
    given = options.last("--name", "-n")
    home, name = _parted(given.value) if given is not None else ([], _base(path.value))
    place = (given or path).span
    arguments = [Argument("name", name, place), *_argument("type", options, "--type", "-t")]
    if len(arguments) == 1:
        arguments.append(Argument("type", Text(None, (Piece("dataset", None),)), callee))
    arguments += _argument("description", options, "--description", "-d")
    # What it cannot be given is not missing.
    arguments.append(Argument("metadata", Unknown(None, Why.CALL), callee))
    end = Span(whole.end, whole.end)
    project = [Argument(word, value, place) for word, value in zip(("project", "entity"), home, strict=False)]
    yield RunStart(
        0,
        0,
        whole,
        "wandb artifact put",
        callee,
        "",
        open_arguments(project, whole.end),
        run=number,
        starter=Starter.COMMAND,
    )
    made = Arguments(tuple(arguments), (), end)
    yield ArtifactMade(0, 0, whole, "wandb.Artifact", callee, "", made, artifact=number)
    filled = Arguments((Argument("local_path", path.value, path.span, position=0),), (), end)
    yield ArtifactCall(
        0,
        0,
        whole,
        "Artifact.add_dir",
        callee,
        "",
        filled,
        method="add_dir",
        artifacts=(number,),
        sure=True,
    )
    aliases = options.given.get("--alias", []) + options.given.get("-a", [])
    found = tuple(sorted(aliases, key=lambda word: word.span))
    logged = (
        [Argument("aliases", Items(None, "list", tuple(word.value for word in found)), found[0].span)]
        if found
        else []
    )
    yield ArtifactLogged(
        0,
        0,
        whole,
        "wandb artifact put",
        callee,
        "",
        Arguments(tuple(logged), (), end),
        method="log_artifact",
        runs=(number,),
        sure=True,
        artifacts=(number,),
        sure_artifact=True,
    )


def _fetched(command: Command) -> Iterator[AnyEvent]:
    options = options_of(command.words[2:], _SWITCHES)
    if options is None or len(options.beside) != 1:
        return
    path, whole = options.beside[0], _whole(command)
    value = path.value
    if isinstance(value, Text) and ":" not in value.skeleton:
        # Without a version it is the latest one.
        value = Text(value.span, (*value.pieces, Piece(":latest", None)))
    arguments = (Argument("name", value, path.span, position=0), *_argument("type", options, "--type"))
    yield ApiCall(
        0,
        0,
        whole,
        "Api.artifact",
        _callee(command),
        "",
        Arguments(arguments, (), Span(whole.end, whole.end)),
        method="artifact",
    )


def _argument(name: str, options: Options, *flags: str) -> list[Argument]:
    found = options.last(*flags)
    return [] if found is None else [Argument(name, found.value, found.span)]


def _parted(value: AnyValue) -> tuple[list[AnyValue], AnyValue]:
    """``entity/project/name`` taken apart: the project and the entity, as far as given, and the name."""
    if not isinstance(value, Text) or value.skeleton == "{}":
        return [], Unknown(value.span, Why.ENVIRONMENT)
    home, slash, name = value.skeleton.rpartition("/")
    if not slash:
        return [], value
    parts = home.split("/")
    project = rest_of(value, len("/".join(parts[:-1])) + (len(parts) > 1))
    found: list[AnyValue] = [_until(project, len(parts[-1]))]
    if len(parts) == 2:
        found.append(_until(value, len(parts[0])))
    return found, rest_of(value, len(home) + 1) if name else Unknown(value.span, Why.ENVIRONMENT)


def _until(text: Text, count: int) -> AnyValue:
    """The beginning of a text, where it is known."""
    known = text.skeleton[:count]
    piece = text.pieces[0]
    if "{}" in known or not isinstance(piece, Piece) or len(piece.text) < count:
        return Unknown(text.span, Why.ENVIRONMENT)
    span = None if piece.span is None else Span(piece.span.start, piece.span.start + count)
    return Text(span, (Piece(known, span, bare=True),))


def _base(path: AnyValue) -> AnyValue:
    """The name that an artifact gets of its path: that is what the path is called, and not to be changed."""
    known = (constant(path) or "").rpartition("/")[2]
    if known in ("", ".", ".."):
        return Unknown(path.span, Why.CALL)
    return Text(path.span, (Piece(known, None),))


# Settings


def _told(command: Command, words: dict[str, tuple[str, ...]]) -> Iterator[SettingsGiven]:
    options = options_of(command.words[1:], _SYNC_SWITCHES)
    found = (
        []
        if options is None
        else [
            Argument(word, given.value, given.span, keyword=given.span)
            for word, names in words.items()
            if (given := options.last(*names)) is not None
        ]
    )
    if found:
        yield SettingsGiven(0, 0, _callee(command), open_arguments(found, _whole(command).end), True)


_OVERRIDE = re.compile(r"\+{0,2}(?P<path>[A-Za-z_][\w.]*?)\.?(?P<word>\w+)=")
_OPTION = re.compile(r"--wandb[-_.](?P<word>[\w-]+)(?P<sign>=)?")
# What hydra and OmegaConf make more of than a text.
_SPECIAL = re.compile(r"[\[\]{}(),'\"$]|^(?:null|None|\?\?\?|)$")


def _arguments(command: Command) -> Iterator[AnyEvent]:
    """What a program's command line gives for its run."""
    found: list[Argument] = []
    options: dict[str, Word] = {}
    for word, following in zip_longest(command.words, command.words[1:]):
        argument = _override(word) or _option(word, following)
        found += [] if argument is None else [argument]
        name, sign, _ = word.text.partition("=")
        if sign and name.startswith("--"):
            options[name] = after(word, len(name) + 1)
        elif following is not None and name.startswith("--"):
            options[name] = following
    if found:
        end = command.words[-1].span.end
        yield SettingsGiven(0, 0, found[0].keyword or found[0].span, open_arguments(found, end))
    reporter, run_name = options.get("--report_to"), options.get("--run_name")
    if (
        reporter is not None
        and reporter.text == "wandb"
        and run_name is not None
        and not _is_option(run_name)
    ):
        given = [
            Argument(name[2:], told.value, told.span)
            for name in ("--output_dir", "--report_to", "--run_name")
            if (told := options.get(name)) is not None
        ]
        yield TrainingArguments(
            0,
            0,
            reporter.span,
            "transformers.TrainingArguments",
            reporter.span,
            "report_to",
            open_arguments(given, command.words[-1].span.end),
        )


def _is_option(word: Word) -> bool:
    return word.text.startswith("-")


def _override(word: Word) -> Argument | None:
    """``logger.wandb.project=…``: a key of a block for W&B's settings."""
    match = _OVERRIDE.match(word.text)
    if match is None:
        return None
    key = match["word"]
    block = match["path"].rpartition(".")[2]
    meant = WORDS.get(key) if is_block(block) else None
    if meant is None and key.startswith("wandb_"):
        meant = WORDS.get(key.removeprefix("wandb_"))
    return None if meant is None else _given(meant, word, match.end(), keyword_from=match.start("word"))


def _option(word: Word, following: Word | None) -> Argument | None:
    """``--wandb_project …``, in the ways in which programs write it."""
    match = _OPTION.match(word.text)
    meant = WORDS.get(match["word"].replace("-", "_")) if match is not None else None
    if match is None or meant is None:
        return None
    if match["sign"]:
        return _given(meant, word, match.end(), keyword_from=0)
    if match.end() != len(word.text) or following is None or _is_option(following):
        return None
    return _given(meant, following, 0, keyword_from=0)


def _given(meant: str, word: Word, start: int, keyword_from: int) -> Argument | None:
    """A setting whose value begins at an offset of a word; ``None`` where it is none that is known."""
    value = after(word, start) if start else word
    if meant == "tags" or not isinstance(value.value, Text) or _SPECIAL.search(value.text.replace("{}", "")):
        return None
    given: AnyValue = value.value
    if meant == "project" and MADE_OF.search(constant(given) or ""):
        return None
    keyword = Span(word.span.start + keyword_from, max(word.span.start + start - 1, word.span.start + 1))
    return Argument(meant, given, value.span, keyword=keyword)


def _callee(command: Command) -> Span:
    verb = [word for word in command.words[:2] if not _is_option(word)]
    return Span(command.span.start, verb[-1].span.end if verb else command.span.end)


def _whole(command: Command) -> Span:
    return Span(command.span.start, command.words[-1].span.end if command.words else command.span.end)
