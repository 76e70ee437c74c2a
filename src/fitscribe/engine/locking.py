"""The lock of whoever changes what is patched, or who waits for what."""

from __future__ import annotations

import os
import threading

lock = threading.RLock()

if hasattr(os, "register_at_fork"):
    # A fork waits for it: no child begins with a lock that nobody will release, or with a class half patched.
    os.register_at_fork(before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release)
