"""The WSGI entry point of the web server."""

import os
import signal

from django.core.wsgi import get_wsgi_application

from orr.embedded.tether import tie_to_current_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orr.settings")

# The web server forks the worker that loads this module: the supervisor's tie reaches only its master.
if os.environ.get("PLURA_SUPERVISED") == "1":
    tie_to_current_parent(signal.SIGKILL)

application = get_wsgi_application()
