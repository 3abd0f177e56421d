"""What a machine has of NVIDIA's: toolkit, cuRAND, driver, GPUs, and which of them a program takes.

Knows nvcc and nvidia-smi; it must not know Brian2, GeNN or what is compiled.
"""
