"""numpy, imported when it is first used: on the way to the first frame its 0.1 s would be seen.

importlib's LazyLoader, which lazy_loader uses too, is not safe before Python 3.12.3 when two threads touch a
module for the first time (gh-114763), and torch, which imports numpy, is loaded in a thread beside the app.
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

    np, NDArray = _Numpy(), Any  # which only annotations name

__all__ = ["NDArray", "np"]
