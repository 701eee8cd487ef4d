"""Configuration documents: YAML files that the operator owns -> the objects of `domain/configuration.py`.

`files.py` reads them and remembers lines, `schemas.py` says what may stand in them, `references.py` checks
that names lead somewhere, `build.py` makes the objects, `foresee.py` looks for coverage gaps.
"""

from triage.documents.build import CONTRACT, build, contract, variants
from triage.documents.files import ConfigurationError, Problem, read_folder
from triage.documents.foresee import coverage_gaps

__all__ = [
    "CONTRACT",
    "ConfigurationError",
    "Problem",
    "build",
    "contract",
    "coverage_gaps",
    "read_folder",
    "variants",
]
