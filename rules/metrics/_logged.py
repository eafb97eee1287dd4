"""What is logged: the rows of ``run.log``, and which of their values are scalar metrics."""

from collections.abc import Iterator
from typing import NamedTuple

from wbcheck.rule import (
    AnyValue,
    Dict,
    Entry,
    Flag,
    Hole,
    Kind,
    Log,
    Model,
    Number,
    Part,
    Piece,
    Span,
    Text,
    Unknown,
    constant,
    is_written,
    options,
    words,
)

# Keys that W&B keeps for itself (WB310).
RESERVED = frozenset({"_step", "_timestamp", "_runtime"})

_SCALARS = (Kind.ANY, Kind.NUMBER, Kind.FLAG)
# Where a value is not known, these words in its key, or in what it is called, say that it is no scalar.
_MEDIA = frozenset(
    """
    animation animations artifact artifacts attention attentions audio audios boxes chart charts clips
    completion completions confusion contour curve curves dataframe df distribution distributions
    embedding embeddings example examples fig figs figure figures generated generation generations gif
    gifs gradients graph grid heatmap heatmaps hist histogram histograms hists html image images img imgs
    interpolation interpolations json map maps mask masks matrix media mel mesh meshes molecule overlay
    panel path pca photo photos pic pics picture pictures plot plots prediction predictions preds preview
    previews prompt prompts reconstruction reconstructions render renderings renders report reports rollouts
    sample samples scatter segmentation shap spectrogram svg table tables text texts thumbnail trajectories
    trajectory tsne umap video videos vis visual visualisation visualization visualizations visuals viz
    waveform wordcloud
    """.split()
)


class Row(NamedTuple):
    """A dict that is logged, as it is by then."""

    log: Log
    data: Dict


def rows(model: Model) -> Iterator[Row]:
    """Every dict that a log call may be given."""
    for log in model.each(Log):
        for data in options(log.data):
            if isinstance(data, Dict):
                yield Row(log, data)


def told(model: Model) -> Iterator[Row]:
    """These rows, and what functions of other files log of keys that are written in this one."""
    yield from rows(model)
    for log in model.done(Log):
        for data in options(log.data) if log.id < 0 else ():
            if isinstance(data, Dict):
                here = tuple(
                    entry for entry in data.entries if entry.key.span and all(map(is_written, keys(entry)))
                )
                yield Row(log, Dict(data.span, data.id, here, data.open, data.origin))


def begun(model: Model) -> Iterator[Row]:
    """What functions of other files log of keys that begin in this one, by what they are given: `train_`.

    The place of each key is that beginning.
    """
    for log in model.done(Log):
        for data in options(log.data) if log.id < 0 else ():
            if isinstance(data, Dict):
                found = [(entry, _beginning(entry)) for entry in data.entries]
                here = tuple(
                    Entry(Text(piece.span, key.pieces), entry.value, None, entry.certain)
                    for entry, piece in found
                    if piece is not None
                    for key in keys(entry)
                )
                yield Row(log, Dict(data.span, data.id, here, data.open, data.origin))


def _beginning(entry: Entry) -> Piece | None:
    """The first piece of a key, if this file has written it and no other."""
    texts = keys(entry)
    pieces = texts[0].pieces if len(texts) == 1 else ()
    first = pieces[0] if pieces else None
    others = [piece for piece in pieces[1:] if isinstance(piece, Piece)]
    if not isinstance(first, Piece) or first.span is None or not others:
        return None
    return first if all(piece.span is None for piece in others) else None


def keys(entry: Entry) -> tuple[Text, ...]:
    """The texts that a key may be; nothing where one of them is not known to be a text."""
    found = options(entry.key)
    return tuple(key for key in found if isinstance(key, Text)) if all_texts(found) else ()


def all_texts(values: tuple[AnyValue, ...]) -> bool:
    """Whether all of the values are texts."""
    return all(isinstance(value, Text) for value in values)


def place_of(entry: Entry, row: Row) -> Span:
    """Where a key is written: itself, else what is written for it, else the log call."""
    return entry.key.span or entry.span or row.data.span or row.log.callee


def is_scalar(entry: Entry) -> bool:
    """Whether what is logged under a key is a number, as far as its value and its key's words can tell."""
    return all(_is_scalar(value, entry) for value in options(entry.value))


def may_be_scalar(entry: Entry) -> bool:
    """Whether what is logged under a key is a number, or may be: an array of one, or what is not known."""
    kinds = (*_SCALARS, Kind.ARRAY, Kind.TENSOR)
    each = (
        value.kind in kinds if isinstance(value, Unknown) else isinstance(value, Number | Flag)
        for value in options(entry.value)
    )
    return is_scalar(entry) or all(each)


def _is_scalar(value: AnyValue, entry: Entry) -> bool:
    if isinstance(value, Number | Flag):
        return True
    if isinstance(value, Part):
        return not _speaks_of_media(entry, "")
    if not isinstance(value, Unknown) or value.kind not in _SCALARS:
        return False
    return value.kind is not Kind.ANY or not _speaks_of_media(entry, value.name)


def _speaks_of_media(entry: Entry, name: str) -> bool:
    # What a call is called says what it gives only by its own name: `plots.score(x)` is a score.
    # JAX's `tree_map` makes no map.
    own = "" if name.startswith("jax.") else name.rsplit(".", 1)[-1]
    told = [own, *(key.skeleton for key in keys(entry))]
    return not _MEDIA.isdisjoint(word for text in told for word in words(text))


def may_hold_slash(hole: Hole) -> bool:
    """Whether a hole in a key may hold a ``/``: not a number, and not one of several known words without."""
    if hole.format and hole.format[-1] in "bdeEfFgGnoxX%":
        return False
    return any(_may_be_slashed(value) for value in options(hole.value))


def _may_be_slashed(value: AnyValue) -> bool:
    if isinstance(value, Text):
        known = constant(value)
        return known is None or "/" in known
    if isinstance(value, Unknown):
        return value.kind not in (Kind.NUMBER, Kind.FLAG)
    return not isinstance(value, Number | Flag)
