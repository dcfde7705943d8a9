"""Holds objects to the schemas of Kubernetes, with `kubernetes-validate --strict`.

In: on standard input an object a line, in JSON. Out: a line for each: `valid`, `unknown` where the
schemas know no such kind, or what is wrong. Exit code 3: there is no `kubernetes-validate`.
"""

import functools
import json
import sys

try:
    from kubernetes_validate import utils
except ImportError:
    sys.exit(3)

# It reads them anew for each object.
utils.all_versions = functools.cache(utils.all_versions)
utils.schema_contents = functools.cache(utils.schema_contents)

version = utils.latest_version()
for line in sys.stdin:
    try:
        utils.validate(json.loads(line), version, strict=True)
        print("valid")
    except utils.SchemaNotFoundError:
        print("unknown")
    except utils.ValidationError as error:
        print(f"{error.json_path}: {error.message[:200]!r}")
