"""A Canvas stand-in: what a configuration client calls, traps included; it shares no code with the client."""

from coursesync.sandbox.app import create_app
from coursesync.sandbox.fleet import fleet
from coursesync.sandbox.options import Options
from coursesync.sandbox.server import RunningSandbox, running, serve
from coursesync.sandbox.world import Fault, LogEntry, Sandbox

__all__ = [
    "Fault",
    "LogEntry",
    "Options",
    "RunningSandbox",
    "Sandbox",
    "create_app",
    "fleet",
    "running",
    "serve",
]
