# Switches autologging on in every Python that `fitscribe run` starts, then makes way for the user's own
# sitecustomize, as if this file was not there.
#
# Every interpreter with PYTHONPATH in its environment runs this file, whatever its version and whatever is
# installed beside it: hence the standard library only, no annotations and no syntax that an old Python does
# not know, and silence where fitscribe cannot be imported.
import os
import sys

_here = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [entry for entry in sys.path if not entry or os.path.abspath(entry) != _here]

if os.environ.get("FITSCRIBE_ACTIVE") == "1":
    try:
        import fitscribe
    except Exception:  # another environment's Python, or one so old that it stumbles over the syntax
        _importable = False
    else:
        _importable = True
    if _importable:
        # The first process of the launch names itself: those that it starts do not talk to the user.
        _launch = os.environ.get("FITSCRIBE_LAUNCH", "")
        if _launch and "." not in _launch:
            os.environ["FITSCRIBE_LAUNCH"] = "%s.%d" % (_launch, os.getpid())  # noqa: UP031 - for old Pythons
        try:
            fitscribe.autolog()
        except Exception as error:
            sys.stderr.write("fitscribe: not recording: %s\n" % (error,))  # noqa: UP031 - for old Pythons

# The import system takes what it finds in sys.modules after this file has run. If there is no other
# sitecustomize, the ImportError is the very one that `site` expects then and ignores.
sys.modules.pop("sitecustomize", None)
import sitecustomize  # noqa: E402, F401 - the next one on sys.path
