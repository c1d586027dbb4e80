"""Loads Triton, if it is installed, before an OpenGL driver.

Triton and Mesa's drivers each contain LLVM, in different versions. If Triton's is loaded after Mesa's, the process ends
with a segmentation fault (seen with Triton 3.7 and LLVM 15); in the other order both work. Torch's optimisers and
compiler load Triton at first use, so a module that may need them in a drawing process imports this module first. It
takes a fifth of a second and does not load torch.
"""

from contextlib import suppress

with suppress(ImportError):  # Triton has no build for some machines
    import triton  # type: ignore[import-untyped, import-not-found, unused-ignore]  # noqa: F401  # it has no types; loading it is all
