"""The Lua scripts: each is one atomic step on one stream, in the slot of that stream.

Scripts, not transactions: a script decides on what it reads, and costs one round trip. They use
only what Redis 6.2 offers. `LOAD`, `COMMIT`, `APPEND` and `INSPECT` are called by the requests in
`writing/`; `ALL` is what a new server has to know.
"""

from .lua_script import LuaScript

LOAD = LuaScript("load")
COMMIT = LuaScript("commit")
APPEND = LuaScript("append")
INSPECT = LuaScript("inspect")
ALL = (LOAD, COMMIT, APPEND, INSPECT)

__all__ = ["ALL", "APPEND", "COMMIT", "INSPECT", "LOAD", "LuaScript"]
