"""What SOURCE may be: a mapping file, a folder, or one data file in canonical names."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from pathlib import Path

from lowback.checked_yaml import ConfigurationError
from lowback.cohort import KEYS
from lowback.intake.mapping import FileRules, Mapping, read_mapping
from lowback.variables import Variable, dictionary

MAPPING_FILE = "mapping.yml"
_SUFFIXES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet")


@dataclass(frozen=True)
class Source:
    """A mapping, the variables it may name, and the folder in which its files live."""

    mapping: Mapping
    known: MappingType[str, Variable]
    folder: Path

    @property
    def paths(self) -> tuple[Path, ...]:
        """The data files, each once."""
        return tuple(dict.fromkeys(self.folder / entry.file for entry in self.mapping.files))


def find_source(source: str | Path, data: str | Path | None = None) -> Source:
    """How the source is to be read; a `ConfigurationError` tells what is wrong with it."""
    path = Path(source)
    if not path.exists():
        raise ConfigurationError(f"{path}: no such file or folder")
    if path.is_dir():
        if not (path / MAPPING_FILE).is_file():
            _refuse_data(path, data)
            return _canonical(path.resolve().name, path, _canonical_files(path))
        path = path / MAPPING_FILE
    if path.suffix.lower() in (".yml", ".yaml"):
        mapping, known = read_mapping(path)
        return Source(mapping, known, _data_folder(path, data))
    _refuse_data(path, data)
    return _canonical(path.name.split(".")[0] or path.name, path.parent, [path.name])


def _refuse_data(path: Path, data: str | Path | None) -> None:
    """Refuse a folder of data for a source that names its files itself."""
    if data:
        raise ConfigurationError(f"{path}: is no mapping, so it cannot be read with the data folder {data}")


def _data_folder(path: Path, data: str | Path | None) -> Path:
    folder = Path(data) if data else path.parent
    if not folder.is_dir():
        raise ConfigurationError(f"{folder}: no such folder; it should hold the data files of {path}")
    return folder


def _canonical_files(folder: Path) -> list[str]:
    names = []
    for table in KEYS:
        here = [f"{table}{suffix}" for suffix in _SUFFIXES if (folder / f"{table}{suffix}").is_file()]
        if len(here) > 1:
            raise ConfigurationError(f"{folder}: both {' and '.join(here)}; keep one or write {MAPPING_FILE}")
        names += here
    if not names:
        wanted = ", ".join(f"{table}.csv" for table in KEYS)
        raise ConfigurationError(f"{folder}: no {MAPPING_FILE}, and none of {wanted} (or .parquet, .tsv)")
    return names


def _canonical(name: str, folder: Path, files: list[str]) -> Source:
    entries = tuple(FileRules(file=one, canonical_names=True) for one in files)
    return Source(Mapping(cohort=name, files=entries), dictionary(), folder)
