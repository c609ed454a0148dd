"""A lazy import of numpy: its 0.1 s would noticeably delay the first frame.

importlib's LazyLoader, which lazy_loader uses too, has a race before Python 3.12.3 when two threads touch a
module for the first time (gh-114763), and torch, which imports numpy, is loaded in a background thread.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:

    class _Numpy:
        def __getattr__(self, name: str) -> Any:
            import numpy

            value = getattr(numpy, name)
            setattr(self, name, value)
            return value

    np, NDArray = _Numpy(), Any  # NDArray is used in annotations only

__all__ = ["NDArray", "np"]
