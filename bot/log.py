"""Logs: what happened, how it ended, how long it took. Never what a person said, who it was, or a secret."""

import json
import logging
import sys
import traceback

FIELDS = ("outcome", "phase", "count", "error", "place", "mode")
_log = logging.getLogger("luohu")


class _OnlyOurs(logging.Formatter):
    """Prints allowed fields of our own events; of other libraries only that they spoke, never what they said."""

    def format(self, record: logging.LogRecord) -> str:
        when, level, event = self.formatTime(record, "%Y-%m-%dT%H:%M:%S"), record.levelname.lower(), ""
        said: dict[str, object] = {"library": record.name}
        if record.name == "luohu":
            fields = getattr(record, "fields", {})
            event, said = record.getMessage(), {name: fields[name] for name in FIELDS if name in fields}
        return self.line(when, level, event, said)

    def line(self, when: str, level: str, event: str, said: dict[str, object]) -> str:
        return " ".join([when, level, *filter(None, [event]), *(f"{name}={value}" for name, value in said.items())])


class _AsJson(_OnlyOurs):
    """The same, one JSON object a line."""

    def line(self, when: str, level: str, event: str, said: dict[str, object]) -> str:
        return json.dumps({"time": when, "level": level, **({"event": event} if event else {}), **said}, default=str)


def set_up(level: str, as_json: bool = False) -> None:
    """Everything goes to standard error through one formatter; libraries speak from WARNING up."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_AsJson() if as_json else _OnlyOurs())
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(logging.WARNING)
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL)  # what stops a start is said in a sentence of our own
    _log.setLevel(level.upper())


def event(name: str, level: int = logging.INFO, **fields: object) -> None:
    if _log.isEnabledFor(level):
        _log.log(level, name, extra={"fields": fields})


def fault(name: str, error: BaseException) -> None:
    """An error by its type and place: its message may quote a person or a secret."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else "-"
    event(name, logging.ERROR, error=type(error).__name__, place=place)
