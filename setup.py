"""What pyproject.toml cannot say: folders outside src/ that are installed inside the package.

schemas/ and templates/ stand at the top of the tree, where users see and copy them, and install
as edi_lint.schemas and edi_lint.templates. Every package below src/ is found by itself.

The compiled kernel is optional: where it cannot be built (no C compiler), the install goes on
without it and the engine in Python runs.
"""

import sys

from setuptools import Extension, find_packages, setup

OUTSIDE_SRC = {"edi_lint.schemas": "schemas", "edi_lint.templates": "templates"}

# Python's own flags mostly ask for debug information: it makes the module six times as large and
# names the folder of the build in it. Without it two builds are the same byte for byte. MSVC does
# not know the flag and keeps debug information apart.
NO_DEBUG_INFORMATION = [] if sys.platform == "win32" else ["-g0"]

KERNEL = Extension(
    "edi_lint.engine._kernel",
    ["src/edi_lint/engine/_kernel.pyx"],
    extra_compile_args=NO_DEBUG_INFORMATION,
    optional=True,
)

setup(
    packages=[*find_packages("src", include=["edi_lint", "edi_lint.*"]), *OUTSIDE_SRC],
    package_dir={"": "src", **OUTSIDE_SRC},
    ext_modules=[KERNEL],
)
