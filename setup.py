"""What pyproject.toml cannot say: folders outside src/ that are installed inside the package.

schemas/ and templates/ stand at the top of the tree, where users see and copy them, and install
as edi_lint.schemas and edi_lint.templates. Every package below src/ is found by itself.

The compiled kernel is optional: where it cannot be built (no C compiler), the install goes on
without it and the engine in Python runs.
"""

import sys

from setuptools import Extension, find_packages, setup

OUTSIDE_SRC = {"edi_lint.schemas": "schemas", "edi_lint.templates": "templates"}

# Python's own flags ask for debug information: six times the size, and the folder it was built in
# inside the wheel. Without it two builds are the same byte for byte. MSVC writes it to another file.
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
