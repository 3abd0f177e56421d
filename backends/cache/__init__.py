"""Cache: built programs, kept by content; what is the same is never built twice.

Knows folders, hashes and locks; it must not know what is built, nor how.
"""

from backends.cache.integrity import content_key, source_hash
from backends.cache.places import Kept, cached, default_cache_dir, kept_programs

__all__ = ["Kept", "cached", "content_key", "default_cache_dir", "kept_programs", "source_hash"]
