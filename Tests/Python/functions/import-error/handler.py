"""Cannot start: the runtime posts Runtime.ImportModuleError to init/error and exits 1."""

import a_module_that_nobody_has  # noqa: F401


def handler(event, context):
    return None
