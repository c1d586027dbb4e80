"""Loads Triton, where it is installed, before a driver of OpenGL is.

Triton and Mesa's drivers each bring LLVM, in different versions. Loaded after Mesa's, Triton's ends the process with a
segmentation fault (seen with Triton 3.7 and LLVM 15); loaded before, both work. Torch's optimisers and compiler load
Triton whenever they are first used, so whoever may need one of them in a process that draws imports this module first.
It takes a fifth of a second, and torch is not loaded.
"""

from contextlib import suppress

with suppress(ImportError):  # it is not made for every machine
    import triton  # type: ignore[import-untyped, import-not-found, unused-ignore]  # noqa: F401  # it has no types; loading it is all
