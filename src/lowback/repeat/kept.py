"""Finished replicates in a folder, each chunk whole or absent, so that an interrupted run can go on."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lowback.checked_yaml import ConfigurationError

HEADER = "replicates.json"
MARK = "lowback replicates"
CHUNKS = "chunk-*.json"


class KeptError(ConfigurationError):
    """A folder that holds something else than the replicates that are to be kept in it."""


@dataclass(frozen=True)
class Kept:
    """The folder of one run's finished chunks; `key` says what was repeated, with which seed."""

    folder: Path
    key: str

    def __post_init__(self) -> None:
        """Begin the folder, or refuse one that is not this run's."""
        if self.folder.is_dir() and any(self.folder.iterdir()):
            self._refuse_foreign()
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(self.folder / HEADER, json.dumps({"kind": MARK, "key": self.key}))

    def read(self, replicates: int) -> dict[int, Any]:
        """The values of the first `replicates` as far as they are there, by index."""
        found: dict[int, Any] = {}
        for path in sorted(self.folder.glob(CHUNKS)):
            content = _read(path)
            if not isinstance(content, dict) or content.get("key") != self.key:
                raise KeptError(f"{path}: holds no replicates of this run; name another folder")
            found.update(zip(content["indices"], content["values"], strict=True))
        return {index: value for index, value in found.items() if index < replicates}

    def write(self, indices: list[int], values: str) -> None:
        """Keep one finished chunk, `values` as JSON."""
        head = json.dumps({"key": self.key, "indices": indices})
        name = f"chunk-{indices[0]:07d}-{indices[-1]:07d}-{len(indices)}.json"
        write_whole(self.folder / name, f'{head[:-1]}, "values": {values}}}\n')

    def _refuse_foreign(self) -> None:
        header = _read(self.folder / HEADER)
        if not isinstance(header, dict) or header.get("kind") != MARK:
            raise KeptError(f"{self.folder}: holds other files; allowed is a new or empty folder")
        if header.get("key") != self.key:
            raise KeptError(
                f"{self.folder}: holds replicates of {header.get('key')!r}, not of {self.key!r}; name another folder"
            )


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all, whenever the power goes."""
    name = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        with name.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        name.unlink(missing_ok=True)
        raise


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
