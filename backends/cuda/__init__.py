"""Device cuda: Brian2CUDA's standalone mode, for NVIDIA GPUs.

Knows toolkit, driver, kernels and their templates; it must not know other devices or the science.
"""
