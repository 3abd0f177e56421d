"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """A temporary file beside `target` to be written to; it takes that name if all went well.

    Raises
    ------
    OSError
        With the name of `target`, if it cannot be written; an older file of that name stays.
    """
    temporary = None
    try:
        descriptor, name = tempfile.mkstemp(dir=target.parent, suffix=f".part{target.suffix}")
        os.close(descriptor)
        temporary = Path(name)
        yield temporary
        temporary.chmod(0o644)
        temporary.replace(target)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(target)) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
