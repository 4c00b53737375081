"""A Canvas stand-in: what a configuration client calls, traps included; it shares no code with the client."""

from coursesync.sandbox.app import create_app
from coursesync.sandbox.damage import Dropped
from coursesync.sandbox.fault_file import FaultFile, Wrong, WrongFaults, fault_file
from coursesync.sandbox.faults import KINDS, Fault, Faults
from coursesync.sandbox.fleet import fleet
from coursesync.sandbox.options import Options
from coursesync.sandbox.server import RunningSandbox, running, serve
from coursesync.sandbox.world import LogEntry, Sandbox

__all__ = [
    "KINDS",
    "Dropped",
    "Fault",
    "FaultFile",
    "Faults",
    "LogEntry",
    "Options",
    "RunningSandbox",
    "Sandbox",
    "Wrong",
    "WrongFaults",
    "create_app",
    "fault_file",
    "fleet",
    "running",
    "serve",
]
