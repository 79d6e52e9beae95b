"""What pyproject.toml cannot say: folders outside src/ that are installed inside the package.

schemas/ and templates/ stand at the top of the tree, where users see and copy them, and install
as edi_lint.schemas and edi_lint.templates. Every package below src/ is found by itself.

The compiled kernel is optional: where it cannot be built (no C compiler), the install goes on
without it and the engine in Python runs.
"""

from setuptools import Extension, find_packages, setup

OUTSIDE_SRC = {"edi_lint.schemas": "schemas", "edi_lint.templates": "templates"}

setup(
    packages=[*find_packages("src", include=["edi_lint", "edi_lint.*"]), *OUTSIDE_SRC],
    package_dir={"": "src", **OUTSIDE_SRC},
    ext_modules=[
        Extension("edi_lint.engine._kernel", ["src/edi_lint/engine/_kernel.pyx"], optional=True),
    ],
)
