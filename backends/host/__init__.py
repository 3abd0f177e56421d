"""Host: what this machine has and allows: processor, compiler, cores, memory, scratch, processes.

Knows the operating system; it must not know Brian2 or any device.
"""
