"""The Lua scripts: each is one atomic step on one stream, in the slot of that stream.

Scripts, not transactions: a script decides on what it reads, and costs one round trip. They use
only what Redis 6.2 offers. `ALL` is what a new server has to know; the
requests in `writing/` call the others.
"""

from .lua_script import LuaScript

LOAD = LuaScript("load")
COMMIT = LuaScript("commit")
APPEND = LuaScript("append")
INSPECT = LuaScript("inspect")
CONTENT = LuaScript("content")
KEY = LuaScript("key")
ALL = (LOAD, COMMIT, APPEND, INSPECT, CONTENT, KEY)

__all__ = ["ALL", "APPEND", "COMMIT", "CONTENT", "INSPECT", "KEY", "LOAD", "LuaScript"]
