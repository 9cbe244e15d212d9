"""The shopping journey on either Python SDK; ``analytics`` is set up as docs/sdks.md says."""
# ruff: noqa: F821

import json
import os
import sys
import time
from pathlib import Path

journey = json.loads(Path(os.environ["JOURNEY"]).read_text())
failures = []
analytics.on_error = lambda error, items: failures.append((error, items))
analytics.timeout = float(os.environ["TIMEOUT"])

for turn in range(int(os.environ["ROUNDS"])):
    who = {"anonymous_id": f"anon-{turn}"}
    for step in journey["steps"]:
        context = dict(journey["context"])
        if step["call"] == "identify":
            who["user_id"] = f"user-{turn}"
            analytics.identify(**who, traits=step["traits"], context=context)
        elif step["call"] == "alias":
            analytics.alias(who["anonymous_id"], who["user_id"], context=context)
        elif step["call"] == "group":
            analytics.group(**who, group_id=step["group"], traits=step["traits"], context=context)
        elif step["call"] == "page":
            analytics.page(**who, name=step["name"], properties=step["properties"], context=context)
        else:
            analytics.track(**who, event=step["name"], properties=step["properties"], context=context)
    analytics.flush()
    time.sleep(float(os.environ["PAUSE"]))

analytics.shutdown()
sys.exit(f"not delivered: {failures}" if failures else 0)
