"""`wbcheck config`: every setting with where it comes from, and why each rule is on or off."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from wbcheck.cli.options import GroupedCommand, configuration, emit, file_names, option, rule_choice
from wbcheck.toml_text import as_toml, key_as_toml
from wbcheck.words import counted

if TYPE_CHECKING:
    from wbcheck.origins import Origin, Setting
    from wbcheck.ruleset import Ground, Ruleset
    from wbcheck.settings import Settings

WIDTH = 100


@click.command(
    "config",
    cls=GroupedCommand,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.argument("file", required=False, metavar="[FILE]", shell_complete=file_names)
@option("Output", "--schema", is_flag=True, help="Print the JSON Schema of wbcheck.toml, and nothing else.")
@option(
    "Output", "--pyproject", is_flag=True, help="With --schema: that of [tool.wbcheck] in pyproject.toml."
)
@option(
    "Output", "--output-format", type=click.Choice(["text", "json"]), default="text", help="How to print."
)
@rule_choice
@configuration
def command(
    file: str | None,
    schema: bool,
    pyproject: bool,
    output_format: str,
    select: tuple[str, ...] | None,
    extend_select: tuple[str, ...] | None,
    ignore: tuple[str, ...] | None,
    preview: bool,
    config: str | None,
    isolated: bool,
) -> int:
    """Show what holds for FILE, or for the current folder: settings, options of rules, rules.

    Each with the file and the line that say so. What is printed is TOML that can be read again.
    """
    from wbcheck import settings
    from wbcheck.ruleset import Ruleset, Wish
    from wbcheck.selection import Layer

    if pyproject and not schema:
        raise click.UsageError("--pyproject says which schema is printed: --schema --pyproject")
    if file is not None and not os.path.lexists(file):
        raise click.UsageError(f"there is no file `{file}`")
    resolver = settings.load(config, isolated)
    path = "." if file is None else file
    found = resolver.for_directory(path) if os.path.isdir(path) else resolver.for_file(path)
    if schema:
        from wbcheck import schema as schemas
        from wbcheck.ruleset import catalogue

        made = schemas.schema(catalogue(found))
        emit(_json(schemas.for_pyproject(made) if pyproject else made), sys.stdout)
        return 0
    wish = Wish(layer=Layer(select, extend_select or (), ignore or (), preview))
    told = Told(found, Ruleset(found, wish), None if file is None or os.path.isdir(file) else file)
    emit(_json(told.as_objects()) if output_format == "json" else told.as_text(), sys.stdout)
    return 0


class Told:
    """What holds for a file, or (``file`` is ``None``) for a folder as a whole."""

    def __init__(self, settings: Settings, ruleset: Ruleset, file: str | None) -> None:
        from wbcheck.files import role_of
        from wbcheck.origins import options_with_origins, settings_with_origins

        self._settings = settings
        self._ruleset = ruleset
        self._file = file
        self._role = "" if file is None else str(role_of(file))
        if file is None:
            self._grounds = ruleset.grounds()
        else:
            self._grounds = ruleset.grounds(os.path.abspath(file), self._role)
        self._told = tuple(settings_with_origins(settings))
        self._remarks = dict(self._found())
        self._options = {code: tuple(options_with_origins(ruleset, code)) for code in ruleset.catalogue}

    def as_text(self) -> str:
        """All of it as TOML, with what is no setting in comments."""
        settings = "".join(_tables(self._told, self._remarks))
        options = "".join(_tables((each for options in self._options.values() for each in options), {}))
        return f"{self._head()}\n{settings}{options}\n{''.join(self._groups())}"

    def as_objects(self) -> dict[str, Any]:
        """All of it for programs."""
        return {
            "file": None if self._file is None else os.path.abspath(self._file),
            "role": self._role or None,
            "configuration": [source.file for source in self._settings.sources],
            "settings": [_object(each) for each in self._told],
            "rules": [
                {
                    "code": code,
                    "name": info.name,
                    "on": self._grounds[code].on,
                    "why": self._why(code),
                    "options": [_object(each) for each in self._options[code]],
                }
                for code, info in self._ruleset.catalogue.items()
            ],
        }

    def _found(self) -> Iterator[tuple[str, str]]:
        """What counts for keys that are not set, where it is found elsewhere."""
        from wbcheck.pins import Pins
        from wbcheck.report.context import repository
        from wbcheck.settings import BASELINE

        here = os.path.dirname(os.path.abspath(self._file)) if self._file else os.getcwd()
        folder = self._settings.root if self._settings.sources else repository(here) or here
        pinned = Pins().of(os.path.abspath(self._file or os.path.join(folder, "any.py")))
        yield "wandb-version", f"{pinned.named(pinned.releases)}, {pinned.said}"
        if os.path.exists(os.path.join(folder, BASELINE)):
            yield "baseline", f"{BASELINE}, which is there"
        yield "output-format", "full on a terminal where little is found, else concise"

    def _head(self) -> str:
        from wbcheck.settings_file import shown

        whose = "files here" if self._file is None else f"{self._file} (a {self._role})"
        files = [shown(source.file) for source in self._settings.sources]
        source = ", which extends ".join(files) if files else "no configuration file"
        return f"# What holds for {_on_a_line(whose)}.\n# Read from: {_on_a_line(source)}.\n"

    def _groups(self) -> Iterator[str]:
        """The rules, those with the same reason together."""
        for is_on in (True, False):
            codes = [code for code, ground in self._grounds.items() if ground.on is is_on]
            yield f"# {'on' if is_on else 'off'}: {counted(len(codes), 'rule')}\n"
            reasons = dict.fromkeys(map(self._why, codes))
            for reason in reasons:
                yield f"#\n#   {_on_a_line(reason)}:\n"
                for code in codes:
                    if self._why(code) == reason:
                        yield f"#     {code}  {self._ruleset.catalogue[code].name}\n"
            yield "#\n" if is_on else ""

    def _why(self, code: str) -> str:
        """Why a rule is on or off, in words that begin with the setting."""
        from wbcheck.origins import ground_origin

        ground = self._grounds[code]
        origin = ground_origin(ground)
        return _words(ground, self._ruleset.catalogue[code].preset, "" if origin is None else _place(origin))


def _words(ground: Ground, preset: str, place: str) -> str:
    from wbcheck.ruleset import TESTS

    if ground.key == TESTS:
        return "silent in tests, being not `essential`"
    if not ground.key:
        by_default = f"in the preset `{ground.word}`, which is the default"
        return by_default if ground.on else f"not selected: in the preset `{preset}`"
    if ground.key.startswith("--"):
        return f"`{ground.key} {ground.word}` on the command line"
    return f"`{ground.word}` in `{ground.key}`" + (f", {place}" if place else "")


def _tables(settings: Iterable[Setting], remarks: Mapping[str, str]) -> Iterator[str]:
    """Settings as TOML, each with its origin in a comment; those of tables under their headers.

    ``remarks`` say what counts for a key that is not set.
    """
    rest = []
    for each in settings:
        if len(each.key) > 1:
            rest.append(each)
        else:
            yield _line(each, remarks.get(each.key[0], ""))
    header: tuple[str, ...] = ()
    for each in rest:
        if each.key[:-1] != header:
            header = each.key[:-1]
            yield f"\n[{'.'.join(header)}]\n"
        yield _line(each)


def _line(setting: Setting, remark: str = "") -> str:
    """A setting's line, or lines where its items have origins of their own or would not fit."""
    name = key_as_toml(setting.key[-1])
    if setting.value is None:
        return f"# {name}: not set{f' ({remark})' if remark else ''}\n"
    where = _place(setting.origins[0]) if setting.origins else "default"
    whole = f"{name} = {as_toml(setting.value)}"
    if setting.is_joined:
        items = zip(setting.value, setting.origins, strict=True)
        lines = [f"    {as_toml(item)},  # {_place(origin)}\n" for item, origin in items]
        return f"{name} = [\n{''.join(lines)}]\n"
    if not isinstance(setting.value, list | tuple) or len(whole) <= WIDTH:
        return f"{whole}  # {where}\n"
    return f"{name} = [  # {where}\n{_filled(setting.value)}]\n"


def _filled(items: Sequence[Any]) -> str:
    """A list's items, as many on a line as fit."""
    lines: list[str] = []
    for item in items:
        word = f"{as_toml(item)},"
        if lines and len(lines[-1]) + len(word) < WIDTH:
            lines[-1] += f" {word}"
        else:
            lines.append(f"    {word}")
    return "".join(f"{line}\n" for line in lines)


def _place(origin: Origin) -> str:
    from wbcheck.settings_file import shown

    return f"{_on_a_line(shown(origin.file))}:{origin.row}"


def _on_a_line(text: str) -> str:
    """A text that is fit for a comment."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _object(setting: Setting) -> dict[str, Any]:
    return {
        "key": list(setting.key),
        "value": setting.value,
        "origins": [{"filename": origin.file, "row": origin.row} for origin in setting.origins],
    }


def _json(value: Any) -> str:
    import msgspec

    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
