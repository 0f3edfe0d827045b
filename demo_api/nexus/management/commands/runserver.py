"""Django's development server, without its pause of 40 ms on a connection that stays open.

It sends the headers and the body of an answer one after the other. Nagle's algorithm (RFC 896) holds the second back
until the first is acknowledged, and the other side takes its time to do that (RFC 1122, section 4.2.3.2).
"""

from django.core.servers.basehttp import WSGIRequestHandler
from whitenoise.runserver_nostatic.management.commands.runserver import Command

__all__ = ["Command"]

WSGIRequestHandler.disable_nagle_algorithm = True
