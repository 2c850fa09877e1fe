"""`python -m makemore.engines.fused` compiles the kernels for this machine."""

from makemore.engines.fused import compile_now

compile_now()
